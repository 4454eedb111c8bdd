"""Codes by text message: how often, and what they may cost."""

import re

import pytest
from django.test import Client

from conftest import make_store
from serverlesspresso.accounts.sms import backends

ASK = "/accounts/login/code/"


@pytest.fixture
def phones(settings, db):
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.MemoryBackend"
    backends.outbox.clear()
    return make_store(sign_in=["phone"])


@pytest.fixture
def ask(on_commit):
    def ask(phone):
        with on_commit():
            return Client().post(ASK, {"contact": phone, "store": "ABC"}).status_code

    return ask


def test_ten_thousand_numbers_in_a_row_are_twenty_texts(phones, ask):
    answers = [ask(f"+35191234{n:04}") for n in range(30)]
    assert answers == [302] * 20 + [422] * 10
    assert len(backends.outbox) == 20


def test_a_country_has_its_share_of_a_day_and_no_more(phones, ask, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"sms_country": "2/d/key"}
    assert [ask(f"+3519{n}2345678") for n in (1, 2, 3)] == [302, 302, 422]
    assert ask("+34612345678") == 302


def test_the_budget_of_a_day_bounds_the_bill(phones, ask, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"sms_budget": "3/d/key"}
    answers = [ask(f"+3519{n}2345678") for n in (1, 2, 3, 6)]
    assert answers == [302, 302, 302, 422]
    assert len(backends.outbox) == 3


def test_only_the_countries_that_were_named_get_texts(phones, ask, settings):
    settings.SMS_COUNTRIES = ["PT"]
    assert (ask("+351912345678"), ask("+34612345678")) == (302, 422)


@pytest.mark.parametrize("number", ["+881612345678", "+351760123456", "+449098790123", "+870773123456"])
def test_dear_numbers_and_satellites_get_none(phones, ask, number):
    assert ask(number) == 422
    assert backends.outbox == []


@pytest.mark.parametrize(
    "spelling", ["+351 912 345 678", "+351912345678;ext=7", "tel:+351-912-345-678", " +351.912.345.678 "]
)
def test_one_number_in_many_spellings_is_one_number(phones, ask, spelling):
    assert [ask("+351912345678") for _again in range(3)] == [302] * 3
    assert ask(spelling) == 422
    assert {each.phone for each in backends.outbox} == {"+351912345678"}


def test_wrong_codes_count_per_address_right_ones_do_not(phones, ask, settings, on_commit):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"code_failed": "3/m/ip"}

    def comes_with(phone, right: bool) -> bool:
        browser = Client()
        with on_commit():
            browser.post(ASK, {"contact": phone, "store": "ABC"})
        code = re.search(r"\d{6}", backends.outbox[-1].text)[0]
        code = code if right else f"{(int(code) + 1) % 1_000_000:06}"
        browser.post("/accounts/login/code/confirm/", {"code": code})
        return "_auth_user_id" in browser.session

    assert all(comes_with(f"+3519{n}2345678", right=True) for n in (1, 2, 3, 6)), "a hall full of people"
    assert not any(comes_with(f"+34{n}12345678", right=False) for n in (6, 7))
    assert not comes_with("+34622345678", right=False)
    assert not comes_with("+34632345678", right=True), "somebody sprays codes from this address"
