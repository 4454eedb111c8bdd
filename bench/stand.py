"""What is measured, as processes: the bar with servers, the bar alone, and what they are compared with."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .servers import cpu, family, name_of

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Crowd:
    """People and codes of a stand (`bench.people` makes them)."""

    stores: list[str]
    codes: dict[str, str]
    baristas: dict[str, list[str]]
    managers: dict[str, str]
    customers: list[str]
    sessions: dict[str, list[str]]


class Stand:
    """Something that answers HTTP at `url` and can be started and stopped."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], root: Path = ROOT):
        self.name, self.command, self.root = name, command, root
        self.folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")},
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": "bench" * 10,
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        self.process: subprocess.Popen | None = None
        self.log = self.folder / "log"

    def start(self, fds: tuple[int, ...] = (), path: str = "/readyz") -> float:
        """Start it; the seconds until it answered. Raises RuntimeError with its log when it does not."""
        began = time.perf_counter()
        self.launch(fds)
        while self.process and time.perf_counter() - began < 90 and self.process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(self.url + path, timeout=5):  # noqa: S310
                return time.perf_counter() - began
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-3000:]}")

    def launch(self, fds: tuple[int, ...] = ()) -> None:
        """Start it and do not wait."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.root,
                env=self.environment,
                stdout=log,
                stderr=log,
                pass_fds=fds,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it and everything it started."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def clear(self) -> None:
        """Stop it and forget its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words: str) -> str:
        """What a command of this stand's code prints. Raises CalledProcessError when it fails."""
        command = [sys.executable, *words]
        with self.log.open("ab") as log:
            out = subprocess.run(
                command, cwd=self.root, env=self.environment, check=True, stdout=subprocess.PIPE, stderr=log
            )
        return out.stdout.decode()

    def people(self, **wanted: int) -> Crowd:
        """Make stores, codes and people; see `bench.people`."""
        script = str(self.root / "bench" / "people.py")  # its own: it knows its own modules
        return Crowd(**json.loads(self.run(script, json.dumps(wanted)).splitlines()[-1]))

    def processes(self) -> list[int]:
        """The stand's processes, the first one's children included."""
        return family(self.process.pid) if self.process else []

    def named(self, name: str) -> list[int]:
        """Those processes whose name begins so; the bar's supervisor names its children."""
        return [pid for pid in self.processes() if name_of(pid).startswith(name)]

    def memory(self, name: str = "") -> float:
        """Memory in MB of its processes (whose name begins so). What they share counts once."""
        total = 0
        for pid in self.named(name):
            with suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(rollup.split("Pss:")[1].split()[0])
        return total / 1024

    def cpu_by_part(self) -> dict[str, float]:
        """Seconds of CPU its processes have used so far, by what they are: web, workflow worker, beat …"""
        used: dict[str, float] = defaultdict(float)
        for pid in self.processes():
            used[name_of(pid).rstrip(" 0123456789")] += cpu(pid)
        return used

    def cpu(self, pids: list[int] | None = None) -> float:
        """Seconds of CPU its processes (or these) have used so far."""
        return cpu(*(pids or self.processes()))


def bar(name: str = "bar", root: Path = ROOT) -> Stand:
    """The bar on PostgreSQL and Redis, in a database of its own."""
    number = 1 if name == "bar" else 2
    redis = os.environ["REDIS_URL"].rpartition("/")[0]
    environment = {"DATABASE_URL": make_database(f"bench_{name}"), "REDIS_URL": f"{redis}/{number}"}
    return Stand(name, [sys.executable, "manage.py", "serve"], environment, root)


def embedded(name: str = "embedded", root: Path = ROOT) -> Stand:
    """The bar in one process, on SQLite."""
    return Stand(name, [sys.executable, "manage.py", "serve"], {}, root)


class Shared(Stand):
    """A server of ours that is started once per core on one listening socket."""

    def __init__(self, name: str, module: str, processes: int, environment: dict[str, str] | None = None):
        super().__init__(name, [], environment or {})
        self.module, self.count = module, processes

    def launch(self, fds: tuple[int, ...] = ()) -> None:
        """Start them and do not wait."""
        with socket.create_server(("127.0.0.1", self.port), backlog=2048) as listener:
            listener.set_inheritable(True)
            fd = str(listener.fileno())
            several = f"{sys.executable} -m {self.module} {fd} & " * self.count
            self.command = ["bash", "-c", f"{several} wait"]
            super().launch((listener.fileno(),))

    def stop(self) -> None:
        """End them all: they are a group of their own."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
            self.process = None


def bare(codes: dict[str, str]) -> Stand:
    """The bare limit (`bench.bare`), one process per core, with the same stores."""
    import psycopg

    from .bare import SCHEMA

    url = make_database("bench_bare")
    with psycopg.connect(url) as database:
        database.execute(SCHEMA.encode())
        for store, token in codes.items():
            database.execute("INSERT INTO bare_code VALUES (%s, 1000000000)", [token])
            database.execute("INSERT INTO bare_counter VALUES (%s, 0)", [store])
    environment = {"DATABASE_URL": url, "REDIS_URL": os.environ["REDIS_URL"]}
    return Shared("bare", "bench.bare", os.cpu_count() or 1, environment)


class Usual(Shared):
    """The bar as people usually write it (`bench.usual`): as many web processes as cores, and Celery."""

    def __init__(self, name: str, subscribers: int, redis: int):
        environment = {
            "DATABASE_URL": make_database(f"bench_{name}"),
            "REDIS_URL": os.environ["REDIS_URL"].rpartition("/")[0] + f"/{redis}",
            "DJANGO_SETTINGS_MODULE": "bench.usual.settings",
            "SUBSCRIBERS": str(subscribers),
        }
        super().__init__(name, "bench.usual.asgi", os.cpu_count() or 1, environment)
        self.worker: subprocess.Popen | None = None

    def launch(self, fds: tuple[int, ...] = ()) -> None:
        """Make its tables if they are not there, then start web and worker, and do not wait."""
        self.run("-m", "django", "migrate", "--run-syncdb", "-v0")
        super().launch(fds)
        worker = [sys.executable, "-m", "celery", "-A", "bench.usual.celery", "worker", "--concurrency", "2"]
        with self.log.open("ab") as log:
            self.worker = subprocess.Popen(
                [*worker, "--loglevel", "error", "--without-gossip", "--without-mingle"],
                cwd=self.root,
                env=self.environment | {"WORKER": "1"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End web and worker."""
        super().stop()
        if self.worker is not None:
            self.worker.send_signal(signal.SIGTERM)
            self.worker.wait(20)
            self.worker = None

    def processes(self) -> list[int]:
        """The worker's too."""
        return [*super().processes(), *(family(self.worker.pid) if self.worker else [])]

    def people(self, **wanted: int) -> Crowd:
        """Its own stores, codes and people."""
        return Crowd(**json.loads(self.run("-m", "bench.usual.people", json.dumps(wanted)).splitlines()[-1]))

    def left_over(self) -> int:
        """How many messages wait for its worker."""
        import redis

        with redis.from_url(self.environment["REDIS_URL"]) as client:
            return client.llen("celery")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def make_database(name: str) -> str:
    """An empty database of that name; its address."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
