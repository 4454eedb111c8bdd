"""What organisers and baristas change while the bar runs; each change is told once, with its own facts."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps

from config import services
from config.models import Drink, ModifierGroup, Option, Store
from conftest import make_store
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid, Refusal
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(store):
    """Data of the events of the store since the test began."""
    begin = Event.objects.filter(store=store.slug).count()

    def read() -> list[dict]:
        events = Event.objects.filter(store=store.slug).order_by("sequence")[begin:]
        assert {event.type for event in events} <= {"ConfigService.ConfigChanged"}
        return [event.data for event in events]

    return read


def test_closing_is_told_once_and_again_it_is_no_news(store, told):
    assert services.set_status(store, open=False).is_open is False
    services.set_status(store, open=False)
    assert told() == [{"what": "store", "open": False, "paused": False}]


def test_none_leaves_open_and_paused_as_they_are(store, told):
    services.set_status(store)
    assert told() == []
    assert services.set_status(store, paused=True).is_open is True


def test_a_pause_is_added_up_when_it_ends(store):
    services.set_status(store, paused=True)
    clock.advance(90)
    store = services.set_status(store, paused=False)
    assert not store.is_paused
    assert 90 <= store.paused_for.total_seconds() < 95


def test_pausing_again_does_not_start_the_pause_anew(store):
    since = services.set_status(store, paused=True).paused_at
    clock.advance(60)
    assert services.set_status(store, paused=True).paused_at == since


def test_a_stale_copy_of_the_store_changes_only_what_is_asked(store):
    stale = Store.objects.get(pk=store.pk)
    services.set_status(store, paused=True)
    assert services.set_status(stale, open=False).is_paused


def test_sold_out_is_told_once(store, told):
    services.set_available(store, "Espresso", available=False)
    services.set_available(store, "Espresso", available=False)
    assert told() == [{"what": "drink", "open": True, "paused": False}]
    assert not Drink.objects.get(store=store, name="Espresso").available


def test_a_sold_out_option_is_so_for_every_drink_that_has_it(store, told):
    milk = ModifierGroup.objects.get(store=store)
    Drink.objects.create(store=store, name="Latte").groups.add(milk)
    services.set_available(store, "Latte", available=False, option="Oat")
    assert told()[-1]["what"] == "option"
    assert not Option.objects.get(group=milk, name="Oat").available
    assert Drink.objects.get(store=store, name="Latte").available


@pytest.mark.parametrize(
    ("drink", "option", "field"),
    [("Tea", None, "drink"), ("Espresso", "Oat", "option"), ("Cappuccino", "Soy", "option")],
)
def test_what_the_menu_does_not_have_cannot_be_sold_out(store, told, drink, option, field):
    with pytest.raises(Invalid) as refusal:
        services.set_available(store, drink, available=False, option=option)
    assert refusal.value.errors.keys() == {field}
    assert told() == []


def test_another_stores_drink_of_the_same_name_is_not_touched(store):
    other = make_store("XYZ")
    services.set_available(store, "Espresso", available=False)
    assert Drink.objects.get(store=other, name="Espresso").available


def test_an_open_store_is_not_archived(store, told):
    with pytest.raises(Refusal) as refusal:
        services.archive(store)
    assert refusal.value.code == "still_open"
    assert told() == []


def test_an_archived_store_is_out_of_sight_until_it_is_brought_back(store):
    services.set_status(store, open=False)
    services.archive(store)
    assert not Store.objects.current().exists()
    services.bring_back(store)
    assert list(Store.objects.current()) == [store]
    assert not Store.objects.get().is_open


def test_an_upgrade_lets_patience_go_on_at_a_bar_that_paused_itself_from_that_moment(store):
    services.pause_by_itself(store)
    paused = Store.objects.get()
    Store.objects.update(paused_at=paused.paused_at - dt.timedelta(hours=1))
    import_module("config.migrations.0008_two_clocks").go_on_from_here(apps, None)
    store.refresh_from_db()
    behind = clock.now() - store.patience_time(clock.now())
    assert dt.timedelta(seconds=3590) < behind < dt.timedelta(seconds=3610)


def test_a_store_no_phone_has_reached_does_not_open(store):
    services.set_status(store, open=False)
    Store.objects.filter(pk=store.pk).update(reach=Store.Reach.ROUTER)
    with pytest.raises(Refusal) as refusal:
        services.set_status(store, open=True)
    assert refusal.value.code == "not_reached"
    Store.objects.filter(pk=store.pk).update(reached_at=clock.now())
    assert services.set_status(store, open=True).is_open
