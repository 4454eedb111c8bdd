"""Browsers of those who organise, and a bar with some history."""

import pytest
from django.test import Client

from conftest import make_user, ready
from orders import commands
from serverlesspresso.accounts.sms import backends
from serverlesspresso.core import clock


@pytest.fixture
def manages(dana) -> Client:
    """Dana's browser."""
    client = Client()
    client.force_login(dana)
    return client


@pytest.fixture
def administers(db) -> Client:
    """The browser of somebody who runs the house."""
    client = Client()
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def serve(store, bob):
    """Serve drinks, so many seconds each while somebody waits all the time; gives the orders."""

    def serve(count: int, *, seconds: int = 60, drink: str = "Espresso", modifiers=()):
        served = []
        for number in range(count):
            customer = make_user(f"Guest{len(served)}{drink[0]}{number}x{seconds}")
            order = ready(customer, store, bob, drink=drink, modifiers=modifiers)
            served.append(commands.collect(order, by=customer))
            clock.advance(seconds)
        return served

    return serve


@pytest.fixture
def messages_are_kept(settings):
    """Text messages go into `backends.outbox`."""
    settings.SMS_BACKEND, settings.SMS_OPTIONS = "serverlesspresso.accounts.sms.backends.MemoryBackend", {}
    settings.PUBLIC_URL = "https://coffee.example"
    backends.outbox.clear()
