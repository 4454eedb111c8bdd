"""Push messages: keys, browsers that are gone, and what is no address."""

import json

import pytest

from conftest import choosing, making
from extensions.notifications import consent, webpush
from extensions.notifications.models import Device, PushNotice, Wish
from orders import commands
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events.tests import bus

from .agreeing import agree, subscription

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_push_can_be_read_by_its_browser_alone(store, alice, bob, browser, pushed):
    import http_ece

    order = making(alice, store, bob)
    agree(order, "push", subscription=subscription(browser))
    commands.complete(order, by=bob)
    bus.deliver()
    [(url, body, headers)] = pushed.told
    key, _point, auth = browser
    told = json.loads(http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm"))
    assert url == "https://push.example.org/abc"
    assert told["title"] == "1 is ready"
    assert told["url"].endswith(f"/orders/{order.pk}/")
    assert headers["Authorization"].startswith("vapid t=")
    assert webpush.public_key() in headers["Authorization"]
    assert alice.name.encode() not in body


def test_the_key_is_the_same_in_every_process_and_differs_by_installation(settings):
    first = webpush.public_key()
    assert webpush.public_key() == first
    settings.SECRET_KEY = "another one"
    assert webpush.public_key() != first


def test_a_browser_that_is_gone_is_forgotten(store, alice, bob, browser, pushed):
    order = making(alice, store, bob)
    agree(order, "push", subscription=subscription(browser))
    pushed.status = 410
    commands.complete(order, by=bob)
    bus.deliver()
    assert not Device.objects.exists()
    assert not PushNotice.objects.exists()


def of_the_push(choices) -> tuple[bool, bool]:
    """Whether push is on, and whether it was and lapsed."""
    (push,) = [each for each in choices if each.channel == "push"]
    return push.on, push.lapsed


def test_a_key_that_is_exchanged_goes_on_for_those_who_subscribed_under_it(
    store, alice, bob, browser, pushed, settings
):
    before = webpush.public_key()
    order = making(alice, store, bob)
    agree(order, "push", subscription=subscription(browser))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert of_the_push(consent.choices("ABC", alice)) == (True, False)
    commands.complete(order, by=bob)
    bus.deliver()
    [(_url, _body, headers)] = pushed.told
    assert before in headers["Authorization"]


def test_a_key_that_is_gone_is_noticed_and_the_page_asks_anew(
    store, alice, bob, browser, pushed, settings, client
):
    order = making(alice, store, bob)
    agree(order, "push", subscription=subscription(browser))
    settings.SECRET_KEY = "another one"
    assert of_the_push(consent.choices("ABC", alice)) == (False, True)
    client.force_login(alice)
    page = client.get(f"/orders/{order.pk}/").content.decode()
    assert "data-lapsed" in page
    assert webpush.public_key() in page
    assert webpush.check_devices() == [], "the database is asked only when somebody wants that"
    (warning,) = webpush.check_devices(databases=["default"])
    assert warning.msg.endswith("under another SECRET_KEY: 1.")
    commands.complete(order, by=bob)
    bus.deliver()
    assert pushed.told == [], "the push service would refuse it"
    assert not Device.objects.exists()
    agree(order, "push", subscription=subscription(browser))
    assert of_the_push(consent.choices("ABC", alice)) == (True, False)
    assert webpush.check_devices(databases=["default"]) == []


def test_a_page_that_was_opened_before_the_key_changed_is_told_to_load_again(store, alice, browser, settings):
    order = choosing(alice, store)
    sent = json.loads(subscription(browser)) | {"key": webpush.public_key()}
    settings.SECRET_KEY = "another one"
    with pytest.raises(Invalid, match="Reload it"):
        agree(order, "push", subscription=json.dumps(sent))
    assert not Device.objects.exists()


def test_a_device_of_the_time_before_keys_were_noted_gets_the_one_its_service_takes(
    store, alice, bob, browser, pushed
):
    order = making(alice, store, bob)
    agree(order, "push", subscription=subscription(browser))
    Device.objects.update(key="")
    commands.complete(order, by=bob)
    bus.deliver()
    assert Device.objects.get().key == webpush.public_key()[: webpush.ID]


@pytest.mark.parametrize(
    "sent",
    ["", "[]", "null", "{}", '{"endpoint": 7, "keys": {}}', "no json",
     '{"endpoint": "x", "keys": {"p256dh": 1}}', '{"key": 7}',
     '{"endpoint": "http://push.example.org/", "keys": {"p256dh": "a", "auth": "b"}}', "[" * 5000],
)  # fmt: skip
def test_what_is_no_address_of_a_browser_is_refused_and_changes_nothing(store, alice, sent):
    order = choosing(alice, store)
    with pytest.raises(Invalid):
        agree(order, "push", subscription=sent)
    assert not Wish.objects.exists()
    assert not Device.objects.exists()


def test_of_one_person_ten_browsers_are_woken_at_most(store, alice, browser):
    order = choosing(alice, store)
    for number in range(12):
        agree(order, "push", subscription=subscription(browser, f"https://push.example.org/{number}"))
    assert Device.objects.count() == consent.DEVICES
