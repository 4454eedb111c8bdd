"""How long after an event the last subscriber is done with it.

    .venv/bin/python -m bench.bus --rate 200 --stores 20 --seconds 20

Starts its own PostgreSQL, Redis, slow worker and beat, on loopback only. This process publishes lives of
orders at a steady rate, over many stores, and looks every few milliseconds how far the slowest subscriber of
each store is. Prints a table. The subscribers are those of the installed extensions.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .servers import ROOT, Process, Servers, counts_statements, cpu, family

_LOOK_S = 0.005
_SETTLE_S = 1.5
"""After the last event was handled: until the workers are at rest again."""


def main() -> None:
    """Start everything, measure, print, stop."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    counting = ["shared_preload_libraries=pg_stat_statements"] if counts_statements() else []
    servers = Servers(options.port, options.port + 1, *counting)
    environment = {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "DATA_DIR": str(servers.folder / "data"),
        "SECRET_KEY": "bench" * 10,
        "LOG_LEVEL": "WARNING",
    }
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="serverlesspresso.settings")
    log = servers.folder / "workers.log"
    processes = _processes(log, environment)
    try:
        servers.start()
        _migrate()
        for process in processes:
            process.start()
        time.sleep(options.warm)
        if counting:
            _begin_counting()
        used = _used(servers, processes)
        found = _measure(options)
        time.sleep(_SETTLE_S)
        costs = {name: later - used[name] for name, later in _used(servers, processes).items()}
        _report(options, *found, costs=costs, statements=_statements(options.list) if counting else [])
        if options.log:
            print(log.read_text()[-5000:], file=sys.stderr)  # noqa: T201
    finally:
        for process in processes:
            process.kill()
        servers.stop()


def _processes(log: Path, environment: dict[str, str]) -> list[Process]:
    """What takes part in delivery: the dispatcher's worker, the one for the isolated, and beat."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "serverlesspresso"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-O", "fair"]
    commands = {
        "dispatch": ["worker", *quiet, "-Q", "dispatch", "-c", "2", "-n", "dispatch@%h"],
        "slow": ["worker", *quiet, "-Q", "slow,outgoing", "-c", "4", "-n", "slow@%h"],
        "beat": ["beat", "-S", "serverlesspresso.server.beat:SteadyScheduler"],
    }
    return [Process(name, [*celery, *command], log, **environment) for name, command in commands.items()]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=200, help="events a second [200]")
    parser.add_argument("--stores", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--warm", type=float, default=6, help="seconds for the workers to come up [6]")
    parser.add_argument("--port", type=int, default=8118, help="and the next one [8118]")
    parser.add_argument("--list", type=int, default=0, help="print so many kinds of statements [0]")
    parser.add_argument("--log", action="store_true", help="print the end of the workers' log")
    return parser.parse_args()


def _used(servers: Servers, processes: list[Process]) -> dict[str, float]:
    """Seconds of CPU so far, by whom."""
    watched = [servers.postgres, servers.redis, *processes]
    return {each.name: cpu(*family(each.process.pid)) for each in watched if each.process}


def _begin_counting() -> None:
    """Count the workers' statements; this process is another user, so that its own can be left out."""
    import psycopg

    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE EXTENSION pg_stat_statements")
        server.execute("CREATE ROLE publisher SUPERUSER LOGIN")
        server.execute("SELECT pg_stat_statements_reset()")
    os.environ["DATABASE_URL"] = url.replace("//postgres@", "//publisher@")


def _statements(kinds: int) -> list[tuple[int, str]]:
    """How often the workers said what, the total first, and then so many kinds."""
    import psycopg

    others = "FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname <> 'publisher'"
    with psycopg.connect(os.environ["DATABASE_URL"]) as server:
        total = server.execute(f"SELECT COALESCE(SUM(calls), 0), '' {others}").fetchall()
        each = f"SELECT calls, LEFT(REGEXP_REPLACE(query, '\\s+', ' ', 'g'), 110) {others}"
        return [*total, *server.execute(f"{each} ORDER BY 1 DESC LIMIT {int(kinds)}").fetchall()]


def _migrate() -> None:
    for _ in range(100):
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        if subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 0:
            return
        time.sleep(0.3)
    raise SystemExit("PostgreSQL did not come up.")


def lives(stores: Sequence[str]) -> Iterator[tuple[str, str, str, dict]]:
    """Events of orders without end, those of many orders in between each other: store, order, type, data."""
    at = "2030-05-04T09:30:00.000Z"
    number = 0
    while True:
        number += 1
        coffee = {"number": number, "drink": "Espresso", "modifiers": []}
        life: list[tuple[str, dict]] = [
            ("Validator.NewOrder", {"source": "scan", "customer": None}),
            ("OrderProcessor.WorkflowStarted", {"deadline_at": at}),
            ("OrderManager.WaitingCompletion", coffee | {"series": 1, "submitted_at": at}),
            ("OrderManager.MakeOrder", {"number": number, "barista": None, "take_over": False}),
            ("OrderManager.OrderCompleted", coffee | {"barista": None}),
            ("OrderManager.OrderCollected", {"number": number, "reason": "collected"}),
            ("OrderProcessor.OrderFinished", {"number": number, "status": "collected", "reason": None}),
        ]
        orders = [secrets.token_urlsafe(12) for _ in stores]
        for type_, data in life:
            for store, order in zip(stores, orders, strict=True):
                yield store, order, type_, data


def _measure(options) -> tuple[dict[tuple[str, int], float], dict[tuple[str, int], float], float]:
    import django

    django.setup()
    from django.db import connection, transaction

    from serverlesspresso.events.log.publish import publish

    told: dict[tuple[str, int], float] = {}
    done: dict[tuple[str, int], float] = {}
    stop = threading.Event()
    looking = threading.Thread(target=_look, args=(told, done, stop))
    looking.start()
    stores = [f"S{number}" for number in range(1, options.stores + 1)]
    began = time.monotonic()
    for number, (store, order, type_, data) in enumerate(lives(stores)):
        due = began + number / options.rate
        if due > began + options.seconds:
            break
        time.sleep(max(due - time.monotonic(), 0))
        with transaction.atomic():
            event = publish(type_, store=store, order=order, **data)
        told[store, event.sequence] = time.monotonic()
    took = time.monotonic() - began
    until = time.monotonic() + 30
    while len(done) < len(told) and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    looking.join()
    connection.close()
    return told, done, took


def _look(told, done, stop) -> None:
    """Note when the slowest subscriber has come past each event."""
    from django.db import connection

    from serverlesspresso.events.delivery.subscribers import all_subscribers

    names = [each.name for each in all_subscribers()]
    query = (
        "SELECT store, MIN(sequence), COUNT(*) FROM events_cursor WHERE subscription_id = ANY(%s) GROUP BY 1"
    )
    seen: dict[str, int] = {}
    while not stop.is_set():
        with connection.cursor() as cursor:
            cursor.execute(query, [names])
            rows = cursor.fetchall()
        now = time.monotonic()
        for store, sequence, count in rows:
            if count == len(names):
                done.update({(store, n): now for n in range(seen.get(store, 0) + 1, sequence + 1)})
                seen[store] = max(sequence, seen.get(store, 0))
        time.sleep(_LOOK_S)
    connection.close()


def _report(options, told, done, took: float, *, costs, statements) -> None:
    from serverlesspresso.events.delivery.subscribers import all_subscribers

    late = sorted(done[place] - told[place] for place in told if place in done)
    names = [each.name for each in all_subscribers()]
    rows = [
        ("subscribers", f"{len(names)}: {', '.join(names)}"),
        ("events", f"{len(told)} over {options.stores} stores, {len(told) / took:.0f} a second"),
        ("not done after 30 s", len(told) - len(late)),
    ]
    if late:
        rows += [
            (f"p{p} (ms)", f"{1000 * late[min(int(len(late) * p / 100), len(late) - 1)]:.0f}")
            for p in (50, 95, 99)
        ]
        rows += [("longest (ms)", f"{1000 * late[-1]:.0f}")]
    thousands = len(told) / 1000
    rows += [(f"CPU of {name}", f"{used / thousands:.2f} s for 1,000 events") for name, used in costs.items()]
    if statements:
        rows.append(("statements", f"{float(statements[0][0]) / len(told):.2f} an event"))
    rows += [(f"  {calls}", query) for calls, query in statements[1:]]
    for name, value in rows:
        print(f"{name:22} {value}")  # noqa: T201


if __name__ == "__main__":
    main()
