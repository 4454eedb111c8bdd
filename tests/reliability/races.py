"""Races that one guard each decides. Each returns what was found wrong."""

import asyncio
import random
import threading
import time
from collections import defaultdict
from functools import partial
from unittest.mock import patch

from django.db import connection, transaction
from django.db.models import Count, F, Q

from bench import checker
from conftest import bearer, choosing, make_user, queued, scanned
from display import qr_codes
from display.models import Code
from orders import admission, commands, processor, workflow
from orders import sweep as sweeping
from orders.models import Order
from orders.tests.test_races import at_once
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events import after_commit
from serverlesspresso.events.delivery import dispatcher
from serverlesspresso.events.live import hub, subscriptions
from serverlesspresso.events.log import publish
from serverlesspresso.events.models import Event
from serverlesspresso.events.tests.board import CHANGED, Blackboard, FakeSocket
from serverlesspresso.events.tests.bus import deliver, subscribed, tell


def log(store) -> list[dict]:
    return list(Event.objects.filter(store=store.slug).values("sequence", "type", "order", "data", "at"))


def orders(store) -> list[dict]:
    fields = ("id", "status", "series", "number", "customer", "source")
    return list(store.orders.annotate(settled=F("settled_at")).values("settled", *fields))


def illegal(store) -> list[str]:
    """What the checker says of lives and numbers, of orders that may still be going on."""
    return [each for each in checker.books(orders(store), log(store)) if "stuck" not in each]


def crowd(store, number):
    return [make_user(f"Guest{n}") for n in range(number)]


def tried(act, *args, **kwargs):
    try:
        return act(*args, **kwargs)
    except Refusal as refusal:
        return refusal


# -- the races: each returns what was found wrong --------------------------------------------------


def baristas_claim_one_order(store) -> list[str]:
    order = queued(make_user("Alice"), store)
    baristas = [make_user(f"Barista{n}", store, Role.BARISTA) for n in range(5)]
    at_once(*(partial(commands.claim, order, by=each) for each in baristas))
    return illegal(store)


def a_choice_comes_too_late(store) -> list[str]:
    alice = make_user("Alice")
    order = choosing(alice, store)
    clock.advance(store.customer_s + 1)
    tried(commands.submit, order, drink="Espresso", modifiers=[], by=alice)
    late = processor.load(order.pk).submitted_at is not None
    return ["submitted after its deadline"] if late else []


def ten_orders_want_a_number(store) -> list[str]:
    waiting = [(choosing(person, store), person) for person in crowd(store, 8)]

    def submit(order, person):
        commands.submit(order, drink="Espresso", modifiers=[], by=person)
        return Order.objects.filter(pk=order.pk, number=None).exists()  # a later step would give it one

    without = at_once(*(partial(submit, *each) for each in waiting))
    given = [each["number"] for each in orders(store)]
    wrong = any(without) or None in given or not checker.gapless(given)
    return [f"numbers {given}, at first without: {without}"] if wrong else []


def many_want_a_hold(store) -> list[str]:
    store.per_code = 3
    store.save()
    code = qr_codes.current_code(store)
    people = crowd(store, 12)

    @transaction.atomic
    def take(person):
        return qr_codes.take_hold(code, user=person)

    at_once(*(partial(take, person) for person in people))
    return _codes()


def many_sign_in_for_three_places(store) -> list[str]:
    """They scanned before: otherwise the code’s row, which each scan locks, stands in for the store’s."""
    store.capacity = 3
    store.per_code = 20
    store.save()
    people = [Person(each) for each in crowd(store, 12)]
    holds = [admission.scan(qr_codes.current_code(store), person) for person in people]
    at_once(*(partial(admission.create_order, *pair) for pair in zip(holds, people, strict=True)))
    return checker.room(log(store), 3)


def a_reader_follows_ten_writers(store) -> list[str]:
    read: list[int] = []
    done = threading.Event()

    def write(seed):
        dice = random.Random(seed)
        for _ in range(6):
            with transaction.atomic():
                publish.publish("ConfigService.ConfigChanged", store=store.slug, **CHANGED)
                time.sleep(dice.uniform(0, 0.02))
        return "written"

    def follow():
        after, idle = 0, 0
        while idle < 5:
            idle = idle + 1 if done.is_set() else 0
            head, events = subscriptions._read(store.slug, after)
            read.extend(event.sequence for event in events or [])  # None: so many that a snapshot is cheaper
            after = max(after, head)
        connection.close()

    reader = threading.Thread(target=follow)
    reader.start()
    at_once(*(partial(write, n) for n in range(8)))
    done.set()
    reader.join(30)
    there = set(Event.objects.filter(store=store.slug).values_list("sequence", flat=True))
    return [f"{len(there - set(read))} events were never read"] if there - set(read) else []


def a_hint_is_lost(store) -> list[str]:
    board, socket = Blackboard(), FakeSocket(room=1000)

    async def watch() -> None:
        mine = hub.Hub()
        await mine.join(socket, board, store.slug, "en")
        board.word = "one"
        await mine.run(_publish_silently, store)
        await asyncio.sleep(0.6)
        await mine.stop()

    asyncio.run(watch())
    return [] if any("one" in frame for frame in socket.frames) else ["the screen never learned of it"]


def _publish_silently(store):
    hint, after_commit.broadcast = after_commit.broadcast, lambda **_: None
    try:
        with transaction.atomic():
            publish.publish("ConfigService.ConfigChanged", store=store.slug, **CHANGED)
    finally:
        after_commit.broadcast = hint


def one_request_is_sent_six_times(store) -> list[str]:
    from django.test import Client

    headers = bearer(make_user("Bob", store, Role.BARISTA)) | {"Idempotency-Key": "once"}
    body = {"drink": "Espresso", "modifiers": []}

    def send():
        return Client().post("/api/v1/stores/ABC/walk-ups", body, "application/json", headers=headers)

    answers = at_once(*[send] * 6)
    made = Order.objects.count()
    bodies = checker.replays(("once", answer.content) for answer in answers if answer.status_code < 300)
    return bodies if made == 1 else [f"{made} orders", *bodies]


def messages_are_lost(store) -> list[str]:
    start, workflow.start = workflow.start, lambda steps, order_id: None
    try:
        scanned(make_user("Alice"), store)
        commands.cancel(queued(make_user("Charlie"), store), by=make_user("Bob", store, Role.BARISTA))
    finally:
        workflow.start = start
    clock.advance(3)
    sweeping.sweep()
    left = checker.books(orders(store), log(store))
    return [each for each in left if "stuck in choosing" not in each]  # that one waits for a human


class _NoLock:
    """A lock that lets everybody in."""

    def acquire(self, *, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        pass


def four_processes_serve_one_subscriber(store) -> list[str]:
    dice = random.Random(1)

    def write_down(event):
        User.objects.create(name=f"Took{event.sequence}")

    def serve():
        for _ in range(6):
            time.sleep(dice.uniform(0, 0.02))
            dispatcher.dispatch()
        return "served"

    with (
        subscribed(write_down, name="control"),
        patch.object(dispatcher, "_leases", defaultdict(_NoLock)),  # threads of one process get no further
        patch.object(dispatcher, "batches", partial(_dawdle, dispatcher.batches, dice)),
    ):
        for _ in range(2):  # chances for two to read the same
            tell(12)
            at_once(*[serve] * 4)
        deliver()
    facts = [event["sequence"] for event in log(store)]
    took = [
        int(name[4:]) for name in User.objects.filter(name__startswith="Took").values_list("name", flat=True)
    ]
    return [] if sorted(took) == sorted(facts) else [f"took {sorted(took)} of {facts}"]


def _dawdle(units, dice, *args):
    found = units(*args)
    time.sleep(dice.uniform(0, 0.05))
    return found


def a_hold_is_given_back_six_times(store) -> list[str]:
    code = qr_codes.current_code(store)
    with transaction.atomic():
        qr_codes.take_hold(code, user=make_user("Charlie"))
        hold = qr_codes.take_hold(code, user=make_user("Alice"))
    at_once(*[partial(qr_codes.give_back, hold.pk)] * 6)
    return _codes()


def _codes() -> list[str]:
    kept = Count("holds", filter=Q(holds__returned_at=None))
    return checker.codes(Code.objects.annotate(kept=kept).values("id", "used", "budget", "kept"))
