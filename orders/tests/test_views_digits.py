"""Six digits at the bar's page: an invitation's, or the wall's; and what guessing them does."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from conftest import make_user, queued
from display import qr_codes
from display import wall_proof as proofs
from orders import invitations
from orders.tests.scanning import signed_in
from serverlesspresso.core import clock, metrics


@pytest.fixture
def phone(alice) -> Client:
    return signed_in(alice)


@pytest.fixture
def used_up(store):
    code = qr_codes.current_code(store)
    for number in range(code.remaining):
        qr_codes.take_hold(code, browser=f"browser {number}")
    return store


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def seen(store) -> dict:
    """What the form of somebody carries who was at the wall."""
    return {"seen": proofs.proof(qr_codes.current_code(store))}


def guess(client, times: int, **headers) -> list[int]:
    tries = (client.post("/s/ABC/invite/", {"digits": f"{n:06}"}, **headers) for n in range(times))
    return [answer.status_code for answer in tries]


@pytest.fixture
def other_digits(monkeypatch):
    """Invitations with digits that nobody guesses here."""
    numbers = iter(range(800_000, 900_000))
    monkeypatch.setattr(invitations, "_six_digits", lambda: str(next(numbers)))


def test_guessing_is_limited(phone, store, other_digits):
    assert guess(phone, 31) == [404] * 30 + [429]


def test_who_guesses_keeps_nobody_out_at_another_address(phone, store, bob, other_digits):
    invite = invitations.make(store, by=bob)
    clock.advance(invitations.FRESH.total_seconds())
    guess(phone, 40)
    digits = {"digits": invite.digits}
    assert phone.post("/s/ABC/invite/", digits).status_code == 429
    assert phone.post("/s/ABC/invite/", digits, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_fresh_digits_are_taken_even_where_somebody_guesses(phone, store, bob, other_digits):
    guess(phone, 100)
    invite = invitations.make(store, by=bob)
    assert phone.post("/s/ABC/invite/", {"digits": invite.digits}).url == f"/invite/{invite.pk}/"
    assert guess(phone, 1) == [429]


def test_fresh_digits_are_taken_even_when_many_addresses_guess(phone, store, bob, settings, other_digits):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "digits_wrong": "30/10m/ip,60/10m/key"}
    for last in range(3):
        guess(phone, 30, REMOTE_ADDR=f"192.0.2.{last}")
    assert guess(phone, 1, REMOTE_ADDR="192.0.2.99") == [429]
    invite = invitations.make(store, by=bob)
    answer = phone.post("/s/ABC/invite/", {"digits": invite.digits}, REMOTE_ADDR="192.0.2.99")
    assert answer.status_code == 302


def test_right_digits_count_for_nobody(phone, store, bob, other_digits):
    invite = invitations.make(store, by=bob)
    assert [phone.post("/s/ABC/invite/", {"digits": invite.digits}).status_code for _ in range(40)] == [
        302
    ] * 40


def test_the_walls_digits_lead_to_the_list_even_where_somebody_guesses(phone, used_up, other_digits):
    guess(phone, 40)
    digits = proofs.digits(qr_codes.current_code(used_up))
    answer = phone.post("/s/ABC/invite/", {"digits": f"{digits[:3]} {digits[3:]}"})
    assert answer.url == f"/s/ABC/waiting/?{urlencode(seen(used_up))}"


def test_the_walls_digits_are_those_of_a_code_seen_lately(phone, used_up):
    digits = proofs.digits(qr_codes.current_code(used_up))
    clock.advance(used_up.code_s + proofs.LATELY.total_seconds())
    assert phone.post("/s/ABC/invite/", {"digits": digits}).status_code == 404


def test_an_invitation_that_finds_no_room_leads_to_the_list(phone, store, bob):
    store.capacity = 1
    store.save()
    queued(make_user("Last"), store)
    invite = invitations.make(store, by=bob)
    page = text(phone.post(f"/invite/{invite.pk}/"))
    assert f'name="seen" value="{invite.pk}"' in page
    assert "You’re next" in text(phone.post("/s/ABC/waiting/", {"seen": invite.pk}, follow=True))


@pytest.mark.parametrize(
    ("bound", "act"), [("digits", lambda phone, _store: guess(phone, 35)), ("list", None)]
)
def test_what_one_network_does_too_often_is_counted_and_logged_once(
    phone, used_up, caplog, monkeypatch, other_digits, bound, act
):
    counted = []
    monkeypatch.setattr(metrics, "bounded", counted.append)
    if act:
        act(phone, used_up)
    else:
        used_up.capacity = 1
        used_up.save()
        for number in range(3):
            signed_in(make_user(f"Guest{number}")).post("/s/ABC/waiting/", seen(used_up))
    assert counted == [bound] * len(counted) and len(counted) > 1
    assert caplog.text.count(f"127.0.0.1 did more than one network may: {bound}") == 1
