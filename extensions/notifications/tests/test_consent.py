"""Agreeing to be told and taking it back, and what is kept of it."""

import pytest

from conftest import choosing
from extensions.notifications.models import Device, Offer, Wish
from orders import commands
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.privacy import personal_data

from .agreeing import agree, subscription

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_owner_agrees_and_takes_it_back_on_the_orders_page(client, store, alice):
    order = choosing(alice, store)
    client.force_login(alice)
    place = f"/orders/{order.pk}/notify/"
    page = client.get(f"/orders/{order.pk}/").content.decode()
    assert f'action="{place}"' in page
    assert "alice@example.org" in page, "the choices come with the page"
    assert "hx-get" not in page
    ajax = {"HX-Request": "true"}
    answer = client.post(place, {"channel": "email", "on": "yes"}, headers=ajax).content.decode()
    assert 'aria-pressed="true"' in answer
    assert Wish.objects.count() == 1
    client.post(place, {"channel": "email", "on": "no"})
    assert not Wish.objects.exists()


def test_who_can_be_reached_by_nothing_is_asked_nothing(client, store, alice):
    Offer.objects.update_or_create(store=store, defaults={"push": False, "email": False})
    order = choosing(alice, store)
    client.force_login(alice)
    assert 'id="notify"' not in client.get(f"/orders/{order.pk}/").content.decode()


def test_for_others_there_is_nothing_to_agree_to(client, store, alice, bob, charlie):
    order = choosing(alice, store)
    for user in (bob, charlie):
        client.force_login(user)
        assert (
            client.post(f"/orders/{order.pk}/notify/", {"channel": "email", "on": "yes"}).status_code == 404
        )
    assert not Wish.objects.exists()


@pytest.mark.parametrize("channel", ["", "fax", "sms", "\0"])
def test_a_channel_that_is_not_offered_is_refused(client, store, alice, channel):
    order = choosing(alice, store)
    client.force_login(alice)
    answer = client.post(f"/orders/{order.pk}/notify/", {"channel": channel, "on": "yes"})
    assert answer.status_code == 422
    assert not Wish.objects.exists()


def test_wishes_and_devices_are_exported_and_go_with_the_person(store, alice, browser):
    order = choosing(alice, store)
    agree(order)
    agree(order, "push", subscription=subscription(browser))
    exported = personal_data.export(Person(alice))
    assert [each["channel"] for each in exported["notifications"]] == ["email", "push"]
    commands.withdraw(order, by=alice)
    keeper = next(k for k in personal_data._keepers if type(k).__name__ == "NotificationKeeper")
    keeper.erase(Person(alice))
    assert not Wish.objects.exists()
    assert not Device.objects.exists()


def test_wishes_go_when_the_store_is_over(store, alice, browser):
    agree(choosing(alice, store), "push", subscription=subscription(browser))
    keeper = next(k for k in personal_data._keepers if type(k).__name__ == "NotificationKeeper")
    keeper.purge(store)
    assert not Wish.objects.exists()
    assert not Device.objects.exists()
