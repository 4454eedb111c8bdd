"""Throw-away PostgreSQL and Redis, and the bar itself, as processes that can be killed and come back."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_QUICK_PG = ("fsync=off", "max_connections=60", "shared_buffers=128MB", "deadlock_timeout=200ms")


_END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> ALL(%s)"""


def _postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    program = shutil.which("postgres")
    if not found and not program:
        raise SystemExit("This needs PostgreSQL (Debian: apt-get install postgresql).")
    return found[-1] if found else Path(program).resolve().parent  # type: ignore[arg-type]


class Process:
    """Something that runs until it is killed, and is started again on the same port and files."""

    def __init__(self, name: str, command: list[str], log: Path, user: str | None = None, **environment: str):
        self.name, self.command, self.log, self.user = name, command, log, user
        self.environment = os.environ | environment
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, its output into a log file."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                user=self.user,
                group=self.user and pwd.getpwnam(self.user).pw_gid,
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End it without warning, and wait until it is gone."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(how)
            self.process.wait(30)


def offspring(pid: int) -> list[int]:
    """The processes that one has started, whichever of its threads did, and that still live."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def family(pid: int) -> list[int]:
    """A process and all that it has started, and those have."""
    found = [pid]
    for parent in found:
        found += offspring(parent)
    return found


def name_of(pid: int) -> str:
    """A process's name. The supervisor names its children; their command line is its."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def cpu(*pids: int) -> float:
    """Seconds of CPU that these processes have used so far; those that are gone do not count."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def counts_statements() -> bool:
    """Whether this PostgreSQL comes with pg_stat_statements."""
    return (_postgres_bin().parent / "lib" / "pg_stat_statements.so").exists()


def tell(pids: list[int], how: int) -> None:
    """Send processes a signal; those that are gone do not matter."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


class Servers:
    """A folder with a PostgreSQL and a Redis of our own, on loopback only."""

    def __init__(self, postgres_port: int, redis_port: int, *postgres_settings: str):
        self.folder = Path(tempfile.mkdtemp(prefix="serverlesspresso-chaos."))
        self.folder.chmod(0o755)
        self.database_url = f"postgres://postgres@127.0.0.1:{postgres_port}/postgres"
        self.redis_url = f"redis://127.0.0.1:{redis_port}/0"
        user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._initdb(user)
        settings = [
            f"listen_addresses=127.0.0.1 unix_socket_directories= port={postgres_port}".split(),
            _QUICK_PG,
            postgres_settings,
        ]
        options = [word for group in settings for each in group for word in ("-c", each)]
        self.postgres = Process(
            "postgres",
            [str(_postgres_bin() / "postgres"), "-D", str(self.folder / "postgres"), *options],
            self.folder / "postgres.log",
            user,
        )
        self.redis = Process(
            "redis",
            [
                "redis-server",
                "--port",
                str(redis_port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ],
            self.folder / "redis.log",
        )

    def _initdb(self, user: str | None) -> None:
        data = self.folder / "postgres"
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        subprocess.run(
            [
                _postgres_bin() / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "--auth=trust",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )

    def start(self) -> None:
        """Start both; they are not awaited."""
        self.postgres.start()
        self.redis.start()

    def crash_postgres(self) -> None:
        """Kill the postmaster; start it again once its children, which hold the shared memory, are gone."""
        self.postgres.kill()
        until = time.monotonic() + 10
        while time.monotonic() < until:
            self.postgres.start()
            time.sleep(0.3)
            if self.postgres.lives:
                return  # otherwise it ended at once: the old one's memory is still in use

    def stop_postgres(self) -> Callable[[], None]:
        """PostgreSQL hangs: none of its processes goes on, until what is returned is called."""
        main = self.postgres.process
        stopped = family(main.pid) if main else []
        tell(stopped, signal.SIGSTOP)
        return lambda: tell(stopped, signal.SIGCONT)

    def stop_redis(self) -> Callable[[], None]:
        """Redis hangs, until what is returned is called."""
        stopped = [self.redis.process.pid] if self.redis.process else []
        tell(stopped, signal.SIGSTOP)
        return lambda: tell(stopped, signal.SIGCONT)

    def flush_redis(self) -> None:
        """Redis forgets everything: what it was told, and who listens."""
        import redis

        with suppress(redis.RedisError), redis.from_url(self.redis_url, socket_timeout=2) as client:
            client.flushall()
            client.client_kill_filter(_type="pubsub")

    def crowd_out(self, seconds: float) -> None:
        """Others take every connection of PostgreSQL for so long, those of the bar too."""
        import psycopg

        taken: list[psycopg.Connection] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                taken.append(psycopg.connect(self.database_url, autocommit=True, connect_timeout=2))
            except psycopg.OperationalError:
                with suppress(psycopg.OperationalError, IndexError):
                    taken[0].execute(_END_OTHERS, [[each.info.backend_pid for each in taken]])
                time.sleep(0.02)
        for each in taken:
            each.close()

    def stop(self) -> None:
        """End both and remove the folder."""
        for process in (self.postgres, self.redis):
            process.kill(signal.SIGQUIT if process is self.postgres else signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Bar(Process):
    """`manage.py serve` on those servers, with two web processes."""

    def __init__(self, servers: Servers, port: int):
        super().__init__(
            "bar",
            [sys.executable, "manage.py", "serve", "--processes", "2"],
            servers.folder / "bar.log",
            DATABASE_URL=servers.database_url,
            REDIS_URL=servers.redis_url,
            DATA_DIR=str(servers.folder / "data"),
            HOST="127.0.0.1",
            PORT=str(port),
            SECRET_KEY="chaos" * 10,
        )

    def pids(self, name: str) -> list[int]:
        """Its processes whose name begins so: "web", "workflow worker", "slow worker", "beat"."""
        return (
            [pid for pid in offspring(self.process.pid) if name_of(pid).startswith(name)]
            if self.process
            else []
        )

    def strays(self) -> list[int]:
        """Processes of this bar that it no longer knows: what started them was killed, and they went on."""
        known = family(self.process.pid) if self.process else []
        mine = f"DATA_DIR={self.environment['DATA_DIR']}\0".encode()
        return [pid for pid in _everybody() if pid not in known and mine in _environment(pid)]


def _everybody() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
