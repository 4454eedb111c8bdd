"""What is done to a bar while it dies: every request, clock and delivery, each from the state it needs."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from config import demo
from config.models import Store
from display import qr_codes
from display.models import Hold
from orders import admission, commands, processor, workflow
from orders.models import Order
from orders.sweep import sweep
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import ApiToken, Membership, Role, User
from serverlesspresso.celery import app
from serverlesspresso.core import clock
from serverlesspresso.core.db import bounded_transaction
from serverlesspresso.events.delivery import dispatcher, isolation, offsets
from serverlesspresso.events.delivery.subscribers import subscribe, subscriber
from serverlesspresso.events.models import Cursor, Parked

STARTED = clock.now()
clock.now = lambda: STARTED + clock._offset  # time passes when we say so, however slow this machine is
ESPRESSO = {"drink": "Single Espresso", "modifiers": []}


class Bar:
    """A store with an order in every state, each of a customer of its own."""

    def __init__(self, template: Path):
        settings.SEND_INLINE = app.conf.task_always_eager = True
        connection.settings_dict["NAME"] = str(template)
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
