"""Dies at every failpoint of every transition, one after the other, and looks what is left.

    python -m tests.reliability.crasher requests|clocks|bus

A bar is set up once, with an order in every state. Then, for each transition, a process of its own (a fork,
on a copy of the database) makes it, and all failpoints on the way are noted. For each of them another one
makes the transition and is dead in the middle of it; the next, which comes up like a restarted server, sends
the same request with the same Idempotency-Key and lets the sweep run. Its books must be those of the
undisturbed run, to the letter. Prints a line of JSON per transition.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="serverlesspresso-crash."))
os.environ |= {
    "DATA_DIR": str(FOLDER),
    "DJANGO_SETTINGS_MODULE": "serverlesspresso.settings",
    "LOG_LEVEL": "ERROR",
}
for given in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "FAILPOINT"):
    os.environ.pop(given, None)

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from bench import checker  # noqa: E402
from config.models import Store  # noqa: E402
from display.models import Code  # noqa: E402
from orders.models import Order, Queue  # noqa: E402
from orders.sweep import sweep  # noqa: E402
from serverlesspresso.core import clock, failpoints  # noqa: E402
from serverlesspresso.events.models import Event, Stream  # noqa: E402
from tests.reliability.crash_scenes import (  # noqa: E402
    Bar,
    bus,
    clocks,
    hand_over_now,
    handed_over,
    requests,
)

TEMPLATE, COPY = FOLDER / "template.sqlite3", FOLDER / "copy.sqlite3"

# -- dying and coming back -------------------------------------------------------------------------


def apart(work: Callable[[], object]) -> tuple[int, object]:
    """Do some work in a fork; its exit code, and what it returned."""
    connection.close()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        code = 1
        with suppress(BaseException):
            said = json.dumps(work())
            os.write(writer, said.encode()) if len(said) < 65_000 else None
            code = 0
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else None


def fresh() -> None:
    """A copy of the bar as it was set up, in place of the last one."""
    for path in FOLDER.glob("copy.sqlite3*"):
        path.unlink()
    shutil.copy(TEMPLATE, COPY)
    connection.settings_dict["NAME"] = str(COPY)


def books() -> dict:
    """All that must be the same, whatever was in between; times and random names left out."""
    told = checker.lives(Event.objects.values("sequence", "type", "order", "data"))
    orders = {}
    for order in Order.objects.select_related("customer", "barista"):
        life = told.get(order.pk, [])
        orders[str(order.customer or f"walk-up {order.number}")] = [
            order.status, order.series, order.number, order.drink, order.version, order.extensions,
            str(order.barista), bool(order.settled_at), [event["type"] for event in life],
            checker.legal(life, order.status),
        ]  # fmt: skip
    sequences = list(Event.objects.values_list("sequence", flat=True))
    return {
        "orders": dict(sorted(orders.items())),
        "gapless": checker.gapless(sequences) and Stream.objects.get().sequence == len(sequences),
        "counter": list(Queue.objects.values_list("series", "last_number")),
        "codes": [[code.used, code.holds.filter(returned_at=None).count()] for code in Code.objects.all()],
        "paused": Store.objects.get().is_paused,
        "bus": handed_over(),
    }


def quiet() -> dict:
    """The books, once the sweep has seen to what was left."""
    for _ in range(2):
        clock.advance(2)
        sweep()
        hand_over_now()
    return books()


def undisturbed(act: Callable, *, asks: bool) -> tuple[list[str], dict]:
    """The failpoints on the way, and the books at the end."""

    def work():
        hits = failpoints.record()
        answer = act()
        on_the_way = list(hits)
        assert not asks or answer.status_code < 300, answer.content
        return on_the_way, quiet()

    fresh()
    code, said = apart(work)
    assert code == 0, "the transition itself fails"
    return tuple(said)  # type: ignore[arg-type]


def crash(act: Callable, point: str, *, asks: bool) -> dict | str:
    """The books after a death at this point, a restart, and the client's second try; or what went wrong."""

    def dies():
        failpoints.arm(point)
        act()

    def comes_back():
        if asks:
            first, again = act(), act()
            if first.status_code >= 300 or again.content != first.content:
                return f"the repetition was answered {first.status_code} {first.content!r}, {again.content!r}"
        else:
            act()
        return quiet()

    fresh()
    code, _ = apart(dies)
    if code != failpoints.DIED:
        return f"it did not die but ended with {code}"
    code, said = apart(comes_back)
    return said if code == 0 else "the restarted process failed"


def main(kind: str) -> None:
    """Every transition of a kind; a line of JSON each."""
    asks = kind == "requests"
    bar = Bar(TEMPLATE)
    transitions = {"requests": requests, "clocks": clocks, "bus": bus}[kind](bar)
    Client().get(
        "/api/v1/orders", headers={"Authorization": f"Bearer {bar.tokens['Bob']}"}
    )  # load what forks share
    connection.close()
    for name, act in transitions.items():
        hits, expected = undisturbed(act, asks=asks)
        counts: dict[str, int] = {}
        wrong = {}
        for hit in hits:
            counts[hit] = counts.get(hit, 0) + 1
            point = f"{hit}:{counts[hit]}"
            if (found := crash(act, point, asks=asks)) != expected:
                wrong[point] = found
        said = {"transition": name, "hits": hits, "expected": expected, "wrong": wrong}
        sys.stdout.write(json.dumps(said) + "\n")
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main(sys.argv[1])
