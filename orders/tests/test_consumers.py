"""The ordering app's sockets: who gets in, and what they hear."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from config import services
from conftest import choosing, make_user, queued
from display import qr_codes
from orders import commands
from serverlesspresso.asgi import application
from serverlesspresso.events.live.hub import hub

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = [(b"origin", b"http://testserver"), (b"host", b"testserver")]


@pytest.fixture(autouse=True)
async def end_of_the_hub():
    yield
    await hub().stop()


def cookies(user) -> list[tuple[bytes, bytes]]:
    client = Client()
    client.force_login(user)
    return [(b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]


async def listen(path, user=None) -> WebsocketCommunicator:
    headers = [*ORIGIN, *(await sync_to_async(cookies)(user) if user else [])]
    socket = WebsocketCommunicator(application, path, headers=headers)
    connected, _ = await socket.connect()
    assert connected
    return socket


async def until(socket, text, frames=10) -> str:
    """The first frame that has the text in it."""
    for _ in range(frames):
        frame = await socket.receive_from(timeout=3)
        if text in frame:
            return frame
    raise AssertionError(f"nobody said {text!r}")


async def closed_with(socket) -> int:
    message = await socket.receive_output(timeout=3)
    assert message["type"] == "websocket.close"
    return message["code"]


async def test_the_owner_gets_a_snapshot_and_then_every_move(store, alice, bob):
    order = await sync_to_async(queued)(alice, store)
    socket = await listen(f"/ws/orders/{order.pk}/?lang=en", alice)
    first = await socket.receive_from(timeout=3)
    assert 'data-status="queued"' in first
    assert '<i id="pulse"' in first
    order = await sync_to_async(commands.claim)(order, by=bob)
    frame = await until(socket, "Bob is making it")
    assert len(frame.encode()) <= 2048
    await sync_to_async(commands.complete)(order, by=bob)
    await until(socket, "Ready for you")
    await socket.disconnect()


async def test_a_choice_in_one_tab_shows_in_the_other(store, alice):
    order = await sync_to_async(choosing)(alice, store)
    socket = await listen(f"/ws/orders/{order.pk}/", alice)
    await until(socket, 'name="drink"')
    await sync_to_async(commands.submit)(order, drink="Espresso", modifiers=[], by=alice)
    await until(socket, 'data-status="queued"')
    await socket.disconnect()


async def test_somebody_elses_order_is_closed_for_good(store, alice, charlie):
    order = await sync_to_async(queued)(alice, store)
    assert await closed_with(await listen(f"/ws/orders/{order.pk}/", charlie)) == 4403


async def test_without_a_sign_in_it_is_closed_too(store, alice):
    order = await sync_to_async(queued)(alice, store)
    assert await closed_with(await listen(f"/ws/orders/{order.pk}/")) == 4401


async def test_the_language_is_the_pages(store, alice):
    order = await sync_to_async(queued)(alice, store, drink="Cappuccino", modifiers=["Oat"])
    socket = await listen(f"/ws/orders/{order.pk}/?lang=pt-br", alice)
    await until(socket, "Aveia")
    await socket.disconnect()


async def test_who_waits_hears_how_the_queue_moves(store, alice, bob, charlie):
    ahead = await sync_to_async(queued)(charlie, store)
    order = await sync_to_async(queued)(alice, store)
    socket = await listen(f"/ws/orders/{order.pk}/", alice)
    await until(socket, "1 ahead of you")
    await sync_to_async(commands.claim)(ahead, by=bob)
    frame = await until(socket, "You’re next")
    assert 'id="order"' not in frame, "only the place goes over the wire"
    await socket.disconnect()


async def test_changing_the_drink_ends_when_a_barista_was_faster(store, alice, bob):
    order = await sync_to_async(queued)(alice, store)
    socket = await listen(f"/ws/orders/{order.pk}/swap/", alice)
    await until(socket, 'name="drink"')
    await sync_to_async(commands.claim)(order, by=bob)
    await until(socket, "Bob is making it")
    await socket.disconnect()


async def test_anybody_hears_a_store_pause_and_its_menu_change(store):
    socket = await listen("/ws/stores/ABC/")
    await until(socket, 'data-state="open"')
    await until(socket, "Espresso")
    await sync_to_async(services.set_status)(store, paused=True)
    await until(socket, 'data-state="paused"')
    await sync_to_async(services.set_available)(store, "Espresso", False)
    frame = await until(socket, "Sold out")
    assert 'id="store-status"' not in frame, "what did not change is not sent"
    await socket.disconnect()


async def test_scans_and_orders_that_change_nothing_are_not_told_to_every_phone(store, alice):
    socket = await listen("/ws/stores/ABC/")
    await until(socket, "Espresso")
    await sync_to_async(queued)(alice, store)
    assert await socket.receive_nothing(timeout=0.5)
    await socket.disconnect()


@pytest.mark.parametrize("path", ["/ws/stores/NONE/", "/ws/orders/x/", "/ws/orders/none/swap/"])
async def test_what_is_not_there_is_closed_for_good(store, alice, path):
    assert await closed_with(await listen(path, alice)) == 4403


async def test_a_socket_only_listens(store, alice):
    order = await sync_to_async(queued)(alice, store)
    socket = await listen(f"/ws/orders/{order.pk}/", alice)
    await until(socket, 'data-status="queued"')
    await socket.send_to('{"status": "ready"}')
    assert await socket.receive_nothing(timeout=0.3)
    await socket.disconnect()


async def test_a_scan_fills_the_store_live(store):
    store.capacity = 1
    await sync_to_async(store.save)()
    socket = await listen("/ws/stores/ABC/")
    await until(socket, 'data-state="open"')
    eve = await sync_to_async(make_user)("Eve")
    await sync_to_async(qr_codes.current_code)(store)
    await sync_to_async(choosing)(eve, store)
    await until(socket, 'data-state="full"')
    await socket.disconnect()


async def test_an_address_in_other_letters_hears_of_the_store(store):
    socket = await listen("/ws/stores/abc/")
    await until(socket, 'data-state="open"')
    await sync_to_async(services.set_status)(store, paused=True)
    await until(socket, 'data-state="paused"')
    await socket.disconnect()
