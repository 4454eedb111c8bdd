"""Notifications: told once, where the customer agreed to be told, and never in the way of an order."""

import base64
import json
import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conftest import choosing, make_user, making, queued, ready
from extensions.notifications import consent, sending, webpush
from extensions.notifications.models import Device, EmailNotice, Offer, PushNotice, SmsNotice, Wish
from extensions.notifications.subscribers import tell
from orders import commands, deadlines, public
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.privacy import personal_data
from serverlesspresso.accounts.sms import backends
from serverlesspresso.core import clock, safe_http
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events import outbox
from serverlesspresso.events.models import Event
from serverlesspresso.events.outbox import State
from serverlesspresso.events.tests import bus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser():
    """A browser's keys, with which it can read what is pushed to it."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key, point, os.urandom(16)


def text_of(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def subscription(browser, endpoint="https://push.example.org/abc") -> str:
    _key, point, auth = browser
    return json.dumps({"endpoint": endpoint, "keys": {"p256dh": text_of(point), "auth": text_of(auth)}})


@pytest.fixture
def pushed(monkeypatch):
    """What was handed to the push service, which answers 201."""
    told = []

    def post(url, body, headers):
        told.append((url, body, headers))
        return safe_http.Answer(post.status, 0)

    post.status = 201
    monkeypatch.setattr(sending.safe_http, "post", post)
    told_by = told
    post.told = told_by
    return post


def view(order) -> public.OrderView:
    return public.look(order.pk, staff=False)


def agree(order, channel="email", **kwargs) -> None:
    consent.agree(view(order), order.customer, channel, **kwargs)


@pytest.fixture(autouse=True)
def up_to_now(store):
    bus.deliver()


# -- telling ---------------------------------------------------------------------------------------


def test_ready_is_told_by_mail_once_and_in_the_language_they_agreed_in(store, alice, bob, mailoutbox):
    from django.utils import translation

    order = making(alice, store, bob)
    with translation.override("pt-br"):
        agree(order)
    commands.complete(order, by=bob)
    bus.deliver()
    bus.deliver()
    assert len(mailoutbox) == 1
    assert "1" in mailoutbox[0].subject
    assert mailoutbox[0].to == ["alice@example.org"]
    assert f"/orders/{order.pk}/" in mailoutbox[0].body
    assert EmailNotice.objects.get().language == "pt-br"


def test_without_its_subscriber_nobody_is_told(store, alice, bob, mailoutbox):
    order = making(alice, store, bob)
    agree(order)
    commands.complete(order, by=bob)
    bus.serve("journey")
    assert mailoutbox == []


def test_who_did_not_agree_is_not_told(store, alice, bob, mailoutbox):
    ready(alice, store, bob)
    bus.deliver()
    assert mailoutbox == []


def test_a_replay_tells_nobody_again(store, alice, bob, mailoutbox):
    order = making(alice, store, bob)
    agree(order)
    commands.complete(order, by=bob)
    bus.deliver()
    tell([Event.objects.get(type="OrderManager.OrderCompleted")])
    assert len(mailoutbox) == 1


def test_a_cancellation_by_the_bar_is_told_with_its_reason_and_ones_own_is_not(store, alice, bob, mailoutbox):
    order = queued(alice, store)
    agree(order)
    commands.withdraw(order, by=alice)
    bus.deliver()
    assert mailoutbox == []
    again = queued(alice, store)
    commands.cancel(again, by=bob, reason="machine")
    bus.deliver()
    assert "machine needs a break" in mailoutbox[0].body


def test_time_that_ran_out_is_told(store, alice, mailoutbox):
    order = choosing(alice, store)
    agree(order)
    clock.advance(store.customer_s + 1)
    deadlines.time_out(order.pk)
    bus.deliver()
    assert "ran out of time" in mailoutbox[0].subject


def test_after_a_quarter_of_an_hour_it_is_no_news(store, alice, bob, mailoutbox, monkeypatch):
    order = making(alice, store, bob)
    agree(order)
    commands.complete(order, by=bob)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "start", lambda effect: None)
        bus.deliver()
    clock.advance(901)
    outbox.send_due()
    assert mailoutbox == []
    assert EmailNotice.objects.get().state == State.FAILED


# -- text messages ---------------------------------------------------------------------------------


@pytest.fixture
def texts(settings):
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.MemoryBackend"
    backends.outbox.clear()
    return backends.outbox


def test_text_messages_are_off_until_the_store_pays_for_them(store, bob, texts):
    zoe = make_user("Zoe", phone="+351912345678")
    order = making(zoe, store, bob)
    with pytest.raises(Invalid):
        agree(order, "sms")
    Offer.objects.create(store=store, sms=True)
    agree(order, "sms")
    commands.complete(order, by=bob)
    bus.deliver()
    assert [(m.phone, "1 is ready" in m.text) for m in texts] == [("+351912345678", True)]


def test_over_the_daily_limit_they_are_held_back_and_listed(store, bob, texts):
    Offer.objects.create(store=store, sms=True, sms_cap=1)
    for number in range(2):
        person = make_user(f"Guest{number}", phone=f"+35191234567{number}")
        order = making(person, store, bob)
        agree(order, "sms")
        commands.complete(order, by=bob)
    bus.deliver()
    assert len(texts) == 1
    assert sorted(SmsNotice.objects.values_list("state", flat=True)) == [State.CAPPED, State.SENT]


@pytest.mark.parametrize("limit", ["sms_budget", "sms_country", "sms"])
def test_the_bars_own_bounds_hold_as_well(store, bob, texts, settings, limit):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {limit: "1/d/key"}
    Offer.objects.create(store=store, sms=True, sms_cap=1_000_000)
    for number in range(2):
        person = make_user(f"Guest{number}", phone=f"+35191234567{number}")
        order = making(person, store, bob)
        agree(order, "sms")
        commands.complete(order, by=bob)
    bus.deliver()
    assert len(texts) == 1
    assert sorted(SmsNotice.objects.values_list("state", flat=True)) == [State.FAILED, State.SENT]


def test_a_provider_that_hangs_up_leaves_an_unknown_outcome_that_is_not_repeated(
    store, bob, texts, monkeypatch
):
    def lost(self, phone, text):
        raise TimeoutError

    monkeypatch.setattr(backends.MemoryBackend, "send", lost)
    Offer.objects.create(store=store, sms=True)
    order = making(make_user("Zoe", phone="+351912345678"), store, bob)
    agree(order, "sms")
    assert commands.complete(order, by=bob).status == "ready"
    bus.deliver()
    clock.advance(3600)
    outbox.send_due()
    notice = SmsNotice.objects.get()
    assert (notice.state, notice.attempts) == (State.UNKNOWN, 1)


# -- push ------------------------------------------------------------------------------------------


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
    with pytest.raises(Invalid, match="Load it again"):
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


# -- the page --------------------------------------------------------------------------------------


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


# -- privacy ---------------------------------------------------------------------------------------


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
