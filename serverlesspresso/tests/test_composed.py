"""Questions whose text is composed once say what the ORM says."""

import pytest
from django.db import models, transaction
from django.db.models import F, Q

from config.models import Store
from conftest import making
from orders.models import Order, Queue
from serverlesspresso import clock
from serverlesspresso.composed import Composed, update_returning

pytestmark = pytest.mark.django_db
PEOPLE = ("store", "customer", "barista")


def whole(row: models.Model | None) -> dict:
    assert row is not None
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_the_row_and_those_beside_it_are_the_orms(store, alice, bob):
    known, other = making(alice, store, bob), making(bob, store, bob)
    look = Composed(lambda: Order.objects.select_related(*PEOPLE), "pk")
    for order in (known, other, known):
        found, asked = look.first(order.pk), Order.objects.select_related(*PEOPLE).get(pk=order.pk)
        assert whole(found) == whole(asked)
        assert [whole(getattr(found, name)) for name in PEOPLE] == [
            whole(getattr(asked, name)) for name in PEOPLE
        ]


def test_one_question_whatever_is_beside_it(store, alice, bob, django_assert_num_queries):
    order = making(alice, store, bob)
    look = Composed(lambda: Order.objects.select_related(*PEOPLE), "pk")
    with django_assert_num_queries(1):
        assert look.first(order.pk).barista == bob


def test_nobody_beside_it_is_nobody(store, alice):
    order = Order.objects.create(
        store=store, scan_day="2026-01-01", created_at=clock.now(), moved_at=clock.now()
    )
    look = Composed(lambda: Order.objects.select_related(*PEOPLE), "pk")
    assert look.first(order.pk).barista is None


def test_what_the_query_set_leaves_out_is_not_found(store):
    look = Composed(Store.objects.current, "slug")
    assert look.first("ABC") == store
    assert look.first("XYZ") is None
    Store.objects.update(archived_at=clock.now())
    assert look.first("ABC") is None


@pytest.mark.django_db(transaction=True)
def test_a_lock_wants_a_transaction(store):
    look = Composed(Store.objects.select_for_update, "pk")
    with transaction.atomic():
        assert look.first(store.pk) == store
    with pytest.raises(transaction.TransactionManagementError):
        look.first(store.pk)


def test_a_change_returns_the_row_as_it_is_now(store, django_assert_num_queries):
    Queue.objects.create(store=store, last_number=4)
    with django_assert_num_queries(1):
        queue = update_returning(Queue.objects.filter(pk=store.pk), last_number=F("last_number") + 1)
    assert queue.last_number == 5
    assert whole(queue) == whole(Queue.objects.get())


def test_a_change_of_nothing_returns_nothing(store):
    assert update_returning(Queue.objects.filter(pk=store.pk), last_number=1) is None
    assert update_returning(Store.objects.filter(Q(pk__in=())), name="Nowhere") is None
    assert Store.objects.get().name == store.name
