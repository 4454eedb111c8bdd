"""Whoever sends a text or a mail, the same bounds hold."""

import pytest
from allauth.core import context
from django.core import mail
from django.test import RequestFactory

from conftest import make_store
from serverlesspresso.accounts import contact_verification, staff_invitations
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.accounts.sms import backends
from serverlesspresso.accounts.sms import limits as texting
from serverlesspresso.core.errors import Invalid

pytestmark = pytest.mark.django_db
DEAR = ["+449098790123", "+881612345678", "+870773123456"]
ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
PHONE = "+351912345678"


@pytest.fixture
def store(db):
    return make_store(sign_in=["phone", "email"])


@pytest.fixture(autouse=True)
def texts(settings):
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.MemoryBackend"
    backends.outbox.clear()
    return backends.outbox


@pytest.fixture
def bound(settings):
    def bound(**limits):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | limits

    return bound


def hire(store, dana, contact, number=0):
    return staff_invitations.invite(store, by=dana, name=f"Ana {number}", role=Role.BARISTA, contact=contact)


def a_test_code(store, dana, contact, number=0):
    with context.request_context(RequestFactory().post("/")):
        contact_verification.send(store, "email" if "@" in contact else "phone", contact, by=dana)


SENDERS = pytest.mark.parametrize("send", [hire, a_test_code])


@SENDERS
@pytest.mark.parametrize("number", DEAR)
def test_staff_send_nothing_to_dear_numbers_either(store, dana, texts, on_commit, send, number):
    with on_commit(), pytest.raises(Invalid) as refused:
        send(store, dana, number)
    assert list(refused.value.errors) == ["contact"]
    assert texts == []


@SENDERS
def test_staff_send_only_to_the_countries_that_were_named(store, dana, settings, send):
    settings.SMS_COUNTRIES = ["PT"]
    send(store, dana, PHONE)
    with pytest.raises(Invalid):
        send(store, dana, "+34612345678", 1)


@SENDERS
def test_numbers_of_one_prefix_are_bounded_whoever_sends(store, dana, texts, on_commit, send):
    sent = 0
    for number in range(22):
        try:
            with on_commit():
                send(store, dana, f"+35191234{number:04}", number)
            sent += 1
        except Invalid:
            pass
    assert sent == len(texts) == 20


@SENDERS
def test_the_budget_of_a_day_holds_for_all_together(store, dana, bound, send, client):
    bound(sms_budget="2/d/key")
    assert client.post(ASK, {"contact": PHONE, "store": "ABC"}).status_code == 302
    send(store, dana, "+34612345678")
    with pytest.raises(Invalid):
        send(store, dana, "+4915123456789", 1)


def test_who_could_not_be_told_was_not_hired(store, dana, bound):
    bound(sms_budget="0/d/key")
    with pytest.raises(Invalid, match="to get a link"):
        hire(store, dana, PHONE)
    assert not User.objects.filter(phone=PHONE).exists()


@pytest.mark.parametrize("limit", ["sms_budget", "mail"])
def test_a_code_that_is_sent_again_counts_as_well(store, client, bound, texts, on_commit, limit):
    bound(**{limit: "2/d/key"})
    contact = PHONE if limit == "sms_budget" else "alice@example.org"
    with on_commit():
        client.post(ASK, {"contact": contact, "store": "ABC"})
        client.post(CONFIRM, {"action": "resend"})
        said = client.post(CONFIRM, {"action": "resend"}, follow=True).content.decode()
    assert len(texts) + len(mail.outbox) == 2
    assert "Please ask a barista" in said


@SENDERS
def test_the_mails_of_a_day_are_bounded_whoever_sends(store, dana, client, bound, on_commit, send):
    bound(mail="2/d/key")
    with on_commit():
        client.post(ASK, {"contact": "alice@example.org", "store": "ABC"})
        send(store, dana, "ana@example.org")
        with pytest.raises(Invalid):
            send(store, dana, "eve@example.org", 1)
        assert client.post(ASK, {"contact": "bo@example.org", "store": "ABC"}).status_code == 422
    assert len(mail.outbox) == 2


def test_what_is_sent_without_a_request_counts_too(bound):
    bound(mail="1/d/key", sms_budget="1/d/key")
    texting.check_mail()
    texting.check(PHONE)
    for check in (texting.check_mail, lambda: texting.check(PHONE)):
        with pytest.raises(texting.forms.ValidationError):
            check()
