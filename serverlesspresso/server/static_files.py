"""Static files: gathered, named by content and compressed when any of them changed; and their addresses."""

import hashlib
import subprocess
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

UNUSED = ["*-4.js", "*-4.min.js"]
"""What packages bring and we never show (htmx 4): compressing it would only make the first start longer."""


class Storage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with each address worked out once: files do not change while the bar runs.

    A page names ten of them. To take their addresses apart and put them together again each time was a
    twentieth of what a refused scan costs.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file. Raises ValueError when there is no such file."""
        if name not in self._addresses:
            self._addresses[name] = super().url(name, force)
        return self._addresses[name]


def collect() -> bool:
    """Fill STATIC_ROOT if what it was made from has changed; whether it had. Nothing to do in DEBUG."""
    if settings.WHITENOISE_USE_FINDERS or _kept() == (wanted := _fingerprint()):
        return False
    again = _stamp().parent.exists()
    call_command("collectstatic", interactive=False, verbosity=0, clear=again, ignore_patterns=UNUSED)
    _stamp().write_text(wanted)
    return True


def collect_in_child() -> None:
    """The same in a process of its own: compressing takes 40 MB that this one would never give back."""
    if not settings.WHITENOISE_USE_FINDERS and _kept() != _fingerprint():
        subprocess.run(
            [sys.executable, "-m", "serverlesspresso.server.static_files"], cwd=settings.BASE_DIR, check=True
        )


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".made-from"


def _kept() -> str | None:
    return _stamp().read_text() if _stamp().exists() else None


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    django.setup()
    collect()
