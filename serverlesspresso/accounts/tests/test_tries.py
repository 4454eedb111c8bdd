"""Many tries at once are no more than one after the other: with real threads, on whichever database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.forms import ConfirmLoginCodeForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from conftest import make_store, make_user
from serverlesspresso.accounts import contact_verification, devices, pins
from serverlesspresso.accounts.attempts import Tries
from serverlesspresso.accounts.models import Role, digest
from serverlesspresso.accounts.sms import backends
from serverlesspresso.core.errors import Refusal

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20


def at_once(act) -> list:
    """What each of so many threads got."""

    def one(number):
        try:
            return act(number)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


@pytest.fixture
def bob(store):
    return make_user("Bob", store, Role.BARISTA)


def test_tries_are_counted_one_by_one():
    three = Tries("anything", 3, 60)
    assert sum(one is not None for one in at_once(lambda _: three.count("key"))) == 3


def test_a_try_that_is_taken_back_and_a_key_that_is_forgotten_leave_room():
    three = Tries("anything", 3, 60)
    first = three.count("key")
    assert three.count("key") and three.count("key") and not three.count("key")
    first.rollback()
    assert three.count("key") and not three.count("key")
    three.forget("key")
    assert three.count("key")


def test_pins_typed_at_once_are_looked_at_five_times(store, bob):
    pins.set_pin(store, bob.pk, "4711", by=bob)
    said = at_once(lambda number: pins.verify_pin(store, bob.pk, f"{number:04}"))
    assert said.count("pin_wrong") == pins.TRIES
    assert said.count("too_many_tries") == AT_ONCE - pins.TRIES


def test_pairing_codes_typed_at_once_are_looked_at_five_times(store, bob):
    said = at_once(
        lambda _: devices.confirm("BBBB-BBBB", by=bob, store=store, name="Wall", role=Role.DISPLAY)
    )
    assert said.count("code_wrong") == devices.TRIES
    assert said.count("too_many_tries") == AT_ONCE - devices.TRIES


def test_test_codes_typed_at_once_are_looked_at_five_times(store, dana):
    cache.set(contact_verification._key(store, "email", dana), digest("123456"), 60)
    said = at_once(lambda number: contact_verification.verify(store, "email", f"{number:06}", by=dana))
    assert said.count("code_wrong") == contact_verification.TRIES
    assert said.count("too_many_tries") == AT_ONCE - contact_verification.TRIES


def test_one_time_codes_typed_at_once_are_looked_at_three_times(settings, monkeypatch):
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.MemoryBackend"
    backends.outbox.clear()
    make_store(sign_in=["phone"])
    alice = Client()
    alice.post("/accounts/login/code/", {"contact": "+4915123456789", "store": "ABC"})
    looked = []

    def look(form):
        looked.append(form)
        raise ValidationError("wrong")

    monkeypatch.setattr(ConfirmLoginCodeForm, "clean_code", look)

    def wrong(_):
        phone = Client()
        phone.cookies = alice.cookies.copy()
        return phone.post("/accounts/login/code/confirm/", {"code": "000000"}).status_code

    assert set(at_once(wrong)) <= {200, 302}
    assert len(looked) == 3
