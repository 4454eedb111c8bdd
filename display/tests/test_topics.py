"""What the wall hears: changed rows and the drinks left; the QR code only when it is another one."""

import re

import pytest
from django.utils import translation

from config import services
from conftest import make_store, making, queued, ready
from display import qr_codes, qr_images
from display.models import Code
from display.topics import WallTopic
from orders import commands, processor, workflow
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db
KIB = 1024


class Screen:
    """One screen's room at the hub: its topic, and the events it has not heard of yet."""

    def __init__(self, store):
        self.topic, self.store = WallTopic(), store
        self.head = 0
        self.news()
        self.topic.delta(store.slug, [])  # the first delta knows of no other

    def news(self) -> list[Event]:
        events = list(
            Event.objects.filter(store=self.store.slug, sequence__gt=self.head).order_by("sequence")
        )
        self.head = events[-1].sequence if events else self.head
        return [event for event in events if self.topic.concerns(self.store.slug, event, None)]

    def hear(self) -> str:
        """The delta of what happened since."""
        return self.topic.delta(self.store.slug, self.news()).html


@pytest.fixture
def tv(store):
    return Screen(store)


def swaps(html) -> list[tuple[str, str]]:
    """Each out-of-band swap: how, and the ids or numbers it is about."""
    return re.findall(r'id="(n[\d-]+|store-name|code|left|preparing|ready)"[^>]*hx-swap-oob="(\w+)"', html)


def removed(html) -> list[str]:
    """The rows that are taken away before any is appended."""
    return re.findall(r'^<i id="gone" data-ids="([^"]*)"', html)[0].split()


def appended(html) -> dict[str, list[str]]:
    parts = re.findall(r'hx-swap-oob="beforeend:#(\w+)">(.*?)</ol>', html, re.S)
    return {column: re.findall(r'data-number="(\d+)"', rows) for column, rows in parts}


# -- snapshots ------------------------------------------------------------------------------------------


def test_the_snapshot_is_what_a_poll_answers(store, screen, alice, client):
    queued(alice, store)
    client.force_login(screen)
    polled = client.get("/display/ABC/", headers={"hx-request": "true"}).content.decode()
    assert polled.startswith(WallTopic().snapshot("ABC").html.strip())


def test_a_snapshot_has_both_lists_and_the_code(store, alice, bob, charlie):
    queued(alice, store), ready(charlie, store, bob)
    html = WallTopic().snapshot("ABC").html
    assert [name for name, _ in swaps(html)] == ["store-name", "code", "left", "preparing", "ready"]
    assert re.findall(r'data-number="(\d+)" data-status="(\w+)"', html) == [("1", "queued"), ("2", "ready")]
    assert qr_images.svg(qr_images.address(qr_codes.current_code(store))) in html


# -- deltas: the numbers --------------------------------------------------------------------------------


def test_an_order_that_got_its_number_is_appended_to_preparing(tv, store, alice):
    queued(alice, store)
    html = tv.hear()
    assert appended(html) == {"preparing": ["1"]}
    assert removed(html) == ["n1-1"], "idempotent: on top of a snapshot that has it already"


def test_a_claimed_order_is_marked_and_a_ready_one_moves_over(tv, store, alice, bob):
    order = making(alice, store, bob)
    html = tv.hear()
    assert appended(html) == {"preparing": ["1"]} and "being made" in html
    commands.complete(order, by=bob)
    html = tv.hear()
    assert removed(html) == ["n1-1"]
    assert appended(html) == {"ready": ["1"]} and "being made" not in html


@pytest.mark.parametrize("end", ["collected", "cancelled", "timed out"])
def test_an_order_that_is_over_is_deleted(tv, store, alice, bob, end):
    order = queued(alice, store)
    tv.hear()
    if end == "collected":
        commands.collect(commands.complete(order, by=bob), by=alice)
    elif end == "cancelled":
        commands.cancel(order, by=bob)
    else:
        clock.advance(store.barista_s + 1)
        processor.move(order, "barista_timeout", now=clock.now(), facts={"clock": "barista"})
    html = tv.hear()
    assert removed(html) == ["n1-1"]
    assert appended(html) == {}


def test_a_swapped_drink_is_called_by_its_new_name(tv, store, alice):
    order = queued(alice, store)
    tv.hear()
    commands.submit(order, drink="Cappuccino", modifiers=["Oat"], by=alice)
    html = tv.hear()
    assert "Cappuccino" in html and "Espresso" not in html


def test_a_delta_shows_the_order_as_it_is_now_not_as_the_event_found_it(tv, store, alice, bob):
    ready(alice, store, bob)
    assert appended(tv.hear()) == {"ready": ["1"]}


def test_a_delta_heard_twice_says_the_same(tv, store, alice):
    queued(alice, store)
    events = tv.news()
    assert tv.topic.delta("ABC", events).html == tv.topic.delta("ABC", events).html


def test_rows_know_their_place_so_that_the_page_can_sort_them(tv, store, alice, bob):
    order = ready(alice, store, bob)
    again = commands.remake(order, by=bob)
    workflow.run(workflow.QUEUE, again.pk)
    html = tv.hear()
    assert len(set(re.findall(r'data-place="(\d+)"', html))) == 1, "a remake stands at the old one's place"
    assert appended(html).keys() == {"preparing", "ready"}


def test_what_only_a_phone_shows_is_no_concern(tv, store, alice):
    order = queued(alice, store)
    commands.withdraw(order, by=alice)
    workflow.settle(order.pk)
    unseen = [e.type for e in Event.objects.filter(order=order.pk) if not tv.topic.concerns("ABC", e, None)]
    assert unseen == ["OrderProcessor.WorkflowStarted", "OrderProcessor.OrderFinished"]


# -- deltas: the code -----------------------------------------------------------------------------------


def test_a_scan_tells_the_drinks_left_but_not_the_code_again(tv, store, alice):
    qr_codes.take_hold(qr_codes.current_code(store), user=alice)
    html = tv.hear()
    assert swaps(html) == [("left", "true")]
    assert "<strong>9</strong> drinks left" in html
    assert "<path" not in html


def test_a_new_code_comes_once(tv, store):
    new = qr_codes.new_code_now(store)
    assert qr_images.svg(qr_images.address(new)) in tv.hear()
    assert "<path" not in tv.hear()


def test_the_next_window_brings_its_code(tv, store):
    before = tv.topic.versions({"ABC"})
    clock.advance(300)
    assert tv.topic.versions({"ABC"}) != before
    assert qr_images.svg(qr_images.address(qr_codes.current_code(store))) in tv.hear()


def test_both_halves_say_which_code_they_are_of(tv, store):
    panel = f'data-panel="open-{qr_codes.new_code_now(store).pk}"'
    assert tv.hear().count(panel) == 2


def test_moving_orders_do_not_send_the_code(tv, store, alice, bob):
    order = queued(alice, store)
    assert "<path" not in tv.hear()
    commands.complete(order, by=bob)
    assert "<path" not in tv.hear()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"open": False}, "The bar is closed"), ({"paused": True}, "We are catching up")],
    ids=["closed", "paused"],
)
def test_closing_and_pausing_replace_the_code_by_words_and_back(tv, store, change, words):
    services.set_status(store, **change)
    html = tv.hear()
    assert words in html and "code__qr" not in html
    services.set_status(store, open=True, paused=False)
    assert "code__qr" in tv.hear()


def test_the_last_place_taken_replaces_the_code_and_a_place_freed_brings_it_back(tv, store, alice, bob):
    store.capacity = 1
    store.save()
    tv.hear()
    order = queued(alice, store)
    assert "The queue is full" in tv.hear()
    commands.complete(order, by=bob)
    html = tv.hear()
    assert "code__qr" in html and appended(html) == {"ready": ["1"]}


def test_the_last_drink_of_a_code_hides_it(tv, store, alice):
    Code.objects.filter(pk=qr_codes.current_code(store).pk).update(used=9)
    qr_codes.take_hold(qr_codes.current_code(store), user=alice)
    html = tv.hear()
    assert "The next code comes in" in html and "code__qr" not in html


def test_a_drink_sold_out_sends_neither_code_nor_lists(tv, store):
    services.set_available(store, "Espresso", False)
    assert [name for name, _ in swaps(tv.hear())] == ["store-name", "left"]


def test_a_drink_that_is_called_something_else_sends_the_lists(tv, store, alice):
    queued(alice, store)
    tv.hear()
    espresso = store.drinks.get(name="Espresso")
    espresso.labels = {"en": "Caffè corto"}
    espresso.save()
    html = tv.hear()
    assert "Caffè corto" in html and ("preparing", "true") in swaps(html)


def test_a_store_that_is_called_something_else_says_so(tv, store):
    store.name = "Bar <at> the stairs"
    store.save()
    assert "Bar &lt;at&gt; the stairs" in tv.hear()


def test_each_language_gets_its_own_code_once(tv, store):
    qr_codes.new_code_now(store)
    assert "<path" in tv.hear()
    with translation.override("pt-br"):
        assert "<path" in tv.hear()
        assert "<path" not in tv.hear()


# -- sizes and cost -------------------------------------------------------------------------------------


def test_a_change_of_one_order_is_at_most_2_kib(tv, store, alice, bob):
    order = making(alice, store, bob, drink="Cappuccino", modifiers=["Oat"])
    assert len(tv.hear().encode()) <= 2 * KIB
    commands.complete(order, by=bob)
    assert len(tv.hear().encode()) <= 2 * KIB


def test_the_code_itself_is_at_most_6_kib(tv, store):
    qr_codes.new_code_now(store)
    assert len(tv.hear().encode()) <= 6 * KIB


def test_a_deltas_queries_do_not_grow_with_the_wall(tv, store, alice, bob, django_assert_num_queries):
    for _ in range(10):
        workflow.run(workflow.QUEUE, commands.walk_up(store, by=bob, drink="Espresso", modifiers=[]).pk)
    tv.hear()
    queued(alice, store)
    news = tv.news()
    # store, drinks, places taken and offered, code, what lies on the bar, the orders of the events
    with django_assert_num_queries(5):
        tv.topic.delta("ABC", news)


# -- versions -------------------------------------------------------------------------------------------


def test_the_version_changes_with_the_code_and_with_what_is_left_of_it(tv, store, alice):
    seen = [tv.topic.versions({"ABC"})["ABC"]]
    hold = qr_codes.take_hold(qr_codes.current_code(store), user=alice)
    seen.append(tv.topic.versions({"ABC"})["ABC"])
    qr_codes.new_code_now(store)
    seen.append(tv.topic.versions({"ABC"})["ABC"])
    assert len(set(seen)) == 3
    qr_codes.give_back(hold.pk)
    assert tv.topic.versions({"ABC"})["ABC"] == seen[-1], "it went back to a code that is not on the wall"


def test_a_closed_store_makes_no_codes(tv, store):
    services.set_status(store, open=False)
    clock.advance(600)
    count = Code.objects.count()
    assert tv.topic.versions({"ABC"}) == {"ABC": 0}
    assert Code.objects.count() == count


def test_the_versions_of_many_walls_cost_two_queries(tv, store, django_assert_num_queries):
    slugs = {"ABC", *(make_store(f"S{n}").slug for n in range(4))}
    tv.topic.versions(slugs)
    with django_assert_num_queries(2):
        assert tv.topic.versions(slugs).keys() == slugs
