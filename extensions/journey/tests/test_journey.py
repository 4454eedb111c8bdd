"""The journey: what an order went through, as a picture and as a list, for whoever may see the order."""

import itertools

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.urls import reverse

from conftest import choosing, make_store, make_user, queued, ready
from extensions.journey import diagram, subscribers, timeline, topics
from extensions.journey.models import Step
from extensions.journey.subscribers import note
from orders import commands, public, workflow
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Role
from serverlesspresso.asgi import application
from serverlesspresso.events.delivery.subscribers import interested
from serverlesspresso.events.live.hub import hub
from serverlesspresso.events.models import Event
from serverlesspresso.events.tests import bus

S = public.Status


def address(order) -> str:
    return reverse("journey:journey", args=[order.pk])


def told(order) -> timeline.Timeline:
    bus.deliver()
    return timeline.timeline_of(timeline.steps_of(order.pk))


# -- the story -------------------------------------------------------------------------------------


def test_every_event_of_an_order_becomes_a_step_once(store, alice, bob):
    order = ready(alice, store, bob)
    bus.deliver()
    bus.deliver()
    note(list(Event.objects.filter(store=store.slug)))  # a replay
    expected = list(Event.objects.filter(order=order.pk).order_by("sequence").values_list("type", flat=True))
    assert [step.type for step in timeline.steps_of(order.pk)] == expected
    assert len(expected) == 5


def test_the_way_to_a_collected_drink(store, alice, bob):
    order = commands.collect(ready(alice, store, bob), by=alice)
    workflow.settle(order.pk)
    tale = told(order)
    way = [S.VALIDATING, S.CHOOSING, S.SUBMITTED, S.QUEUED, S.MAKING, S.READY, S.COLLECTED]
    assert list(tale.visits) == way
    assert tale.moves == set(itertools.pairwise(way))
    assert tale.total is not None
    assert [m.type for m in tale.moments][-1] == "OrderProcessor.OrderFinished"


def test_a_recalled_drink_was_being_made_twice(store, alice, bob):
    order = commands.complete(commands.recall(ready(alice, store, bob), by=bob), by=bob)
    tale = told(order)
    assert len(tale.visits[S.MAKING]) == len(tale.visits[S.READY]) == 2
    assert (S.READY, S.MAKING) in tale.moves
    assert tale.total is None


def test_a_walk_up_begins_with_its_drink_chosen(store, bob):
    order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    assert list(told(order).visits) == [S.SUBMITTED]


# -- the picture -----------------------------------------------------------------------------------


def test_the_picture_has_every_status_and_every_move_of_the_state_table():
    assert {node.status for node in diagram.nodes(timeline.Timeline(), S.VALIDATING)} == set(S)
    moves = {(source, edge.target) for edge in public.EDGES.values() for source in edge.sources}
    assert len(diagram.arrows(timeline.Timeline())) == len(moves)


def test_nothing_in_the_picture_overlaps_or_leaves_it():
    boxes = diagram.nodes(timeline.Timeline(), S.VALIDATING)
    for one in boxes:
        assert one.left >= 0 and one.left + one.width <= diagram.WIDTH
        assert one.top >= 0 and one.top + one.height <= diagram.HEIGHT
        for other in boxes:
            apart = one.left + one.width <= other.left or one.top + one.height <= other.top
            assert one is other or apart or other.left + other.width <= one.left or other.top < one.top


def test_only_the_path_taken_is_drawn_as_taken(store, alice):
    order = queued(alice, store)
    assert sum(arrow.taken for arrow in diagram.arrows(told(order))) == 3


# -- the page --------------------------------------------------------------------------------------


def test_the_owner_reads_it_without_the_logs_details(client, store, alice, bob):
    order = ready(alice, store, bob)
    bus.deliver()
    client.force_login(alice)
    page = client.get(address(order)).content.decode()
    assert "Ready to be picked up" in page
    assert "node--now" in page
    assert "OrderManager.OrderCompleted" not in page


def test_staff_read_it_with_the_logs_details(client, store, alice, bob):
    order = ready(alice, store, bob)
    bus.deliver()
    client.force_login(bob)
    assert "OrderManager.OrderCompleted" in client.get(address(order)).content.decode()


def test_staff_see_which_chain_of_celery_moved_the_order_on(client, store, alice, bob):
    order = commands.cancel(queued(alice, store), by=bob)
    workflow.settle(order.pk)
    bus.deliver()
    chains = (
        "open: check_store_open → check_capacity → await_customer",
        "queue: assign_number → await_barista",
        "close: settle",
    )
    for who, shown in ((bob, 1), (alice, 0)):
        client.force_login(who)
        page = client.get(address(order)).content.decode()
        assert [page.count(chain) for chain in chains] == [shown] * 3


def test_somebody_elses_journey_looks_like_none(client, store, alice, charlie):
    order = choosing(alice, store)
    nothing = client.get(reverse("journey:journey", args=["nothing"]))
    client.force_login(charlie)
    for key in (order.pk, "nothing", "%00"):
        assert client.get(f"/orders/{key}/journey/").status_code == nothing.status_code == 404


def test_an_orders_page_leads_to_its_journey(client, store, alice):
    order = choosing(alice, store)
    client.force_login(alice)
    assert address(order) in client.get(f"/orders/{order.pk}/").content.decode()


def test_only_who_looks_at_the_journey_is_told_of_its_steps(store, alice, monkeypatch):
    told = []
    monkeypatch.setattr(subscribers, "notify_screens", lambda *about: told.append(about))
    order = choosing(alice, store)
    bus.serve("journey")
    assert set(told) == {(store.slug, topics.screen(order.pk))}
    assert topics.JOURNEY.store(topics.screen(order.pk)) == store.slug


def test_without_its_subscriber_nothing_is_written_down(store, alice, bob, monkeypatch):
    assert "journey" in interested("OrderManager.MakeOrder")
    order = choosing(alice, store)
    assert not Step.objects.exists()
    bus.deliver()
    assert Step.objects.filter(order=order.pk).count() == 2


# -- live ------------------------------------------------------------------------------------------


def test_only_owner_and_staff_may_listen_and_only_staff_to_all_of_it(store, alice, bob, charlie):
    order = choosing(alice, store)
    elsewhere = make_user("Eve", make_store("XYZ"), Role.MANAGER)
    allowed = {
        t.name: [t.allowed(u, order.pk) for u in (alice.pk, bob.pk, charlie.pk, elsewhere.pk, None)]
        for t in (topics.JOURNEY, topics.STAFF)
    }
    assert allowed["journey"] == [True, True, False, False, False]
    assert allowed["journey-staff"] == [False, True, False, False, False]


@pytest.mark.django_db(transaction=True)
async def test_the_picture_follows_the_order(store, alice, bob):
    order = await sync_to_async(queued)(alice, store)
    client = Client()
    await sync_to_async(client.force_login)(alice)
    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver"), (b"cookie", cookie)]
    socket = WebsocketCommunicator(application, f"/ws/orders/{order.pk}/journey/?lang=en", headers=headers)
    assert (await socket.connect())[0]
    await socket.receive_from(timeout=3)
    await sync_to_async(commands.claim)(order, by=bob)
    await sync_to_async(bus.deliver)()
    frames = [await socket.receive_from(timeout=3)]
    while "A barista started making it" not in frames[-1]:
        frames.append(await socket.receive_from(timeout=3))
    assert 'data-status="making"' in frames[-1]
    await socket.disconnect()
    await hub().stop()


def test_the_owners_view_says_nothing_of_who_made_it(store, alice, bob):
    order = ready(alice, store, bob)
    view = public.seen(order.pk, Person(alice))
    bus.deliver()
    assert all(not timeline.facts(view, moment) for moment in told(order).moments)
