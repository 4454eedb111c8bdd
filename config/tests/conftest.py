"""Browsers of those who use the admin, and a store beside the usual one."""

import pytest

from config.models import Store
from conftest import make_store, make_user


@pytest.fixture
def other(store) -> Store:
    """A store that is none of Dana's business."""
    return make_store("XYZ")


@pytest.fixture
def manager(dana, client):
    """Dana's browser, signed in to the admin."""
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    return client


@pytest.fixture
def superuser(client):
    """The browser of somebody who may do everything."""
    user = make_user("Root", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


def is_open(bar: Store) -> bool:
    """Whether a store is open by now."""
    bar.refresh_from_db()
    return bar.is_open
