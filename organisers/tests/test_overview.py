"""The overview: how the bar is doing, and what a manager does about it without leaving."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import services
from conftest import choosing, make_user, making, queued
from display import qr_codes
from orders import presence
from orders.models import Order
from orders.sweep import sweep
from organisers import overview, topics
from serverlesspresso.core import clock
from serverlesspresso.events.live.topics import topic

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def act(client, name, **fields):
    return client.post(f"/organise/ABC/act/{name}/", fields, headers=HTMX)


def test_it_shows_who_waits_who_works_and_what_is_left(manages, store, bob, serve):
    type(store).objects.filter(pk=store.pk).update(code_s=86_400)  # one code for the whole test
    store.refresh_from_db()
    serve(2)
    queued(make_user("Wanda"), store)
    making(make_user("Max"), store, bob)
    choosing(make_user("Cleo"), store)
    seen = overview.context(store)
    assert {key: seen["counts"][key] for key in ("queued", "making", "choosing", "hour", "day")} == {
        "queued": 1,
        "making": 1,
        "choosing": 1,
        "hour": 2,
        "day": 2,
    }
    assert seen["places"] == 17
    assert [(worker.name, worker.making, worker.made) for worker in seen["workers"]] == [("Bob", 1, 2)]
    assert seen["code"].remaining == 5
    page = manages.get("/organise/ABC/").content.decode()
    assert "Bob" in page
    assert 'id="overview"' in page
    assert "Wanda" not in page, "no customer is named"


def test_its_queries_do_not_grow_with_the_orders(store, bob, serve):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            topics.frame(store)
        return len(asked)

    serve(6)
    queued(make_user("One"), store)
    before = cost()
    for name in ("Two", "Three", "Four"):
        queued(make_user(name), store)
    assert cost() == before


@pytest.mark.parametrize(
    ("name", "fields", "holds"),
    [
        ("pause", {}, lambda store: store.is_paused),
        ("close", {}, lambda store: not store.is_open),
        ("close-and-cancel", {}, lambda store: not store.is_open),
        ("last-orders", {"minutes": "10"}, lambda store: store.last_orders_at),
        (
            "availability",
            {"drink": "Espresso", "available": "no"},
            lambda store: not store.drinks.get(name="Espresso").available,
        ),
    ],
)
def test_an_act_is_done_at_once_and_answered_with_the_overview(manages, store, name, fields, holds):
    response = act(manages, name, **fields)
    assert response.status_code == 200
    assert 'id="overview"' in response.content.decode()
    store.refresh_from_db()
    assert holds(store)


def test_a_new_code_replaces_the_old_one(manages, store):
    before = qr_codes.current_code(store).pk
    act(manages, "new-code")
    assert qr_codes.current_code(store).pk != before


@pytest.mark.parametrize(
    ("name", "fields", "status"),
    [
        ("last-orders", {"minutes": "soon"}, 422),
        ("last-orders", {"minutes": "999"}, 422),
        ("last-orders", {}, 422),
        ("availability", {"drink": "Espresso", "available": "perhaps"}, 422),
        ("availability", {"drink": "No\0such", "available": "no"}, 422),
        ("dance", {}, 404),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(manages, store, name, fields, status):
    assert act(manages, name, **fields).status_code == status


def test_acts_are_for_managers(client, store, bob):
    assert act(client, "pause").status_code == 302
    client.force_login(bob)
    assert act(client, "pause").status_code == 403
    store.refresh_from_db()
    assert not store.is_paused


def test_only_managers_hear_it(store, bob, dana, charlie):
    hears = topic("overview").allowed
    assert [hears(user and user.pk, "ABC") for user in (dana, bob, charlie, None)] == [
        True,
        False,
        False,
        False,
    ]
    assert hears(dana.pk, "XYZ") is False


def test_a_queue_that_stands_still_is_an_alarm_and_nobody_is_told_how_long_it_takes(manages, store, serve):
    serve(6)
    queued(make_user("Waits"), store)
    assert overview.context(store)["wait"]
    waits_since = store.says(clock.now())
    clock.advance(28 * 60)
    seen = overview.context(store)
    assert (seen["wait"], seen["advice"]) == (None, None)
    page = manages.get("/organise/ABC/").content.decode()
    assert f"Nothing has moved since {waits_since}, and 1 order is waiting" in " ".join(page.split())


def test_the_screens_hear_when_the_queue_begins_to_stand_still(store):
    queued(make_user("Waits"), store)
    before = topic("overview").versions({"ABC"})
    clock.advance(361)
    assert topic("overview").versions({"ABC"}) != before


def test_a_range_of_one_minute_is_said_as_one(manages, store, serve):
    serve(6)
    page = " ".join(manages.get("/organise/ABC/").content.decode().split())
    assert '<dd class="num"> 1 min </dd>' in page


def test_while_closed_there_is_no_estimate_advice_or_code(manages, store, serve):
    serve(6)
    qr_codes.current_code(store)
    services.set_status(store, open=False)
    seen = overview.context(type(store).objects.get())
    assert (seen["wait"], seen["advice"], seen["code"]) == (None, None, None)
    page = manages.get("/organise/ABC/").content.decode()
    assert "the bar is closed" in page
    assert "We can take" not in page


def test_who_runs_the_bar_learns_that_it_paused_itself_and_that_nobody_is_there(manages, store, bob):
    sweep()
    presence.note(["ABC"])
    making(make_user("Max"), store, bob)
    assert "Bob" in manages.get("/organise/ABC/").content.decode()
    for _ in range(14):
        clock.advance(5)
        sweep()
    dark = type(store).objects.get().deserted_when()
    page = manages.get("/organise/ABC/").content.decode()
    assert f"Paused automatically: no barista’s screen has been on since {dark}" in page
    assert "Bob" not in page
    assert f"Nobody: no barista’s screen has been on since {dark}" in page
    assert "Paused automatically" in manages.get("/organise/").content.decode()


def test_whose_screen_is_on_is_at_work_before_they_made_anything(store, bob):
    before = topic("overview").versions({"ABC"})
    root = make_user("Root", is_superuser=True)
    topic("barista").present({"ABC": {bob.pk}})
    [worker] = overview.context(store)["workers"]
    assert (worker.name, worker.live, worker.making, worker.made) == ("Bob", True, 0, 0)
    assert topic("overview").versions({"ABC"}) != before, "the page hears of it"
    topic("barista").present({"ABC": {root.pk}})
    assert [worker.name for worker in overview.context(store)["workers"]] == ["Bob", "Root"]
    clock.advance(21)
    assert overview.context(store)["workers"] == []


@pytest.mark.parametrize(
    ("drinks", "said"), [(3, "once 5 drinks have been made within an hour of work; 3 so far")]
)
def test_from_few_drinks_there_is_no_advice_and_it_says_how_many_it_takes(
    manages, store, serve, drinks, said
):
    serve(drinks)
    assert said in manages.get("/organise/ABC/").content.decode()


def test_few_promises_are_no_percentage(manages, store, serve):
    serve(6)
    serve(9, seconds=61)
    assert overview.context(store)["counts"]["promises"].made == 10
    assert "of today’s promises were kept" in manages.get("/organise/ABC/").content.decode()
    Order.objects.filter(promised_to__isnull=False).first().delete()
    assert "of today’s promises were kept" not in manages.get("/organise/ABC/").content.decode()


def test_the_suggestion_is_taken_as_it_holds_now(manages, store, bob, serve):
    queued(make_user("Waits"), store)
    serve(6, seconds=30)
    act(manages, "follow-advice")
    store.refresh_from_db()
    assert store.per_code == overview.context(store)["advice"].per_code


def test_a_rehearsal_is_marked(manages, store):
    store.kind = store.Kind.ROBOTS
    store.save()
    assert "robots (rehearsal)" in manages.get("/organise/ABC/").content.decode()


def test_an_archived_store_can_be_looked_at_but_not_acted_on(manages, store):
    services.archive(services.set_status(store, open=False))
    assert manages.get("/organise/ABC/").status_code == 200
    assert act(manages, "open").status_code == 404
