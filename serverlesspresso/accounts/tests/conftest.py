"""Who manages may use the admin, as in the bar itself; and what tests of the second step need of it."""

import pytest

from conftest import make_user
from serverlesspresso.accounts.models import Role, User

from .passkey_steps import BAR, HOST, Phone


@pytest.fixture
def dana(store) -> User:
    return make_user("Dana", store, Role.MANAGER, is_staff=True)


@pytest.fixture
def named_bar(settings):
    """Where browsers have passkeys, and managers must show something besides their password."""
    settings.PUBLIC_URL, settings.SECOND_FACTOR = BAR, True


@pytest.fixture
def phone() -> Phone:
    return Phone(BAR, HOST)


def signed_in(client) -> User | None:
    """Who is signed in with a browser."""
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()
