import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings

from serverlesspresso.core import data_dir


def test_a_key_is_made_once_and_kept_for_its_owner_only(tmp_path):
    folder = tmp_path / "data"
    key = data_dir.secret_key(folder)
    assert len(key) >= 64
    assert data_dir.secret_key(folder) == key
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_two_installations_have_two_keys(tmp_path):
    assert data_dir.secret_key(tmp_path / "a") != data_dir.secret_key(tmp_path / "b")


def test_whoever_starts_second_takes_the_key_of_the_first(tmp_path, monkeypatch):
    """Both looked before either had written."""
    first = data_dir.secret_key(tmp_path)
    read = data_dir.Path.read_text
    looks = iter([FileNotFoundError()])

    def nothing_yet(self, *args):
        if (error := next(looks, None)) is not None:
            raise error
        return read(self, *args)

    monkeypatch.setattr(data_dir.Path, "read_text", nothing_yet)
    assert data_dir.secret_key(tmp_path) == first


def test_a_file_in_its_place_is_said_in_one_line(tmp_path):
    path = tmp_path / "data"
    path.write_text("")
    with pytest.raises(data_dir.Unusable, match="is not a folder"):
        data_dir.prepare(path)


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(data_dir.Unusable, match="cannot be written to"):
        data_dir.prepare(tmp_path / "file" / "data")
    with pytest.raises(data_dir.Unusable):
        data_dir.secret_key(tmp_path / "file" / "data")


def test_files_that_everybody_could_read_are_closed(tmp_path):
    for name in ("db.sqlite3", "db.sqlite3-wal", "staff.json", "somebody-elses"):
        (tmp_path / name).touch(mode=0o644)
        (tmp_path / name).chmod(0o644)
    data_dir.prepare(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {
        "db.sqlite3": 0o600,
        "db.sqlite3-wal": 0o600,
        "staff.json": 0o600,
        "somebody-elses": 0o644,
    }


def test_in_a_folder_that_everybody_may_read_files_are_still_their_owners(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "accounts", "0001", "-v0"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""},
        check=True,
        umask=0o022,
    )
    assert (folder / "db.sqlite3").exists()
    assert [path for path in folder.iterdir() if path.stat().st_mode & 0o077] == []
