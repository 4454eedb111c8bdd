"""Behind PgBouncer in transaction mode the bar keeps its time limits, or does not start and says why."""

# ruff: noqa: F401, F811  (fixtures of other modules)

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection

from serverlesspresso.core.db import connection as postgres
from serverlesspresso.web import health

from .test_backups import Folder, call, walk_up
from .test_serve import bar, free_port, refused
from .test_servers import ready, servers, soon

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None and not os.environ.get("CI"),
    reason="PgBouncer is not installed (apt install pgbouncer)",
)
PREPARE_OFF = {"DATABASE_PREPARE": "off"}


@contextlib.contextmanager
def pgbouncer(database: str, **options):
    """PgBouncer in transaction mode before a database; its address."""
    assert PGBOUNCER, "PgBouncer is missing, and here these tests must run (apt install pgbouncer)"
    there = psycopg.conninfo.conninfo_to_dict(database)
    port = free_port()
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # it refuses to run as root, and so reads as somebody else
    said = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "pool_mode": "transaction",
        "auth_type": "any",
        "admin_users": "coffee",
        **options,
    }
    to = " ".join(f"{name}={there[name]}" for name in ("host", "port", "user", "dbname"))
    lines = [f"[databases]\ncoffee = {to}\n[pgbouncer]", *[f"{name} = {each}" for name, each in said.items()]]
    (folder / "pgbouncer.ini").write_text("\n".join(lines))
    as_nobody = (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    )
    process = subprocess.Popen(
        [*as_nobody, str(PGBOUNCER), "-q", folder / "pgbouncer.ini"], stderr=subprocess.DEVNULL
    )
    try:
        yield f"postgres://coffee@127.0.0.1:{port}/coffee"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def database(servers):
    """A database of an ordinary role; its address, without a pooler."""
    with psycopg.connect(servers["DATABASE_URL"], autocommit=True) as asked:
        asked.execute("CREATE ROLE coffee LOGIN")
        asked.execute("CREATE DATABASE coffee OWNER coffee")
    return servers["DATABASE_URL"].replace("postgres@", "coffee@").removesuffix("/postgres") + "/coffee"


def limits_of_the_role(database: str) -> list[str]:
    """What the bar says to type, typed."""
    says = [f"ALTER ROLE coffee SET {name} = '{seconds}s'" for name, seconds in postgres.LIMITS_S.items()]
    with psycopg.connect(database, autocommit=True) as asked:
        for each in says:
            asked.execute(each)
    return says


@needs_pgbouncer
@pytest.mark.services
@pytest.mark.own_database
@pytest.mark.xdist_group("pooler")
class TestPooler:
    def test_one_that_refuses_the_bar_is_said_with_the_line_it_wants(self, bar, servers, database, tmp_path):
        with pgbouncer(database) as at:
            said = refused(bar(**servers | PREPARE_OFF | {"DATABASE_URL": at}).process)
            assert "write ignore_startup_parameters = options into pgbouncer.ini" in said
            folder = Folder(tmp_path / "bar", **servers | PREPARE_OFF | {"DATABASE_URL": at})
            for command in ("migrate", "numbers ABC", "check --database default"):
                with pytest.raises(AssertionError, match="write ignore_startup_parameters = options"):
                    folder.type(f".venv/bin/python manage.py {command}")

    def test_one_that_drops_the_time_limits_is_refused_with_what_to_type(self, bar, servers, database):
        with pgbouncer(database, ignore_startup_parameters="options") as at:
            said = refused(bar(**servers | PREPARE_OFF | {"DATABASE_URL": at}).process)
        assert "drops idle_in_transaction_session_timeout, lock_timeout, statement_timeout" in said
        page = (configured.BASE_DIR / "docs" / "how-to" / "deploy.md").read_text()
        for each in limits_of_the_role(database):
            assert each in said
            assert f"{each};\n" in page

    def test_one_that_mixes_up_prepared_statements_is_refused(self, bar, servers, database):
        limits_of_the_role(database)
        with pgbouncer(database, ignore_startup_parameters="options") as at:
            said = refused(bar(**servers | {"DATABASE_URL": at}).process)
        assert "set DATABASE_PREPARE=off" in said

    def test_one_that_allows_no_transactions_is_refused(self, bar, servers, database):
        limits_of_the_role(database)
        with pgbouncer(database, ignore_startup_parameters="options", pool_mode="statement") as at:
            said = refused(bar(**servers | PREPARE_OFF | {"DATABASE_URL": at}).process)
        assert "set pool_mode = transaction or session" in said

    def test_one_that_is_set_right_serves_and_the_limits_hold_behind_it(
        self,
        bar,
        servers,
        database,
        tmp_path,
    ):
        limits_of_the_role(database)
        with pgbouncer(database, ignore_startup_parameters="options", default_pool_size=5) as at:
            folder = Folder(tmp_path / "bar", **servers | PREPARE_OFF | {"DATABASE_URL": at})
            running = bar(folder.data, **folder.environment)
            running.wait()
            folder.type(".venv/bin/python manage.py seed")
            token = folder.type(".venv/bin/python manage.py token Bob --role manager --create").strip()
            assert [walk_up(running, token)["number"] for _ in range(5)] == [1, 2, 3, 4, 5]
            assert len(call(running, token, "stores/ABC/orders")["items"]) == 5
            soon(lambda: ready(running))
            asked = "from django.db import connection; connection.cursor().execute('SELECT pg_sleep(20)')"
            began = time.monotonic()
            with pytest.raises(AssertionError, match="canceling statement due to statement timeout"):
                folder.type(f'.venv/bin/python manage.py shell -c "{asked}"')
            assert time.monotonic() - began < 20
            _, err, code = running.end()
        assert code == 0
        assert "prepared statement" not in err


@pytest.mark.skipif(connection.vendor != "postgresql", reason="it is about PostgreSQL")
@pytest.mark.django_db(transaction=True)
class TestLimits:
    def test_a_direct_connection_has_them_all(self):
        assert postgres.problem(connection) == ""
        assert connection.validation.check() == []

    def test_a_bar_that_lost_them_is_not_ready(self, client):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        try:
            with pytest.raises(health.NoTimeLimits):
                health._database()
        finally:
            connection.close()


def test_a_database_that_does_not_answer_is_an_error_of_the_check_and_no_traceback():
    def params():
        return {"host": "127.0.0.1", "port": 1, "dbname": "coffee", "connect_timeout": 2}

    away = SimpleNamespace(get_connection_params=params)
    (error,) = postgres.Validation(away).check()  # type: ignore[arg-type]
    assert "The database does not answer" in error.msg
