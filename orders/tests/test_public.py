"""What extensions see of an order: as much as whoever asks may see."""

import pytest
from django.utils import translation

from conftest import choosing, make_store, make_user, queued, ready
from orders import commands, public
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Role


def test_the_owner_sees_their_order(store, alice):
    order = queued(alice, store)
    view = public.seen(order.pk, Person(alice))
    assert (view.number, view.position, view.drink, view.staff) == (1, 1, "Espresso", False)


def test_staff_see_the_orders_of_their_store_as_staff(store, alice, bob):
    order = ready(alice, store, bob)
    view = public.seen(order.pk, Person(bob))
    assert (view.staff, view.barista, view.position) == (True, "Bob", None)


@pytest.mark.django_db
def test_a_barista_who_orders_is_an_owner_then(store, bob):
    assert public.seen(choosing(bob, store).pk, Person(bob)).staff is False


def test_somebody_elses_order_looks_like_none(store, alice, charlie):
    order = choosing(alice, store)
    stranger = make_user("Eve", make_store("XYZ"), Role.MANAGER)
    for person in (Person(charlie), Person(None, "a browser"), Person(stranger)):
        with pytest.raises(public.Unknown):
            public.seen(order.pk, person)


@pytest.mark.django_db
def test_no_order_at_all_and_a_broken_id_are_unknown(alice):
    for key in ("nothing", "\0", ""):
        with pytest.raises(public.Unknown):
            public.seen(key, Person(alice))
        with pytest.raises(public.Unknown):
            public.look(key)
        assert public.owner(key) is None


def test_the_house_sees_any_order_and_its_owner(store, alice, bob):
    order = choosing(alice, store)
    typed = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[], name="Zoe")
    assert public.look(typed.pk).name == "Zoe"
    assert public.owner(order.pk) == alice
    assert public.owner(typed.pk) is None


def test_labels_are_in_the_readers_language(store, alice, settings):
    order = queued(alice, store, drink="Cappuccino", modifiers=["Oat"])
    with translation.override("pt-br"):
        assert public.seen(order.pk, Person(alice)).modifier_labels != ("Oat",)
    assert public.seen(order.pk, Person(alice)).modifier_labels == ("Oat",)
