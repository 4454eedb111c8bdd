"""Codes to phones and mailboxes."""

import re
import time

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import get_language

from conftest import make_store
from serverlesspresso.accounts.models import User
from serverlesspresso.accounts.sign_in import adapter
from serverlesspresso.accounts.sms import backends

from .conftest import signed_in

ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
PHONE = "+4915123456789"


@pytest.fixture(autouse=True)
def messages_are_kept(settings):
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.MemoryBackend"
    settings.SMS_OPTIONS = {}
    settings.PUBLIC_URL = "https://coffee.example"
    backends.outbox.clear()


@pytest.fixture
def store(db):
    return make_store(sign_in=["guest", "phone", "email"])


@pytest.fixture
def ask(client, on_commit):
    def ask(contact, browser=client, **more):
        with on_commit():
            return browser.post(ASK, {"contact": contact, "store": "ABC", **more})

    return ask


def last_code() -> str:
    text = backends.outbox[-1].text if backends.outbox else mail.outbox[-1].body
    return re.search(r"\b\d{6}\b", text)[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize(
    ("contact", "field", "kept"),
    [(PHONE, "phone", PHONE), ("Alice@Example.org", "email", "alice@example.org")],
)
def test_a_code_signs_in_and_leads_to_where_they_were_going(client, store, ask, contact, field, kept):
    session = client.session
    session["scanned"] = "a code"
    session.save()
    answer = ask(contact, next="/s/ABC/")
    assert (answer.status_code, answer["Location"]) == (302, f"{CONFIRM}?next=%2Fs%2FABC%2F&store=ABC")
    assert kept in client.get(CONFIRM).content.decode()
    answer = client.post(CONFIRM, {"code": last_code(), "next": "/s/ABC/"})
    assert (answer.status_code, answer["Location"]) == (302, "/s/ABC/")
    assert getattr(signed_in(client), field) == kept
    assert client.session["scanned"] == "a code"


def test_the_same_contact_is_the_same_person_next_time(client, store, ask):
    for browser in (client, Client()):
        ask("+49 151 234 567 89", browser)
        browser.post(CONFIRM, {"code": last_code()})
        assert signed_in(browser).phone == PHONE
    user = User.objects.get()
    assert user.phone_verified
    assert not user.has_usable_password()


def test_where_they_were_going_is_remembered_when_the_address_forgets_it(client, store, ask):
    ask(PHONE, next="/s/ABC/")
    assert client.post(CONFIRM, {"code": last_code()})["Location"] == "/s/ABC/"


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_a_code_never_leads_off_the_site(client, store, ask, evil):
    assert "evil" not in ask(PHONE, next=evil)["Location"]
    answer = client.post(f"{CONFIRM}?next={evil}", {"code": last_code(), "next": evil})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_an_sms_ends_with_the_line_that_fills_the_code_in(store, ask):
    ask(PHONE)
    assert backends.outbox[-1].phone == PHONE
    assert backends.outbox[-1].text.splitlines()[-1] == f"@coffee.example #{last_code()}"


def test_a_mail_has_the_code_in_its_subject_and_no_address_but_ours(store, ask):
    ask("alice@example.org", HTTP_HOST="evil.example")
    assert last_code() in mail.outbox[-1].subject
    assert "evil" not in mail.outbox[-1].body + mail.outbox[-1].subject


def test_messages_are_written_in_the_readers_language(client, store, monkeypatch):
    spoken = []
    monkeypatch.setattr(adapter, "_", lambda text: spoken.append(get_language()) or text)
    client.post(ASK, {"contact": PHONE, "store": "ABC"}, headers={"accept-language": "pt-BR"})
    assert spoken == ["pt-br"]


def test_a_wrong_code_is_said_so_and_the_third_ends_it(client, store, ask):
    ask(PHONE, next="/s/ABC/")
    code = last_code()
    for _try in range(2):
        answer = client.post(CONFIRM, {"code": wrong(code)})
        assert 'id="code-error"' in answer.content.decode()
    answer = client.post(CONFIRM, {"code": wrong(code)}, follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/enter/"
    assert 'value="/s/ABC/"' in answer.content.decode()
    client.post(CONFIRM, {"code": code})
    assert signed_in(client) is None


@pytest.mark.parametrize("code", ["", " ", "\x00", "abc", "１２３４５６", "9" * 5000, "☕"])
def test_what_is_no_code_is_refused(client, store, ask, code):
    ask(PHONE)
    assert 'id="code-error"' in client.post(CONFIRM, {"code": code}).content.decode()
    assert signed_in(client) is None


@pytest.mark.parametrize("between", [" ", "-", "\u00a0", "\u200b"])
@pytest.mark.parametrize("zero", ["0", "０", "٠"])
def test_a_code_may_be_typed_in_any_script_with_anything_between(client, store, ask, between, zero):
    ask(PHONE)
    code = "".join(chr(ord(zero) + int(digit)) for digit in last_code())
    client.post(CONFIRM, {"code": f" {code[:3]}{between}{code[3:]} "})
    assert signed_in(client).phone == PHONE


def test_an_address_may_be_pasted_with_marks_that_cannot_be_seen(client, store, ask):
    ask("\u200bAlice@example.org\u00a0")
    client.post(CONFIRM, {"code": last_code()})
    assert signed_in(client).email == "alice@example.org"


def test_a_code_that_ran_out_leads_back_and_says_so(client, store, ask, monkeypatch):
    ask(PHONE, next="/s/ABC/")
    code, now = last_code(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    page = client.post(CONFIRM, {"code": code}, follow=True).content.decode()
    assert signed_in(client) is None
    assert "That code has expired" in page
    assert 'value="/s/ABC/"' in page


def test_a_new_code_can_be_sent_twice_and_only_the_last_one_counts(client, store, ask, on_commit):
    ask(PHONE)
    first = last_code()
    for _again in range(2):
        with on_commit():
            client.post(CONFIRM, {"action": "resend"})
    assert len(backends.outbox) == 3
    assert 'value="resend"' not in client.get(CONFIRM).content.decode()
    if first != last_code():
        client.post(CONFIRM, {"code": first})
        assert signed_in(client) is None
    client.post(CONFIRM, {"code": last_code()})
    assert signed_in(client).phone == PHONE


def test_a_mistyped_number_can_be_replaced_while_a_code_is_on_its_way(client, store, ask):
    ask("+4915199999999")
    ask(PHONE)
    assert PHONE in client.get(CONFIRM).content.decode()
    client.post(CONFIRM, {"code": last_code()})
    assert signed_in(client).phone == PHONE


def test_thirty_people_behind_one_address_get_their_codes(store, ask):
    for n in range(30):
        browser = Client()
        assert ask(f"+49151{n:02}234567", browser).status_code == 302
        browser.post(CONFIRM, {"code": last_code()})
        assert signed_in(browser).phone == f"+49151{n:02}234567"


def test_one_phone_gets_three_messages_a_minute_whoever_asks(store, ask):
    answers = [ask(PHONE, Client()).status_code for _browser in range(4)]
    assert answers == [302, 302, 302, 422]
    assert len(backends.outbox) == 3


def test_all_messages_together_have_a_bound(store, ask, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"sms": "2/h/key"}
    answers = [ask(f"+4915123456{n:03}", Client()).status_code for n in range(3)]
    assert answers == [302, 302, 422]


@pytest.mark.parametrize(
    "contact",
    [
        "",
        " ",
        "\x00",
        "Alice",
        "0151 23456789",
        "+49",
        "alice@",
        "a" * 5000,
        "alice@example.org\x00",
        "+" + "9" * 40,
    ],
)
def test_what_is_no_contact_is_refused_on_the_same_page_and_makes_nobody(store, ask, contact):
    answer = ask(contact, next="/orders/")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="contact-error"' in page
    assert 'value="/orders/"' in page
    assert User.objects.count() == 0


def test_numbers_need_no_country_code_where_the_region_is_set(store, ask, settings):
    settings.PHONE_REGION = "DE"
    ask("0151 23456789")
    assert backends.outbox[-1].phone == PHONE


@pytest.mark.parametrize(
    ("ways", "contact"), [(["guest"], PHONE), (["email"], PHONE), (["guest", "phone"], "alice@example.org")]
)
def test_a_store_sends_codes_only_the_way_it_allows(store, ask, ways, contact):
    store.sign_in = ways
    store.save()
    assert ask(contact).status_code == 422
    assert (backends.outbox, mail.outbox, User.objects.count()) == ([], [], 0)


def test_known_and_unknown_contacts_look_the_same(store, ask):
    User.objects.create_user(phone=PHONE)
    known, unknown = Client(), Client()
    answers = [ask(PHONE, known), ask("+4915100000000", unknown)]
    assert len({(a.status_code, a["Location"]) for a in answers}) == 1
    pages = [known.get(CONFIRM).content.decode(), unknown.get(CONFIRM).content.decode()]
    assert "+4915100000000" in pages[1]
    assert len({len(re.findall("<form", page)) for page in pages}) == 1


def test_a_guest_who_asks_for_a_code_becomes_that_person(client, store, ask):
    client.post("/accounts/enter/", {"name": "Alice", "store": "ABC"})
    store.sign_in = ["phone"]
    store.save()
    ask("not a phone")
    assert signed_in(client).is_guest
    ask(PHONE, next="/s/ABC/")
    client.post(CONFIRM, {"code": last_code()})
    assert signed_in(client).phone == PHONE


def test_staff_get_a_note_instead_of_a_code(client, store, ask, bob):
    answer = ask(bob.email)
    assert answer.status_code == 302
    assert "https://coffee.example/accounts/login/" in mail.outbox[-1].body
    assert not re.search(r"\b\d{6}\b", mail.outbox[-1].body)
    for code in ("", "000000"):
        client.post(CONFIRM, {"code": code})
    assert signed_in(client) is None


def test_somebody_switched_off_gets_no_code(client, store, ask):
    User.objects.create_user(phone=PHONE, is_active=False)
    assert ask(PHONE).status_code == 302
    assert not re.search(r"\d{6}", backends.outbox[-1].text)
