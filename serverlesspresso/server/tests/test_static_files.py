from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.contrib.staticfiles.storage import staticfiles_storage

from serverlesspresso.server import static_files


@pytest.fixture
def source(settings, tmp_path) -> Path:
    settings.WHITENOISE_USE_FINDERS = False
    settings.STATIC_ROOT = tmp_path / "gathered"
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "serverlesspresso.server.static_files.Storage"}
    }
    get_finder.cache_clear()
    path = tmp_path / "source" / "look.css"
    path.parent.mkdir()
    path.write_text("a { color: brown }\n" * 100)
    yield path
    get_finder.cache_clear()


def test_files_are_gathered_under_names_that_change_with_them(source, settings):
    assert static_files.collect() is True
    names = [path.name for path in settings.STATIC_ROOT.iterdir()]
    assert any(name.startswith("look.") and name.endswith(".css.gz") for name in names)


def test_a_page_names_a_file_as_it_is_now_called(source, settings):
    static_files.collect()
    address = staticfiles_storage.url("look.css")
    assert address == staticfiles_storage.url("look.css")
    assert (settings.STATIC_ROOT / Path(address).name).exists()


def test_nothing_is_done_when_nothing_changed(source):
    static_files.collect()
    assert static_files.collect() is False


def test_a_changed_file_is_gathered_again_and_the_old_one_goes(source, settings):
    static_files.collect()
    before = {path.name for path in settings.STATIC_ROOT.glob("look.*.css")}
    source.write_text("a { color: black }\n" * 100)
    assert static_files.collect() is True
    assert not before & {path.name for path in settings.STATIC_ROOT.glob("look.*.css")}


def test_while_developing_nothing_is_gathered(source, settings):
    settings.WHITENOISE_USE_FINDERS = True
    assert static_files.collect() is False
    assert not settings.STATIC_ROOT.exists()


def test_a_start_gathers_in_a_process_of_its_own_and_only_when_needed(source, monkeypatch):
    started = []
    monkeypatch.setattr(static_files.subprocess, "run", lambda command, **_: started.append(command))
    static_files.collect_in_child()
    assert started == [[static_files.sys.executable, "-m", "serverlesspresso.server.static_files"]]
    static_files.collect()
    static_files.collect_in_child()
    assert len(started) == 1
