"""Dies at every failpoint of every transition, one after the other, and looks what is left.

    python -m tests.reliability.crasher requests|clocks|bus

A bar is set up once, with an order in every state. Then, for each transition, a process of its own (a fork,
on a copy of the database) makes it, and all failpoints on the way are noted. For each of them another one
makes the transition and is dead in the middle of it; the next, which comes up like a restarted server, sends
the same request with the same Idempotency-Key and lets the sweep run. Its books must be those of the
undisturbed run, to the letter. Prints a line of JSON per transition.
"""

import datetime as dt
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

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from bench import checker  # noqa: E402
from config import demo  # noqa: E402
from config.models import Store  # noqa: E402
from display import qr_codes  # noqa: E402
from display.models import Code, Hold  # noqa: E402
from orders import admission, commands, processor, workflow  # noqa: E402
from orders.models import Order, Queue  # noqa: E402
from orders.sweep import sweep  # noqa: E402
from serverlesspresso.accounts.identity import Person  # noqa: E402
from serverlesspresso.accounts.models import ApiToken, Membership, Role, User  # noqa: E402
from serverlesspresso.celery import app  # noqa: E402
from serverlesspresso.core import clock, failpoints  # noqa: E402
from serverlesspresso.core.db import bounded_transaction  # noqa: E402
from serverlesspresso.events.delivery import dispatcher, isolation, offsets  # noqa: E402
from serverlesspresso.events.delivery.subscribers import subscribe, subscriber  # noqa: E402
from serverlesspresso.events.models import Cursor, Event, Parked, Stream  # noqa: E402

STARTED = clock.now()
clock.now = lambda: STARTED + clock._offset  # time passes when we say so, however slow this machine is
TEMPLATE, COPY = FOLDER / "template.sqlite3", FOLDER / "copy.sqlite3"
ESPRESSO = {"drink": "Single Espresso", "modifiers": []}

# -- the bar ---------------------------------------------------------------------------------------


class Bar:
    """A store with an order in every state, each of a customer of its own."""

    def __init__(self):
        settings.COURIER_INLINE = app.conf.task_always_eager = True
        connection.settings_dict["NAME"] = str(TEMPLATE)
        connection.settings_dict["OPTIONS"]["init_command"] = (
            "PRAGMA synchronous=OFF;"  # nobody cuts the power
        )
        call_command("migrate", verbosity=0)
        self.store = Store.objects.create(
            slug="ABC", name="Bar", is_open=True, per_code=30, capacity=30, customer_s=3600
        )
        demo.make_menu(self.store)
        self.tokens: dict[str, str] = {}
        self.orders: dict[str, str] = {}
        self.bob, self.dana = (self._user(name) for name in ("Bob", "Dana"))
        Membership.objects.create(user=self.bob, store=self.store, role=Role.BARISTA)
        Membership.objects.create(user=self.dana, store=self.store, role=Role.MANAGER)
        self._user("newcomer")
        self.code = qr_codes.current_code(self.store).token

    def _user(self, name: str) -> User:
        user = User.objects.create(name=name, is_device=True)
        self.tokens[name] = ApiToken.issue(user)
        return user

    def order(self, name: str, *acts: Callable) -> None:
        """A customer and their order, named after what will happen to it, brought on by some acts."""
        order = admission.scan_and_create(self.store, self.code, Person(self._user(name)))
        for act in acts:
            act(processor.load(order.pk))
        self.orders[name] = order.pk

    def choose(self, order):
        commands.submit(order, drink="Americano", modifiers=[], by=order.customer)

    def claim(self, order):
        commands.claim(order, by=self.bob)

    def complete(self, order):
        commands.complete(order, by=self.bob)

    def cancel(self, order):
        commands.cancel(order, by=self.bob)


def lost(act: Callable, chain: tuple[str, ...] = ()) -> None:
    """Do something whose messages are lost: its chain never starts."""
    start, workflow.start = workflow.start, lambda steps, order_id: None
    try:
        act()
    finally:
        workflow.start = start


def requests(bar: Bar) -> dict[str, Callable]:
    """The transitions that people make: each a request, sent under one key."""
    c, s, k = bar.choose, bar.claim, bar.complete
    states = {"submit": (), "extend": (), "give up": (), "swap": (c,), "withdraw": (c,), "make": (c,)}
    states |= {"take over": (c, s), "unmake": (c, s), "complete": (c, s), "complete at once": (c,)}
    states |= {"recall": (c, s, k), "collect": (c, s, k), "cancel": (c, s)}
    for name, acts in states.items():
        bar.order(name, *acts)
    lost(lambda: bar.order("submit while validating"))

    def send(who, method, path, body=None):
        token = bar.tokens[who]
        return lambda: Client().generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body or {}),
            "application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "once"},
        )

    def of(name, act="", who=None, method="POST", body=None):
        return send(who or name, method, f"orders/{bar.orders[name]}{act}", body)

    found = {
        "scan": send("newcomer", "POST", "stores/ABC/orders", {"token": bar.code}),
        "walk-up": send("Bob", "POST", "stores/ABC/walk-ups", ESPRESSO),
        "pause": send("Bob", "PUT", "stores/ABC/status", {"paused": True}),
        "give up": of("give up", "/cancel"),
        "extend": of("extend", "/extend"),
        "withdraw": of("withdraw", "/cancel"),
        "take over": of("take over", "/make", "Dana", body={"take_over": True}),
        "complete at once": of("complete at once", "/complete", "Bob"),
        "cancel": of("cancel", "/cancel", "Bob", body={"reason": "other"}),
    }
    found |= {
        name: of(name, method="PUT", body=ESPRESSO) for name in ("submit", "swap", "submit while validating")
    }
    found |= {
        name: of(name, f"/{name}", "Bob") for name in ("make", "unmake", "complete", "recall", "collect")
    }
    return found


def clocks(bar: Bar) -> dict[str, Callable]:
    """The transitions that only the sweep makes, all found overdue by one."""
    c, s, k = bar.choose, bar.claim, bar.complete
    lost(lambda: bar.order("lost while validating"))
    for name, acts in {"customer": (), "claim": (c, s), "pickup": (c, s, k)}.items():
        bar.order(name, *acts)
    bar.order("lost while submitted")
    lost(lambda: bar.choose(processor.load(bar.orders["lost while submitted"])))
    bar.order("unsettled")
    lost(lambda: bar.cancel(processor.load(bar.orders["unsettled"])))
    qr_codes.take_hold(qr_codes.find_code(bar.code), browser="somebody who went away")
    Store.objects.update(customer_s=5, claim_s=5, pickup_s=5)
    Order.objects.filter(deadline_at__isnull=False).update(deadline_at=clock.now())
    Hold.objects.filter(used_at=None).update(expires_at=clock.now())

    def everything() -> None:
        clock.advance(3)
        sweep()

    def nobody_at_work() -> None:
        clock.advance(250)
        sweep()  # so that nobody takes the time in between for a laptop's sleep
        Store.objects.update(barista_s=200)
        clock.advance(10)
        sweep()

    return {"sweep": everything, "barista's clock": nobody_at_work}


def bus(bar: Bar) -> dict[str, Callable]:
    """The log is handed to a subscriber, which fails with one event at first. It writes down each that it
    takes, so that one which it took twice would be there twice."""
    subscribe("*", name="crash", start="now")(write_down)
    subscribe("*", name="calm", start="now", batch=100)(write_down_all)
    dispatcher.CHUNK_S = dispatcher.HELD_S = dispatcher.BUDGET_S = 600  # the same at any speed
    isolation.BUDGET_S = bounded_transaction.HOLD_S = 600
    dispatcher.all_subscribers = lambda: [subscriber("calm"), subscriber("crash")]  # extensions have theirs
    offsets.register_all()
    bar.order("told", bar.choose, bar.claim, bar.complete)

    def hand_over() -> None:
        hand_over_now()
        clock.advance(2)
        hand_over_now()

    return {"hand over": hand_over}


def write_down(event) -> None:
    if event.type == "OrderManager.MakeOrder" and clock.now() - STARTED < dt.timedelta(seconds=1):
        raise ValueError("not now")
    User.objects.create(name=f"crash took {event.sequence}")


def write_down_all(events) -> None:
    User.objects.bulk_create(User(name=f"calm took {event.sequence}") for event in events)


def hand_over_now() -> None:
    for name in dispatcher.dispatch():
        while isolation.serve(name):
            pass  # a slow machine needs several calls


def handed_over() -> dict:
    """What the subscribers took, how far they are, and what is parked."""
    ours = ("crash", "calm")
    places = Cursor.objects.filter(subscription__in=ours).order_by("subscription")
    return {
        "took": sorted(User.objects.filter(name__contains=" took ").values_list("name", flat=True)),
        "places": list(places.values_list("subscription", "store", "sequence")),
        "parked": list(Parked.objects.filter(subscription__in=ours).values_list("sequence", "attempts")),
    }


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
    bar = Bar()
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
