"""A rehearsal is asked for in the admin, played at a copy, shown while it is on, and can be stopped."""

import re

import pytest

from config.models import Store
from conftest import make_store
from extensions.robots import rehearsals, server, tasks  # noqa: F401  (eager tasks must be known)
from extensions.robots.customers import Persona
from extensions.robots.models import Pace, Rehearsal
from orders.models import TERMINAL, Order
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

ADD = "/admin/robots/rehearsal/add/"


@pytest.fixture
def launched(monkeypatch):
    """Which rehearsals a worker started a process for."""
    started = []
    monkeypatch.setattr(rehearsals, "launch", started.append)
    return started


@pytest.fixture
def boss(dana, client):
    """Dana in the admin."""
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    return client


def asked(store, **fields) -> Rehearsal:
    return Rehearsal.objects.create(store=store, asked_at=clock.now(), **fields)


def test_dana_asks_for_one_from_the_page_of_her_store(boss, store, launched, on_commit):
    assert f"{ADD}?store={store.pk}" in boss.get(f"/admin/config/store/{store.pk}/change/").content.decode()
    with on_commit():
        boss.post(ADD, {"store": store.pk, "customers": 5, "baristas": 1, "pace": 60})
    rehearsal = Rehearsal.objects.get()
    assert launched == [rehearsal.pk] and rehearsal.is_on
    page = boss.get(f"/admin/robots/rehearsal/{rehearsal.pk}/change/").content.decode()
    assert "0 of 5 customers are done" in page and re.search(r">\s*Stop\s*</button>", page)


def test_one_at_a_time_and_real_stores_only(store, launched):
    asked(store)
    with pytest.raises(Refusal) as refused:
        rehearsals.begin(Rehearsal(store=store))
    assert refused.value.code == "rehearsing"
    clock.advance(61)  # it never said a word: its process is gone
    rehearsals.begin(Rehearsal(store=store))
    copy = make_store("TRY", kind=Store.Kind.ROBOTS)
    with pytest.raises(Refusal) as refused:
        rehearsals.check(copy)
    assert refused.value.code == "not_real"


def test_a_refusal_is_said_beside_the_form(boss, store, launched):
    asked(store)
    page = boss.post(ADD, {"store": store.pk, "customers": 5, "baristas": 1, "pace": 60})
    assert "A rehearsal is already running" in page.content.decode()
    assert launched == [] and Rehearsal.objects.count() == 1


def test_somebody_elses_store_cannot_be_rehearsed(boss, launched):
    other = make_store("OPO")
    boss.post(ADD, {"store": other.pk, "customers": 5, "baristas": 1, "pace": 60})
    assert not Rehearsal.objects.exists()


@pytest.fixture
def here(transactional_db, live_server, monkeypatch):
    """A bar that answers, and customers without whims."""

    class Place:
        def __init__(self, *args):
            pass

        def __enter__(self):
            return live_server.url

        def __exit__(self, *args):
            return None

    monkeypatch.setattr(server, "bar", Place)
    monkeypatch.setattr(Persona, "of", classmethod(lambda cls, world: Persona()))


def test_it_plays_at_a_marked_copy_and_tells_what_happened(here, store):
    rehearsal = asked(store, customers=2, baristas=1, pace=Pace.QUICK)
    rehearsals.perform(rehearsal.pk)
    rehearsal.refresh_from_db()
    assert (rehearsal.copy.kind, rehearsal.done) == (Store.Kind.ROBOTS, 2)
    assert "Nothing unexplained" in rehearsal.told and not rehearsal.is_on
    assert not Order.objects.filter(store=store).exists()
    rehearsals.perform(rehearsal.pk)  # a broker repeats itself
    assert Order.objects.count() == 2


def test_stopped_it_clears_the_copy(here, store):
    rehearsal = asked(store, customers=20, baristas=1, pace=Pace.PEOPLE)
    rehearsals.stop(rehearsal)
    rehearsals.perform(rehearsal.pk)
    rehearsal.refresh_from_db()
    assert rehearsal.ended_at and rehearsal.done < 20
    assert not Order.objects.exclude(status__in=TERMINAL).exists()
    assert not rehearsal.copy.is_open


def test_what_stands_in_its_way_is_told(store):
    Store.objects.create(slug="ABC-try", name="Somebody else's")
    rehearsal = asked(store)
    rehearsals.perform(rehearsal.pk)
    rehearsal.refresh_from_db()
    assert "ABC-try is a real store" in rehearsal.told
