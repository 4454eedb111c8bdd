"""Robots at a bar: over HTTP, at a store of their own, and every order of theirs comes to its end."""

import contextlib
import io
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from config.models import Store
from extensions.robots import server, setup
from extensions.robots.customers import Persona
from extensions.robots.run import Plan, Run
from orders import sweep
from orders.models import TERMINAL, Order
from serverlesspresso.accounts.models import ApiToken, Membership
from serverlesspresso.core.errors import Refusal


@pytest.fixture
def bar(transactional_db, live_server):
    """A bar that answers over HTTP, and a store for robots."""
    store, _made = setup.find_or_make("R1", 600)
    return live_server.url, store


def play(bar, *, customers=4, baristas=2, stop=lambda account: False, temper=None, monkeypatch=None):
    url, store = bar
    if temper:
        monkeypatch.setattr(Persona, "of", classmethod(lambda cls, world: temper))

    def watch(account):
        with contextlib.suppress(OperationalError):  # SQLite may be busy with them
            sweep.sweep()  # nobody else does in a test
        return stop(account)

    with setup.cast(store, customers, baristas) as cast:
        return Run(url, store.slug, cast, Plan(customers, rush=True, pace=600, seed=7)).play(watch)


def test_every_customer_comes_to_an_end_and_nothing_is_unexplained(bar):
    account = play(bar, customers=8)
    assert account.unexplained == []
    assert account.done == 8
    orders = Order.objects.filter(store=bar[1])
    assert orders.count() == len(account.orders) and all(order.status in TERMINAL for order in orders)
    assert account.outcomes["got their coffee"] > 0


def test_a_lost_signal_makes_no_second_order(bar, monkeypatch):
    account = play(bar, temper=Persona(loses_signal=True), monkeypatch=monkeypatch)
    assert account.unexplained == []
    assert Order.objects.filter(store=bar[1]).count() == 4
    assert any(act.startswith("lost signal") for act in account.acts)


def test_who_never_comes_and_who_wanders_off_is_accounted_for(bar, monkeypatch):
    Store.objects.update(pickup_s=2, customer_s=3)
    account = play(bar, customers=2, temper=Persona(never_comes=True), monkeypatch=monkeypatch)
    assert account.outcomes["never came for it"] + account.outcomes["cancelled by the bar"] == 2
    account = play(bar, customers=2, temper=Persona(wanders_off=True), monkeypatch=monkeypatch)
    assert account.outcomes == {"never chose": 2}


def test_stopped_it_leaves_a_clear_bar_and_tokens_worth_nothing(bar):
    began = time.monotonic()
    account = play(bar, customers=6, stop=lambda account: len(account.orders) > 1)
    assert account.done < 6 and time.monotonic() - began < 60
    assert not Order.objects.filter(store=bar[1]).exclude(status__in=TERMINAL).exists()
    assert not ApiToken.objects.filter(revoked_at=None).exists()
    assert not Store.objects.get(slug="R1").is_open


def test_an_order_without_an_end_is_not_explained_away(bar, monkeypatch):
    monkeypatch.setattr("extensions.robots.run._SETTLES_S", 0.5)
    monkeypatch.setattr("orders.workflow.CLOSE", ())
    account = play(bar, customers=2)
    assert any("never ended" in each for each in account.unexplained)


def test_a_real_store_and_a_name_nobody_can_have_are_refused(store):
    for slug in ("ABC", "no such slug!"):
        with pytest.raises(CommandError):
            call_command("robots", "--store", slug, "--orders", "1")
    assert not Order.objects.exists() and Store.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [("--orders", "0"), ("--orders", "x"), ("--baristas", "-1"), ("--pace", "0")]
)
def test_numbers_that_are_none_are_refused(db, wrong):
    right = {"--store": "R1", "--orders": "1"}
    with pytest.raises(CommandError):
        call_command("robots", *[part for pair in (right | dict([wrong])).items() for part in pair])
    assert not Store.objects.exists()


def test_an_order_nobody_moves_on_is_noticed_and_not_waited_for(bar, monkeypatch):
    monkeypatch.setattr("extensions.robots.customers._FORGOTTEN_S", 0.5)
    monkeypatch.setattr("extensions.robots.run._SETTLES_S", 0)
    monkeypatch.setattr("orders.deadlines.time_out", lambda order_id: None)
    Store.objects.update(customer_s=2)
    account = play(bar, customers=1, temper=Persona(wanders_off=True), monkeypatch=monkeypatch)
    assert any("stands still in choosing" in each for each in account.unexplained)
    assert account.outcomes == {"still there": 1}


def test_the_command_says_who_got_what(bar, monkeypatch):
    monkeypatch.setattr(Persona, "of", classmethod(lambda cls, world: Persona()))
    said = io.StringIO()
    call_command(
        "robots",
        "--store",
        "R1",
        "--orders",
        "2",
        "--pace",
        "600",
        "--url",
        bar[0],
        "--seed",
        "1",
        stdout=said,
    )
    assert "2 customers:" in said.getvalue()
    assert "Nothing unexplained happened." in said.getvalue()


def test_a_bar_elsewhere_is_no_place_for_them(bar):
    with pytest.raises(server.NoBar, match="must run on this database"), server.bar(bar[0], "nobody", print):
        pass
    with pytest.raises(server.NoBar, match="No bar answers"), server.bar("http://127.0.0.1:1", "x", print):
        pass


def test_a_rehearsal_is_a_marked_copy_for_the_same_staff_to_watch(store, bob, dana, screen):
    copy = setup.rehearse(store, 60)
    assert (copy.kind, copy.capacity, copy.code_s) == (Store.Kind.ROBOTS, store.capacity, 5)
    assert sorted(copy.drinks.values_list("name", flat=True)) == ["Cappuccino", "Espresso"]
    watching = Membership.objects.filter(store=copy).values_list("user__name", "role")
    assert set(watching) == {("Bob", "barista"), ("Dana", "manager")}
    store.drinks.get(name="Espresso").delete()
    again = setup.rehearse(store, 60)
    assert again.pk == copy.pk
    assert list(again.drinks.values_list("name", flat=True)) == ["Cappuccino"]


def test_a_rehearsal_does_not_take_somebody_elses_name(store):
    Store.objects.create(slug="ABC-try", name="Somebody else's")
    with pytest.raises(Refusal):
        setup.rehearse(store, 60)
