"""What does not open: passkeys of others, for others, shown twice, or made up; and there is no other door."""

import re

import pytest
from allauth.core import context
from allauth.mfa.webauthn.internal import auth
from django.test import Client
from django.urls import NoReverseMatch, reverse
from fido2.cose import CoseKey

from conftest import make_store, make_user
from serverlesspresso.accounts.mfa import passkeys
from serverlesspresso.accounts.mfa.forms import ShowPasskey
from serverlesspresso.accounts.models import Role, User

from .authenticator import Phone, asked
from .passkey_steps import (
    ADD,
    BAR,
    REFUSED,
    STEP,
    add,
    at_the_second_step,
    confirm_password,
    is_in,
    signed_in,
    type_password,
)

pytestmark = pytest.mark.usefixtures("named_bar")


def test_neither_does_the_passkey_of_somebody_else(dana, phone):
    make_user("Frank", make_store("XYZ"), Role.MANAGER, is_staff=True)
    add(signed_in(), phone)
    theirs = Phone(BAR, phone.rp)
    add(signed_in("frank"), theirs)
    browser, options = at_the_second_step()
    page = browser.post(STEP, {"credential": theirs.show(options)}).content.decode()
    assert REFUSED in page
    assert not is_in(browser)
    browser.post(STEP, {"credential": phone.show(asked(page))})
    assert is_in(browser), "one may try again at once"


@pytest.mark.parametrize(
    ("origin", "rp"),
    [
        ("https://evil.example.org", "evil.example.org"),
        ("https://evil.example.org", "coffee.example.org"),
        ("https://evil.coffee.example.org", "coffee.example.org"),
        ("https://coffee.example.org:8443", "coffee.example.org"),
        ("http://coffee.example.org", "coffee.example.org"),
        ("https://coffee.example.org", "example.org"),
    ],
)
def test_an_answer_for_another_site_is_not_taken(dana, phone, origin, rp):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    phone.origin, phone.rp = origin, rp
    assert REFUSED in browser.post(STEP, {"credential": phone.show(options)}).content.decode()
    browser = signed_in_by_code(dana)
    options = asked(browser.get(ADD).content.decode())
    assert REFUSED in browser.post(ADD, {"credential": Phone(origin, rp).make(options)}).content.decode()
    assert passkeys.of(dana).count() == 1


def signed_in_by_code(person) -> Client:
    """A browser where somebody with a second step is in, and typed the password once more just now."""
    browser = Client()
    browser.force_login(person)
    confirm_password(browser)
    return browser


def test_an_answer_is_good_once(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    answer = phone.show(options)
    browser.post(STEP, {"credential": answer})
    for again in (browser, Client()):
        again.logout()
        type_password(again)
        again.get(STEP)
        again.post(STEP, {"credential": answer})
        assert not is_in(again)


def test_a_question_is_good_for_one_answer_even_a_wrong_one(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    right = phone.show(options)
    browser.post(STEP, {"credential": phone.show(options, signature=b"nonsense")})
    browser.post(STEP, {"credential": right})
    assert not is_in(browser)
    browser = signed_in_by_code(dana)
    options = asked(browser.get(ADD).content.decode())
    browser.post(ADD, {"credential": "nonsense"})
    assert auth.STATE_SESSION_KEY in browser.session, "the page asks anew"
    browser.post(ADD, {"credential": Phone(BAR, phone.rp).make(options)})
    assert passkeys.of(dana).count() == 1


def test_the_question_is_forgotten_with_the_answer_whatever_page_comes_next(dana, rf):
    request = rf.post(STEP)
    request.session = {auth.STATE_SESSION_KEY: {"challenge": "AAAA", "user_verification": None}}
    with context.request_context(request):
        assert not ShowPasskey(user=dana, data={"credential": "nonsense"}).is_valid()
    assert request.session == {}


def test_without_a_question_there_is_no_answer(dana, phone):
    add(signed_in(), phone)
    browser = Client()
    type_password(browser)
    browser.post(STEP, {"credential": phone.show({"challenge": "AAAA"})})
    assert not is_in(browser)


def test_the_same_passkey_is_added_once(dana, phone):
    browser = signed_in()
    add(browser, phone)
    assert REFUSED in add(browser, phone).content.decode()
    assert passkeys.of(dana).count() == 1


@pytest.mark.parametrize("algorithm", CoseKey.supported_algorithms())
def test_a_key_that_cannot_be_checked_is_not_taken(dana, phone, algorithm):
    browser = signed_in()
    for key in ({1: 2, 3: algorithm}, {1: 2, 3: algorithm, -1: b"", -2: b"", -3: 7}, {1: 2, 3: -65535}):
        options = asked(browser.get(ADD).content.decode())
        answer = browser.post(ADD, {"credential": phone.make(options, key=key)})
        assert REFUSED in answer.content.decode()
    assert not passkeys.of(dana).exists()


def test_guessing_is_stopped_after_five_and_noted(dana, phone, caplog):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    for _guess in range(5):
        answer = browser.post(STEP, {"credential": phone.show(options, signature=b"nonsense")})
        options = asked(answer.content.decode())
    assert caplog.text.count("wrong second factor") == 5
    page = browser.post(STEP, {"credential": phone.show(options)}).content.decode()
    assert "Too many attempts. Wait five minutes" in page
    assert not is_in(browser)


def test_there_is_no_other_door(dana, phone):
    """Neither the admin's own sign-in nor a passkey without the password, which allauth has pages for."""
    add(signed_in(), phone)
    browser = Client()
    browser.post("/admin/login/", {"username": dana.email, "password": "a long password"})
    assert not is_in(browser)
    for name in ("mfa_login_webauthn", "mfa_signup_webauthn"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert STEP not in Client().get("/accounts/login/").content.decode()
    browser.get(STEP)
    assert (
        browser.post(STEP, {"credential": phone.show({"challenge": "AAAA"})})["Location"]
        == "/accounts/login/"
    )


def test_a_code_by_mail_asks_for_it_as_well(db, phone, on_commit, mailoutbox):
    make_store(sign_in=["email"])
    charlie = User.objects.create_user("charlie@example.org", None, name="Charlie")
    browser = Client()
    browser.force_login(charlie)
    add(browser, phone)
    browser = Client()
    with on_commit():
        browser.post("/accounts/login/code/", {"contact": charlie.email, "store": "ABC"})
    code = re.search(r"\d{6}", mailoutbox[-1].body)[0]
    assert browser.post("/accounts/login/code/confirm/", {"code": code})["Location"] == STEP
    assert not is_in(browser)
    browser.post(STEP, {"credential": phone.show(asked(browser.get(STEP).content.decode()))})
    assert is_in(browser)
