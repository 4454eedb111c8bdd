"""Notifications: told once, where the customer agreed to be told, and never in the way of an order."""

import pytest

from conftest import choosing, make_user, making, queued, ready
from extensions.notifications.models import EmailNotice, Offer, SmsNotice
from extensions.notifications.subscribers import tell
from orders import commands, deadlines
from serverlesspresso.accounts.sms import backends
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events import outbox
from serverlesspresso.events.models import Event
from serverlesspresso.events.outbox import State
from serverlesspresso.events.tests import bus

from .agreeing import agree

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert "timed out" in mailoutbox[0].subject


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
