"""Who may call what: every call by every kind of caller."""

import datetime as dt

import pytest

from conftest import make_store, make_user, making, queued
from display import qr_codes
from serverlesspresso.accounts.models import ApiToken, Role, User
from serverlesspresso.api.openapi_docs import calls
from serverlesspresso.api.tests.caller import Caller, said
from serverlesspresso.core.clock import advance, now

pytestmark = pytest.mark.django_db

STATUS, PAUSE = {"open": True}, {"paused": False}
SOLD_OUT = {"drink": "Espresso", "available": False}
DRINK = {"drink": "Espresso"}
TABLE = [
    # call, body, then the answers to: nobody, Charlie, the owner, a display, a barista, a manager, another
    # store's manager, the administrator
    ("GET stores/ABC", None, 200, 200, 200, 200, 200, 200, 200, 200),
    ("PUT stores/ABC/status", STATUS, 401, 403, 403, 403, 403, 200, 403, 200),
    ("PUT stores/ABC/status", PAUSE, 401, 403, 403, 403, 200, 200, 403, 200),
    ("PUT stores/ABC/availability", SOLD_OUT, 401, 403, 403, 403, 200, 200, 403, 200),
    ("GET stores/ABC/code", None, 401, 403, 403, 200, 403, 200, 403, 200),
    ("POST stores/ABC/orders", "token", 401, 201, 409, 201, 201, 201, 201, 201),
    ("POST stores/ABC/walk-ups", DRINK, 401, 403, 403, 403, 201, 201, 403, 201),
    ("GET stores/ABC/orders", None, 401, 403, 403, 403, 200, 200, 403, 200),
    ("GET stores/ABC/events", None, 401, 403, 403, 403, 200, 200, 403, 200),
    ("GET orders", None, 401, 200, 200, 200, 200, 200, 200, 200),
    ("GET orders/{id}", None, 401, 404, 200, 403, 200, 200, 404, 200),
    ("PUT orders/{id}", DRINK, 401, 404, 200, 403, 403, 403, 404, 403),
    ("POST orders/{id}/extend", None, 401, 404, 409, 403, 403, 403, 404, 403),
    ("POST orders/{id}/make", None, 401, 404, 403, 403, 200, 200, 404, 200),
    ("POST orders/{id}/unmake", None, 401, 404, 403, 403, 409, 409, 404, 409),
    ("POST orders/{id}/complete", None, 401, 404, 403, 403, 200, 200, 404, 200),
    ("POST orders/{id}/recall", None, 401, 404, 403, 403, 409, 409, 404, 409),
    ("POST orders/{id}/collect", None, 401, 404, 409, 403, 409, 409, 404, 409),
    ("POST orders/{id}/cancel", None, 401, 404, 200, 403, 200, 200, 404, 200),
]
CALLERS = ["nobody", "charlie", "alice", "screen", "bob", "dana", "other", "root"]


@pytest.fixture
def people(alice, bob, dana, charlie, screen):
    return {
        "nobody": None,
        "charlie": charlie,
        "alice": alice,
        "screen": screen,
        "bob": bob,
        "dana": dana,
        "other": make_user("Otto", make_store("XYZ"), Role.MANAGER),
        "root": User.objects.create_superuser("root@example.org"),
    }


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_who_may(row, who, people, store, alice):
    call, body, *answers = row
    order = queued(alice, store)
    if body == "token":
        body = {"token": qr_codes.current_code(store).token}
    method, path = call.replace("{id}", order.pk).split()
    answer = Caller(people[who]).send(method, path, body)
    assert answer.status_code == answers[CALLERS.index(who)]
    if answer.status_code >= 400:
        said(answer)


def test_the_table_has_every_call():
    described = {f"{call.method} {call.path.replace('{store}', 'ABC')}" for call in calls()}
    assert {row[0] for row in TABLE} == described


class TestTokens:
    def test_an_unknown_one_is_401_and_says_how(self, alice):
        answer = Caller(Authorization="Bearer of bad news").get("orders")
        assert said(answer) == (401, "unauthenticated")
        assert answer["WWW-Authenticate"] == 'Bearer realm="Serverlesspresso", error="invalid_token"'

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}])
    def test_without_one_it_is_not_said_to_be_wrong(self, headers):
        assert Caller(**headers).get("orders")["WWW-Authenticate"] == 'Bearer realm="Serverlesspresso"'

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token abc", "Bearer ☕"])
    def test_other_ways_to_sign_in_are_none(self, alice, header):
        assert said(Caller(Authorization=header).get("orders")) == (401, "unauthenticated")

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
    def test_the_scheme_is_read_as_the_standard_has_it(self, alice, scheme):
        _bearer, _blank, token = Caller(alice).headers["Authorization"].partition(" ")
        assert Caller(Authorization=scheme + token).get("orders").status_code == 200

    def test_a_session_is_not_enough(self, alice):
        caller = Caller()
        caller.client.force_login(alice)
        assert said(caller.get("orders")) == (401, "unauthenticated")

    def test_a_revoked_one_is_none(self, alice):
        caller = Caller(alice)
        ApiToken.objects.update(revoked_at=now())
        assert said(caller.get("orders")) == (401, "unauthenticated")

    def test_an_expired_one_is_none_from_that_moment_on(self, alice):
        caller = Caller(alice)
        ApiToken.objects.update(expires_at=now() + dt.timedelta(seconds=60))
        assert caller.get("orders").status_code == 200
        advance(61)
        assert said(caller.get("orders")) == (401, "unauthenticated")

    def test_when_one_was_last_used_is_noted_once_an_hour(self, alice):
        caller = Caller(alice)
        assert ApiToken.objects.get().last_used_at is None
        caller.get("orders")
        first = ApiToken.objects.get().last_used_at
        advance(600)
        caller.get("orders")
        assert ApiToken.objects.get().last_used_at == first
        advance(3600)
        caller.get("orders")
        assert ApiToken.objects.get().last_used_at - first >= dt.timedelta(seconds=4200)

    def test_one_that_is_refused_is_not_in_use(self, alice):
        caller = Caller(alice)
        ApiToken.objects.update(expires_at=now() - dt.timedelta(seconds=1))
        caller.get("orders")
        assert ApiToken.objects.get().last_used_at is None

    def test_that_of_somebody_inactive_is_none(self, alice):
        caller = Caller(alice)
        User.objects.update(is_active=False)
        assert said(caller.get("orders")) == (401, "unauthenticated")

    def test_a_role_taken_away_is_gone_at_once(self, store, bob, alice):
        caller, order = Caller(bob), making(alice, store, bob)
        bob.memberships.all().delete()
        assert said(caller.post(f"orders/{order.pk}/complete")) == (404, "not_found")
        assert said(caller.get("stores/ABC/orders")) == (403, "forbidden")
