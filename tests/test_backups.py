"""A stopped bar's database file is whole by itself, and docs/how-to/deploy.md says how to back up and
restore: its commands are run here as they stand there."""

# ruff: noqa: F401, F811  (fixtures of other modules)

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import urllib.request

import pytest
from django.conf import settings

from .test_serve import Bar, bar
from .test_servers import servers, soon

pytestmark = pytest.mark.own_database


def manage(folder, *words: str, **environment) -> str:
    """What a command prints, on the bar of that folder."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"} | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def call(running: Bar, token: str, path: str, body: dict | None = None, **headers) -> dict:
    """What the API answers a barista."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{running.port}/api/v1/{path}",
        body and json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def walk_up(running: Bar, token: str, **headers) -> dict:
    """An order typed in at the bar, once it has its number."""
    made = call(running, token, "stores/ABC/walk-ups", {"drink": "Americano", "modifiers": []}, **headers)
    soon(lambda: call(running, token, f"orders/{made['id']}")["number"], 60)
    return call(running, token, f"orders/{made['id']}")


def rows(folder, tmp_path, sql: str) -> list:
    """What a copy of the database file alone holds."""
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes((folder / "db.sqlite3").read_bytes())
    with sqlite3.connect(copy) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return opened.execute(sql).fetchall()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_file_of_a_stopped_bar_holds_every_order_however_it_was_stopped(bar, tmp_path, how):
    folder = tmp_path / "data"
    running = bar(folder)
    running.wait()
    token = manage(folder, "token", "Bob", "--role", "barista", "--create").strip()
    orders = {walk_up(running, token)["id"] for _ in range(3)}
    _, err, code = running.end(how)
    assert (code, "Traceback" in err) == (0, False)
    assert {row[0] for row in rows(folder, tmp_path, "SELECT id FROM orders_order")} == orders


def test_the_file_of_a_bar_stopped_while_it_starts_is_one_that_the_next_start_takes(bar, tmp_path):
    folder = tmp_path / "data"
    starting = bar(folder)
    while not (folder / "db.sqlite3").exists():
        time.sleep(0.01)
    starting.end()
    assert rows(folder, tmp_path, "SELECT count(*) FROM sqlite_master") != []
    again = bar(folder)
    assert again.wait() == "ok"


@pytest.mark.parametrize("command", [["store", "TIM", "--create"], ["seed"], ["token", "Bob", "--create"]])
def test_a_command_that_was_the_last_to_write_leaves_a_whole_file(tmp_path, command):
    folder = tmp_path / "data"
    manage(folder, *command)
    assert not (folder / "db.sqlite3-wal").exists()
    assert rows(folder, tmp_path, "SELECT count(*) FROM config_store WHERE slug = 'ABC'") == [(1,)]


# -- docs/how-to/deploy.md, to the letter ----------------------------------------------------------

BLOCK = re.compile(r"^( *)```sh(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)


def commands(section: str, kind: str) -> str:
    """The shell commands of a section of deploy.md that are for this kind of database, or for all."""
    page = (settings.BASE_DIR / "docs" / "how-to" / "deploy.md").read_text()
    text = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = [textwrap.dedent(lines) for _, of, lines in BLOCK.findall(text) if of.strip() in ("", kind)]
    assert found, f"no commands for {kind} under {section}"
    return "".join(found)


class Folder:
    """The project's folder as an installation has it, with a `data` of its own; commands are typed there."""

    def __init__(self, path, **environment):
        self.path, self.data, self.environment = path, path / "data", environment
        path.mkdir()
        for each in settings.BASE_DIR.iterdir():
            if each.name != "data":
                (path / each.name).symlink_to(each)

    def type(self, lines: str) -> str:
        """What the shell prints; it stops at what fails."""
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(self.data), "LOG_LEVEL": "WARNING"}
        done = subprocess.run(
            ["sh", "-ec", lines],
            check=False,  # what it complains of is said below
            cwd=self.path,
            env=environment | self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def seen_by_staff(running: Bar, token: str) -> dict:
    """The orders that have not ended, and their numbers."""
    return {each["id"]: each["number"] for each in call(running, token, "stores/ABC/orders")["items"]}


@pytest.fixture
def restored(bar):
    """A bar that was backed up and restored as the page says, its token, and the orders it had at the backup.
    `in_between` is what happens to it meanwhile."""

    def carried_out(folder: Folder, kind: str, *, running_while: bool = True, in_between=None):
        first = bar(folder.data, **folder.environment)
        first.wait()
        folder.type(".venv/bin/python manage.py seed")
        token = folder.type(".venv/bin/python manage.py token Bob --role barista --create").strip()
        for _ in range(2):
            walk_up(first, token)
        kept = seen_by_staff(first, token)
        if not running_while:
            first.end()
            folder.type(commands("Backups", kind))
            first = bar(folder.data, **folder.environment)
            first.wait()
        else:
            folder.type(commands("Backups", kind))
        walk_up(first, token)
        first.end()
        if in_between:
            in_between()
        said = folder.type(commands("Restoring", kind.removesuffix(" stopped"))).splitlines()
        assert [json.loads(line)["last_number"] for line in said[-2:]] == [2, 70]
        second = bar(folder.data, **folder.environment)
        second.wait()
        return second, token, kept

    return carried_out


@pytest.mark.parametrize(("kind", "running"), [("sqlite", True), ("sqlite stopped", False)])
def test_backup_and_restore_of_sqlite_are_as_the_page_says(restored, tmp_path, kind, running):
    again, token, kept = restored(Folder(tmp_path / "bar"), kind, running_while=running)
    assert seen_by_staff(again, token) == kept
    assert sorted(kept.values()) == [1, 2]
    assert walk_up(again, token)["number"] == 71


@pytest.mark.services
def test_backup_and_restore_of_postgresql_are_as_the_page_says(restored, tmp_path, servers):
    at = servers["DATABASE_URL"]
    ours = at.replace("postgres@", "coffee@").removesuffix("/postgres") + "/coffee"
    folder = Folder(tmp_path / "bar", DATABASE_URL=ours, REDIS_URL=servers["REDIS_URL"])
    folder.type(f"psql {at} -qc 'CREATE ROLE coffee LOGIN' -c 'CREATE DATABASE coffee OWNER coffee'")

    def an_upgrade_fails_and_it_is_not_the_first_time():
        once = commands("Restoring", "postgresql").split(".venv/bin/python manage.py numbers")[0]
        folder.type(once + commands("Backups", "postgresql"))
        later = "CREATE TABLE later (cup varchar(32) REFERENCES orders_order (id))"
        folder.type(f"psql {ours} -qc '{later}'")

    again, token, kept = restored(
        folder, "postgresql", in_between=an_upgrade_fails_and_it_is_not_the_first_time
    )
    assert seen_by_staff(again, token) == kept
    assert sorted(kept.values()) == [1, 2]
    assert walk_up(again, token)["number"] == 71
    assert "later" not in folder.type(f"psql {ours} -c '\\dt'")
