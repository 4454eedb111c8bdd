"""What tests of the second step need of the bar."""

import pytest

from .passkey_steps import BAR, HOST, Phone


@pytest.fixture
def named_bar(settings):
    """Where browsers have passkeys, and managers must show something besides their password."""
    settings.PUBLIC_URL, settings.SECOND_FACTOR = BAR, True


@pytest.fixture
def phone() -> Phone:
    return Phone(BAR, HOST)
