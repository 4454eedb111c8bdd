"""Negative controls: each guard is switched off once, and then something must be found wrong.

A test that cannot fail proves nothing. Each race below is run twice on PostgreSQL: as the bar is, where all
must be right, and with one guard taken away by monkeypatching, where the checker must say so.
"""

import dataclasses
import time
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.models import F, Q

from display import qr_codes
from display.models import Code, Hold
from orders import admission, counting, deadlines, processor, workflow
from orders import sweep as sweeping
from orders.models import Order, Queue, Status
from serverlesspresso.api import idempotency
from serverlesspresso.api.models import IdempotencyKey
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.delivery import offsets
from serverlesspresso.events.live import pulse
from serverlesspresso.events.log import publish
from serverlesspresso.events.models import Cursor

from . import races

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def real_database():
    """One writer at a time, as on SQLite, hides what is looked for here."""
    if connection.vendor == "sqlite":
        pytest.skip("races need PostgreSQL: bin/with-services .venv/bin/pytest …")


# -- the guards, and how each is taken away --------------------------------------------------------


def without_compare_and_set(patch):
    edges = {name: dataclasses.replace(edge, sources=tuple(Status)) for name, edge in processor.EDGES.items()}
    patch.setattr(processor, "EDGES", edges)


def without_deadlines(patch):
    patch.setattr(deadlines, "in_time", lambda store, queue, now: Q())


def without_the_counter_row(patch):
    def next_number(order_id):
        queue = Queue.objects.get_or_create(pk=Order.objects.get(pk=order_id).store_id)[0]
        time.sleep(0.02)
        queue.last_number += 1
        queue.save(update_fields=["last_number"])
        return queue

    patch.setattr(counting, "next_number", next_number)
    # Each step numbers its own order only: the step of the last in line would number all, and hide the fault.
    patch.setattr(workflow, "_in_line", SimpleNamespace(all=lambda store, order_id: [(order_id, 0)]))


def without_the_condition_on_holds(patch):
    def take_hold(code, *, user=None, browser=""):
        fresh = Code.objects.get(pk=code.pk)
        if fresh.used >= fresh.budget:
            raise Refusal("used up", code="code_used_up")
        time.sleep(0.02)
        Code.objects.filter(pk=code.pk).update(used=fresh.used + 1)
        now = clock.now()
        return Hold.objects.create(code=code, user=user, taken_at=now, expires_at=now + qr_codes.HOLD_LASTS)

    patch.setattr(qr_codes, "take_hold", take_hold)


def without_the_stores_lock(patch):
    patch.setattr(admission, "lock", lambda store: type(store).objects.get(pk=store.pk))


def without_the_heads_lock(patch):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS loose")
        cursor.execute("SELECT setval('loose', 1000)")
    patch.setattr(
        publish,
        "_NEXT",
        "SELECT nextval('loose'), at FROM (SELECT %s::text AS store, %s::timestamptz AS at) AS given",
    )


def without_the_pulse(patch):
    async def nothing(*_):
        pass

    patch.setattr(pulse, "pulse", nothing)


def without_the_keys_row(patch):
    patch.setattr(
        idempotency,
        "_claim",
        lambda user, key, print_: (IdempotencyKey(user=user, key=key, fingerprint=print_), True),
    )


def without_the_sweep(patch):
    patch.setattr(sweeping, "sweep", lambda: 0)


def without_the_mark_on_returned_holds(patch):
    @transaction.atomic
    def give_back(hold_id):
        Hold.objects.filter(pk=hold_id).update(returned_at=clock.now())
        Code.objects.filter(holds=hold_id, used__gt=0).update(used=F("used") - 1)
        return True

    patch.setattr(qr_codes, "give_back", give_back)


def without_the_places_compare_and_set(patch):
    def advance(name, moves):
        for store, (_, to) in moves.items():
            Cursor.objects.filter(subscription=name, store=store).update(sequence=to)
        return True

    patch.setattr(offsets, "advance", advance)


GUARDS = {
    without_compare_and_set: races.baristas_claim_one_order,
    without_deadlines: races.a_choice_comes_too_late,
    without_the_counter_row: races.ten_orders_want_a_number,
    without_the_condition_on_holds: races.many_want_a_hold,
    without_the_stores_lock: races.many_sign_in_for_three_places,
    without_the_heads_lock: races.a_reader_follows_ten_writers,
    without_the_pulse: races.a_hint_is_lost,
    without_the_keys_row: races.one_request_is_sent_six_times,
    without_the_sweep: races.messages_are_lost,
    without_the_places_compare_and_set: races.four_processes_serve_one_subscriber,
    without_the_mark_on_returned_holds: races.a_hold_is_given_back_six_times,
}


@pytest.fixture(autouse=True)
def quick_pulse(monkeypatch):
    monkeypatch.setattr(pulse, "PULSE_S", 0.1)


@pytest.mark.parametrize("race", GUARDS.values(), ids=lambda race: race.__name__)
def test_with_all_guards_nothing_is_wrong(race, store):
    assert race(store) == []


@pytest.mark.parametrize(("off", "race"), GUARDS.items(), ids=lambda each: each.__name__)
def test_a_missing_guard_is_found_out(off, race, store, monkeypatch):
    off(monkeypatch)
    assert race(store) != []
