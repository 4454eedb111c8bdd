"""Static files are gathered, named by content and compressed when any of them changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def gather() -> bool:
    """Fill STATIC_ROOT if what it was made from has changed; whether it had. Nothing to do in DEBUG."""
    if settings.WHITENOISE_USE_FINDERS:
        return False
    root = Path(settings.STATIC_ROOT)
    stamp, wanted = root / ".made-from", _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
    stamp.write_text(wanted)
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
