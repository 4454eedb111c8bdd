"""The bar the robots go to: a running one, or one started for them."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

from .client import Api, NoAnswer

_STARTS_S = 60
_STOPS_S = 20


class NoBar(Exception):
    """There is no bar to go to; the text is one sentence."""


@contextlib.contextmanager
def bar(url: str | None, token: str, say: Callable[[str], None]) -> Iterator[str]:
    """The address of a bar that knows the token. Without `url`, the one at PORT if it runs, or else one
    started for this run, on the same database. Raises NoBar."""
    if url:
        if not _knows(url, token):
            raise NoBar(f"The bar at {url} does not know the robots: it must run on this database.")
        yield url
        return
    here = f"http://127.0.0.1:{settings.PORT}"
    with contextlib.suppress(NoBar):
        if _knows(here, token):
            say(f"The bar at {here} is open to them.")
            yield here
            return
    with _started(say) as there:
        yield there


def _knows(url: str, token: str) -> bool:
    """Whether the bar there uses our database. Raises NoBar if nothing, or something else, answers."""
    try:
        api = Api(url)
        urlopen(f"{api.url}/healthz", timeout=5).close()  # noqa: S310  (http or https, says Api)
        return api.call("GET", "orders?limit=1", token).ok
    except ValueError as problem:
        raise NoBar(str(problem)) from None
    except (URLError, OSError, NoAnswer) as problem:
        raise NoBar(f"No bar answers at {url}: {problem}.") from None


@contextlib.contextmanager
def _started(say: Callable[[str], None]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", "--processes", "1"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, cwd=settings.BASE_DIR)
        try:
            _await(process, url, said)
            say(f"No bar was running here: one was started at {url}, and ends with the robots.")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(_STOPS_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(process: subprocess.Popen, url: str, said) -> None:
    until = time.monotonic() + _STARTS_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(URLError, OSError):
            urlopen(f"{url}/readyz", timeout=2).close()  # noqa: S310  (our own)
            return
        time.sleep(0.2)
    said.seek(0)
    last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
    raise NoBar(f"No bar could be started for the robots: {last or 'it said nothing'}")
