import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from serverlesspresso.accounts.models import ApiToken, Membership, User, digest
from serverlesspresso.core import clock


def token(*arguments, **options) -> list[str]:
    out = StringIO()
    call_command("token", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def owner(secret) -> User:
    return ApiToken.objects.get(digest=digest(secret), revoked_at=None).user


def test_a_customers_token_is_all_that_is_printed(db):
    (secret,) = token("alice", "--create")
    assert owner(secret).name == "alice"
    assert Membership.objects.count() == 0


def test_staff_get_their_role_at_the_store(store):
    for role in ("barista", "manager", "display"):
        (secret,) = token(f"a {role}", "--role", role, "--create")
        assert [(m.store, m.role) for m in owner(secret).memberships.all()] == [(store, role)]


def test_a_known_name_gets_another_token_and_stays_one_user(store):
    first, second = token("robot", "--create", "--role", "barista"), token("robot")
    assert first != second
    assert owner(first[0]) == owner(second[0])
    assert owner(second[0]).memberships.get().role == "barista"


def test_the_role_that_is_named_replaces_another(store):
    token("robot", "--create", "--role", "display")
    (secret,) = token("robot", "--role", "barista")
    assert owner(secret).memberships.get().role == "barista"


def test_staff_are_found_by_name_and_by_address(bob):
    assert owner(token("Bob")[0]) == bob
    assert owner(token("bob@example.org")[0]) == bob


def test_a_customer_who_calls_himself_bob_is_not_taken_for_bob(store):
    User.objects.create_user(name="Bob", phone="+4915123456789")
    User.objects.create_user(name="Bob", is_guest=True)
    with pytest.raises(CommandError):
        token("Bob", "--role", "barista")
    (secret,) = token("Bob", "--role", "barista", "--create")
    assert owner(secret).is_device


def test_many_are_made_at_once_in_order_and_found_again(store, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        secrets = token("crowd", "--count", "1500", "--create", "--role", "barista")
    owners = [owner(secret).name for secret in (secrets[0], secrets[9], secrets[1499])]
    assert owners == ["crowd-1", "crowd-10", "crowd-1500"]
    assert len(set(secrets)) == 1500
    assert len(token("crowd", "--count", "1500")) == 1500
    assert User.objects.count() == Membership.objects.count() == 1500


def test_a_token_says_what_it_is_for_and_until_when(db):
    (secret,) = token("till", "--create", "--label", "till at the door", "--days", "7")
    made = ApiToken.objects.get(digest=digest(secret))
    assert made.name == "till at the door"
    assert dt.timedelta(days=6) < made.expires_at - clock.now() <= dt.timedelta(days=7)
    (lasting,) = token("till")
    assert ApiToken.objects.get(digest=digest(lasting)).expires_at is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "nobody called nobody"),
        (["nobody", "--count", "3"], "nobody called nobody-1"),
        (["bob", "--create", "--role", "barista", "--store", "NOPE"], "no store NOPE"),
        (["alice", "--create", "--store", "NOPE"], "no store NOPE"),
        (["alice", "--create", "--count", "0"], "--count must be"),
        (["", "--create"], "NAME must have"),
        (["x" * 51, "--create"], "NAME must have"),
        (["alice", "--create", "--days", "0"], "--days must be"),
        (["alice", "--create", "--days", "999999"], "--days must be"),
        (["alice", "--create", "--label", "x" * 51], "--label may have"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_changes_nothing(store, arguments, says):
    with pytest.raises(CommandError, match=says) as refused:
        token(*arguments)
    assert "\n" not in str(refused.value)
    assert (User.objects.count(), ApiToken.objects.count()) == (0, 0)
