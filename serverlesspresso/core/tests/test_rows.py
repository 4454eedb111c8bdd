"""Rows are written and asked for as the ORM would, with texts that are kept by shape."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from config.models import Store
from conftest import making, queued
from display.models import Code, Hold
from orders.models import Order, Queue, Status
from serverlesspresso.core import clock
from serverlesspresso.core.db import rows

from .test_prepared import whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(store):
    now = clock.now()
    return Code.objects.create(store=store, token="t", starts_at=now, ends_at=now, budget=10)


def test_what_is_added_is_there(store, alice, code, django_assert_num_queries):
    now = clock.now()
    with django_assert_num_queries(1):
        hold = rows.add(Hold, code=code, user=alice, taken_at=now, expires_at=now)
    assert whole(hold) == whole(Hold.objects.get())
    assert (hold.code, hold.user, hold.pk) == (code, alice, Hold.objects.get().pk)
    hold.delete()  # it is a row like any other
    assert not Hold.objects.exists()


def test_what_names_itself_is_added_under_its_name(store, alice):
    now = clock.now()
    fields = {"drink": "Latte", "modifiers": ["Oat milk"], "status": Status.QUEUED, "customer": alice}
    order = rows.add(Order, store=store, scan_day=now.date(), created_at=now, moved_at=now, **fields)
    assert whole(order) == whole(Order.objects.get(pk=order.pk))


@pytest.mark.django_db(transaction=True)
def test_what_is_there_already_undoes_its_transaction(store):
    Queue.objects.create(store=store)
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            rows.add(Queue, store=store)
        assert transaction.get_rollback()


def test_a_change_returns_the_row_as_it_is_now(store, django_assert_num_queries):
    Queue.objects.create(store=store, last_number=4)
    with django_assert_num_queries(1):
        queue = rows.change(Queue, Q(pk=store.pk), last_number=F("last_number") + 1)
    assert queue.last_number == 5
    assert whole(queue) == whole(Queue.objects.get())


def test_a_change_of_nothing_returns_nothing(store):
    assert rows.change(Queue, Q(pk=store.pk), last_number=1) is None
    assert rows.change(Store, Q(pk__in=()), name="Nowhere") is None
    assert rows.change_all(Store, Q(pk__in=()), name="Nowhere") == 0
    assert Store.objects.get().name == store.name


def test_each_change_has_the_values_it_was_given(store, alice, bob):
    orders = [queued(alice, store), making(bob, store, bob)]
    for order, drink, extras in (
        (orders[0], "Mocha", ["Oat"]),
        (orders[1], "Latte", []),
        (orders[0], "", ["A"]),
    ):
        assert rows.change(Order, Q(pk=order.pk), drink=drink, modifiers=extras).drink == drink
        order.refresh_from_db()
        assert (order.drink, order.modifiers) == (drink, extras)


def test_people_are_written_and_taken_away(store, alice, bob):
    order = queued(alice, store)
    assert rows.change(Order, Q(pk=order.pk), barista=bob).barista == bob
    assert rows.change(Order, Q(pk=order.pk, barista=bob), barista=None).barista is None
    assert rows.change(Order, Q(pk=order.pk, barista=bob), barista=None) is None


def test_an_expression_says_what_becomes_of_a_column(store, alice, bob):
    mine, his = queued(alice, store), making(bob, store, bob)
    for by, expected in ((bob, {mine.pk: False, his.pk: False}), (alice, {mine.pk: False, his.pk: True})):
        struck = ExpressionWrapper(~(Q(barista=None) | Q(barista=by)), output_field=BooleanField())
        assert rows.change_all(Order, Q(store=store), struck=struck) == 2
        assert dict(Order.objects.values_list("pk", "struck")) == expected


CONDITIONS = {
    "one value": lambda now, bob: Q(status=Status.QUEUED),
    "another": lambda now, bob: Q(status="making"),
    "nobody": lambda now, bob: Q(barista=None),
    "somebody": lambda now, bob: Q(barista=bob),
    "not somebody": lambda now, bob: ~Q(barista=bob),
    "one of some": lambda now, bob: Q(status__in=(Status.MAKING, Status.READY)),
    "one of none": lambda now, bob: Q(status__in=()),
    "none or some": lambda now, bob: Q(pk__in=()) | Q(number=1),
    "yes": lambda now, bob: Q(struck=True),
    "no": lambda now, bob: Q(struck=False),
    "before a moment": lambda now, bob: Q(queued_at__lte=now),
    "after it": lambda now, bob: Q(queued_at__gt=now),
    "one of two": lambda now, bob: Q(number=1) | Q(status="making", number=2),
    "not one of two": lambda now, bob: ~(Q(number=1) | Q(number=2, barista=bob)),
    "of a day": lambda now, bob: Q(scan_day=now.date()),
    "of another": lambda now, bob: Q(scan_day=now.date() + dt.timedelta(days=1)),
    "by another's column": lambda now, bob: Q(store__slug="ABC"),
    "by a column of its own": lambda now, bob: Q(place__gt=F("number")),
    "whatever": lambda now, bob: Q(),
}


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_means_what_it_means_to_the_orm(condition, store, alice, bob):
    queued(alice, store), making(bob, store, bob)
    for moment in (clock.now(), clock.now() - dt.timedelta(days=1)):
        where = condition(moment, bob)
        meant = list(Order.objects.filter(where).order_by("-created_at"))
        assert rows.count(Order, where) == len(meant)
        assert rows.newest(Order, where, "created_at", most=9) == meant
        assert rows.newest(Order, where, "created_at") == meant[:1]


def test_who_stands_beside_a_row_is_asked_for_along(store, alice, code, django_assert_num_queries):
    now = clock.now()
    hold = rows.add(Hold, code=code, user=alice, taken_at=now, expires_at=now)
    with django_assert_num_queries(1):
        (found,) = rows.newest(Hold, Q(user=alice), "taken_at", beside=("code__store",))
        assert (found, found.code.store) == (hold, store)


def test_a_shape_is_composed_once(store, alice, monkeypatch):
    order = queued(alice, store)
    rows.change_all(Order, Q(pk=order.pk, deadline_at=None), drink="Mocha")
    rows.count(Order, Q(pk=order.pk, deadline_at=None))
    monkeypatch.setattr(Order.objects, "filter", None)
    assert rows.change_all(Order, Q(pk="somebody else's", deadline_at=None), drink="Latte") == 0
    assert rows.change_all(Order, Q(pk=order.pk, deadline_at=None), drink="Latte") == 1
    assert rows.count(Order, Q(pk=order.pk, deadline_at=None)) == 1
