"""What all the sweeps have in common."""

import pytest


@pytest.fixture(autouse=True)
def where_browsers_have_passkeys(settings):
    """The pages about them are there only then."""
    settings.PUBLIC_URL = "http://localhost:8000"
