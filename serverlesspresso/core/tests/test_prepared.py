"""Questions whose text is composed once say what the ORM says."""

import datetime as dt

import pytest
from django.db import models, transaction
from django.db.models import Count, Min, Q

from config.models import Store
from conftest import making, queued
from orders.models import Order, Status
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedCount, PreparedQuery, PreparedValues

pytestmark = pytest.mark.django_db
PEOPLE = ("store", "customer", "barista")


def whole(row: models.Model | None) -> dict:
    assert row is not None
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_the_row_and_those_beside_it_are_the_orms(store, alice, bob):
    known, other = making(alice, store, bob), making(bob, store, bob)
    look = PreparedQuery(lambda pk: Order.objects.select_related(*PEOPLE).filter(pk=pk))
    for order in (known, other, known):
        found, asked = look.first(order.pk), Order.objects.select_related(*PEOPLE).get(pk=order.pk)
        assert whole(found) == whole(asked)
        assert [whole(getattr(found, name)) for name in PEOPLE] == [
            whole(getattr(asked, name)) for name in PEOPLE
        ]


def test_one_question_whatever_is_beside_it(store, alice, bob, django_assert_num_queries):
    order = making(alice, store, bob)
    look = PreparedQuery(lambda pk: Order.objects.select_related(*PEOPLE).filter(pk=pk))
    with django_assert_num_queries(1):
        assert look.first(order.pk).barista == bob


def test_nobody_beside_it_is_nobody(store, alice):
    order = Order.objects.create(
        store=store, scan_day="2026-01-01", created_at=clock.now(), moved_at=clock.now()
    )
    look = PreparedQuery(lambda pk: Order.objects.select_related(*PEOPLE).filter(pk=pk))
    assert look.first(order.pk).barista is None


def test_what_the_query_set_leaves_out_is_not_found(store):
    look = PreparedQuery(lambda slug: Store.objects.current().filter(slug=slug))
    assert look.first("ABC") == store
    assert look.first("XYZ") is None
    Store.objects.update(archived_at=clock.now())
    assert look.first("ABC") is None


def test_a_text_with_nul_finds_nothing_and_asks_nobody(store, django_assert_num_queries):
    look = PreparedQuery(lambda slug: Store.objects.filter(slug=slug))
    with django_assert_num_queries(0):
        assert look.first("AB\0C") is None


@pytest.mark.django_db(transaction=True)
def test_a_lock_wants_a_transaction(store):
    look = PreparedQuery(lambda pk: Store.objects.select_for_update().filter(pk=pk))
    with transaction.atomic():
        assert look.first(store.pk) == store
    with pytest.raises(transaction.TransactionManagementError):
        look.first(store.pk)


def test_several_rows_with_several_values_moments_and_days_among_them(store, alice, bob):
    first, second = queued(alice, store), making(bob, store, bob)
    look = PreparedQuery(
        lambda store, day, before: Order.objects.filter(
            store=store, scan_day=day, queued_at__lt=before
        ).order_by("number")
    )
    assert look.all(store.pk, first.scan_day, clock.now()) == [first, second]
    assert look.all(store.pk, first.scan_day, second.queued_at) == [first]
    assert look.all(store.pk, first.scan_day + dt.timedelta(days=1), clock.now()) == []
    assert look.all(store.pk + 1, first.scan_day, clock.now()) == []


def test_rows_of_which_only_some_columns_are_wanted_ask_for_the_others_when_needed(
    store, alice, django_assert_num_queries
):
    order = queued(alice, store)
    look = PreparedQuery(lambda pk: Order.objects.filter(pk=pk).only("number"))
    with django_assert_num_queries(1):
        found = look.first(order.pk)
        assert (found.pk, found.number) == (order.pk, 1)
    with django_assert_num_queries(1):
        assert found.drink == "Espresso"


def test_plain_values(store, alice):
    order = queued(alice, store)
    look = PreparedValues(lambda store: Order.objects.filter(store=store).values_list("number", "queued_at"))
    assert look.all(store.pk) == [[1, order.queued_at]]
    assert look.first(store.pk) == 1
    assert look.first(store.pk + 1) is None


def test_sums(store, alice, bob):
    orders = [queued(alice, store), making(bob, store, bob)]
    here = PreparedCount(
        lambda store: Order.objects.filter(store=store).order_by("number"),
        Count("pk"),
        Count("pk", filter=Q(status="making")),
        Min("queued_at"),
    )
    assert here.of(store.pk) == [2, 1, orders[0].queued_at]
    assert here.of(store.pk + 1) == [0, 0, None]
    assert PreparedCount(lambda status: Order.objects.filter(status=status)).count(Status.QUEUED) == 1
