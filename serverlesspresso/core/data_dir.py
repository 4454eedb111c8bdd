"""The folder in which an installation keeps what is its own: database, secret key, static files."""

import contextlib
import os
import secrets
from pathlib import Path


class Unusable(Exception):
    """The folder cannot be made or written to; the text is one clear line for whoever started us."""


def prepare(folder: Path) -> Path:
    """Make the folder (readable by its owner only) and see that it can be written to.

    Raises Unusable.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
        _close(folder)
    except FileExistsError:
        raise Unusable(f"DATA_DIR {folder} is not a folder.") from None
    except OSError as error:
        raise Unusable(f"DATA_DIR {folder} cannot be written to: {error.strerror or error}.") from None
    return folder


def _close(folder: Path) -> None:
    """What was made for everybody to read, in a folder that is not its owner's alone, is so no more. What is
    made from now on is its owner's (`manage.py`)."""
    for kept in (*folder.glob("db.sqlite3*"), folder / "staff.json"):
        with contextlib.suppress(OSError):  # somebody else's
            kept.chmod(0o600)


def secret_key(folder: Path) -> str:
    """The installation's secret key: made once, kept in the folder, readable by its owner only.

    Raises Unusable.
    """
    kept = folder / "secret_key"
    try:
        if key := kept.read_text().strip():
            return key
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise Unusable(f"{kept} cannot be read: {error.strerror or error}.") from None
    prepare(folder)
    fresh = folder / f"secret_key.{os.getpid()}"
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(64))
    try:
        os.link(fresh, kept)  # whoever is first wins; two processes starting at once agree on one key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return kept.read_text().strip()
