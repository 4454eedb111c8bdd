"""Whatever is sent as a passkey, the answer is a sentence; and two cannot remove the last ones at once."""

import contextlib
import json
import threading

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from fido2 import cbor
from fido2.utils import websafe_encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import make_store, make_user
from display.tests.scanning import at_once
from serverlesspresso.accounts.mfa import passkeys
from serverlesspresso.accounts.mfa.enforcement import SecondFactor
from serverlesspresso.accounts.models import Role

from .authenticator import Phone, asked
from .passkey_steps import (
    ADD,
    BAR,
    REFUSED,
    STEP,
    add,
    at_the_second_step,
    confirm_password,
    removal,
    signed_in,
)
from .test_second_factor import set_up as set_up_digits

pytestmark = pytest.mark.usefixtures("named_bar")
_FIELDS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature")
_WORDS = ("rawId", "response", "type", "fmt", "attStmt", "authData", "challenge", "origin")
_words = st.sampled_from(_WORDS) | st.text(max_size=8)
_simple = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20)
_json = st.recursive(
    _simple | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_words, inner, max_size=4),
    max_leaves=12,
)
_cbor = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20) | st.binary(max_size=200),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_words | st.integers(-4, 4), inner, max_size=4)
    ),
    max_leaves=12,
)
_bytes = st.binary(max_size=200) | _cbor.map(cbor.encode) | _json.map(lambda said: json.dumps(said).encode())
_part = _bytes.map(websafe_encode) | _json
_EXTREMES = (
    "",
    "nonsense",
    "null",
    "[]",
    "7",
    '"text"',
    "[" * 16_000,
    '{"rawId":' * 1_700,
    "9" * 9_000,
    '{"rawId": "' + "A" * 100_000 + '"}',
    '{"rawId": "\\ud800", "response": {}}',
    '{"rawId": "AA", "response": {"clientDataJSON": "\\u0000"}}',
    json.dumps(
        {"rawId": "AA", "response": {field: websafe_encode(b"\x81" * 5_000) for field in _FIELDS[:2]}}
    ),
)
_unreadable = st.sampled_from(_EXTREMES) | st.text(max_size=40) | _json.map(json.dumps)
_changes = st.dictionaries(st.sampled_from(_FIELDS), _part, min_size=1) | _json | st.integers(0, 2_000)
_often = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def changed(answer: str, how) -> str:
    """A right answer with parts of its response replaced, or all of it, or one part cut short."""
    said = json.loads(answer)
    if isinstance(how, int) and not isinstance(how, bool):
        field = sorted(said["response"])[how % len(said["response"])]
        said["response"][field] = said["response"][field][: how // 4 * 4]
    elif isinstance(how, dict) and how and set(how) <= set(_FIELDS):
        said["response"] |= {part: how[part] for part in said["response"] if part in how}
    else:
        said["response"] = how
    return json.dumps(said)


@pytest.fixture
def adding(dana):
    return signed_in()


@pytest.fixture
def showing(adding):
    phone = Phone(BAR, "coffee.example.org")
    add(adding, phone)
    return phone, at_the_second_step()[0]


@_often
@given(sent=_unreadable)
def test_what_is_no_answer_is_refused_when_one_is_added_and_when_one_is_shown(adding, showing, sent):
    for browser, page in ((adding, ADD), (showing[1], STEP)):
        cache.clear()
        answer = browser.post(page, {"credential": sent})
        assert (answer.status_code, REFUSED in answer.content.decode()) == (200, True)


@_often
@given(how=_changes)
def test_an_answer_that_was_changed_opens_nothing(showing, how):
    cache.clear()
    phone, browser = showing
    right = phone.show(asked(browser.get(STEP).content.decode()))
    wrong = changed(right, how)
    if json.loads(wrong) != json.loads(right):
        assert REFUSED in browser.post(STEP, {"credential": wrong}).content.decode()
        assert "_auth_user_id" not in browser.session


@_often
@given(how=_changes)
def test_a_passkey_that_was_changed_is_refused_or_can_be_used(adding, dana, how):
    """What says of whose make it is may be anything: nobody is asked."""
    cache.clear()
    phone = Phone(BAR, "coffee.example.org")
    made = changed(phone.make(asked(adding.get(ADD).content.decode())), how)
    answer = adding.post(ADD, {"credential": made})
    if answer.status_code == 302:
        browser, options = at_the_second_step()
        browser.post(STEP, {"credential": phone.show(options)})
        assert "_auth_user_id" in browser.session
        Authenticator.objects.all().delete()
    else:
        assert REFUSED in answer.content.decode()
        assert not passkeys.of(dana).exists()


# -- two at once ------------------------------------------------------------------------------------


def confirmed(person) -> Client:
    """A browser where somebody is in, and typed the password once more just now."""
    browser = Client()
    browser.force_login(person)
    confirm_password(browser)
    return browser


@pytest.fixture
def hurried(monkeypatch):
    """Who has been found to have another one waits for the next to find the same, which must not happen."""
    both, right = threading.Barrier(2), SecondFactor.can_delete_authenticator

    def wait(self, authenticator) -> bool:
        found = right(self, authenticator)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return found

    monkeypatch.setattr(SecondFactor, "can_delete_authenticator", wait)
    return both


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("digits", [False, True], ids=["two passkeys", "digits and a passkey"])
def test_of_two_who_remove_the_last_two_at_once_one_finds_it_is_the_last(hurried, client, digits):
    dana = make_user("Dana", make_store(), Role.MANAGER, is_staff=True)
    client.force_login(dana)
    if digits:
        set_up_digits(client)
    else:
        confirm_password(client)
        add(client, Phone(BAR, "coffee.example.org"))
    add(client, Phone(BAR, "coffee.example.org"))
    first, last = confirmed(dana), confirmed(dana)
    passkey = passkeys.of(dana).last()
    one = "/accounts/2fa/totp/deactivate/" if digits else removal(passkeys.of(dana).first())
    at_once(lambda: first.post(one), lambda: last.post(removal(passkey)))
    assert hurried.broken, "nobody waited"
    left = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    assert left.count() == 1
