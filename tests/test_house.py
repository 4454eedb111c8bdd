"""How many functions a reader passes between a barista's tap and the commit."""

import sys
from pathlib import Path
from types import CodeType, FrameType

import pytest
from django.db import connection

from baristas.tests.conftest import tap
from conftest import queued

ROOT = Path(__file__).resolve().parent.parent
OWN = tuple(
    f"{part}/"
    for part in (
        "baristas",
        "config",
        "display",
        "orders",
        "serverlesspresso/accounts",
        "serverlesspresso/events",
    )
)
"""Without `core` and `web`, which are tools; the middleware was passed before a view begins."""
FUNCTIONS, FILES = 20, 12


class Walk:
    """The functions of the house that are called from a barista's view to the first commit."""

    def __init__(self):
        self.passed: dict[CodeType, str] = {}
        self._began = False

    def see(self, frame: FrameType, event: str, _what: object) -> None:
        """For `sys.setprofile`."""
        code = frame.f_code
        name = code.co_filename.removeprefix(f"{ROOT}/")
        self._began = self._began or code.co_qualname.startswith("staff_required.")
        if (
            event == "call"
            and self._began
            and name.startswith(OWN)
            and not code.co_name.endswith(("comp>", "expr>"))
        ):
            self.passed[code] = f"{name} {code.co_qualname}"

    @property
    def functions(self) -> list[str]:
        """In the order in which they were called first."""
        return list(self.passed.values())

    @property
    def files(self) -> set[str]:
        """In which they are."""
        return {name.split()[0] for name in self.functions}


@pytest.fixture
def walk(monkeypatch):
    """A walk that ends with the first commit."""
    found, commit = Walk(), connection.commit

    def committing() -> None:
        sys.setprofile(None)
        commit()

    monkeypatch.setattr(connection, "commit", committing)
    yield found
    sys.setprofile(None)


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_a_short_walk_from_the_view_to_the_commit(client, alice, bob, store, walk):
    client.force_login(bob)
    order = queued(alice, store)
    tap(client, order, "make")  # queries are prepared once
    tap(client, order, "unmake")

    sys.setprofile(walk.see)
    tap(client, order, "make")

    assert len(walk.functions) <= FUNCTIONS, walk.functions
    assert len(walk.files) <= FILES, walk.files


@pytest.mark.xdist_group("together")
def test_tests_that_share_servers_stay_in_one_process(request):
    """pytest and pytest-xdist must agree on how: where they do not, groups come apart without a word."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@together")
