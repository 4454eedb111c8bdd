"""The wall's socket: who gets in, what it hears, and how it goes dark."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from conftest import queued
from display import qr_codes
from orders import commands
from serverlesspresso.asgi import application
from serverlesspresso.events import after_commit
from serverlesspresso.events.live.hub import hub

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = [(b"origin", b"http://testserver"), (b"host", b"testserver")]


@pytest.fixture(autouse=True)
async def end_of_the_hub():
    yield
    await hub().stop()


def cookie(user) -> tuple[bytes, bytes]:
    client = Client()
    client.force_login(user)
    return b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode()


async def listen(path, user=None) -> WebsocketCommunicator:
    headers = [*ORIGIN, await sync_to_async(cookie)(user)] if user else ORIGIN
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


async def test_a_screen_gets_the_whole_wall_and_then_what_changes(store, screen, alice, bob):
    socket = await listen("/ws/display/ABC/?lang=en", screen)
    assert "code__qr" in await socket.receive_from(timeout=3)
    order = await sync_to_async(queued)(alice, store)
    await until(socket, 'id="n1-1" data-place')
    await sync_to_async(commands.complete)(order, by=bob)
    frame = await until(socket, 'data-status="ready"')
    assert 'hx-swap-oob="beforeend:#ready"' in frame and '<i id="pulse"' in frame
    await socket.disconnect()


async def test_a_scan_shows_on_the_wall_though_the_log_does_not_record_it(store, screen):
    socket = await listen("/ws/display/ABC/?lang=en", screen)
    await until(socket, "<strong>10</strong>")
    code = await sync_to_async(qr_codes.current_code)(store)
    await sync_to_async(qr_codes.take_hold)(code, browser="phone")
    frame = await until(socket, "<strong>9</strong>")
    assert len(frame.encode()) <= 6 * 1024
    await sync_to_async(qr_codes.take_hold)(code, browser="other phone")
    assert len((await until(socket, "<strong>8</strong>")).encode()) <= 2 * 1024
    await socket.disconnect()


async def test_the_wall_speaks_the_language_of_its_address(store, screen):
    socket = await listen("/ws/display/ABC/?lang=pt-br", screen)
    assert "Bar ABC" in await socket.receive_from(timeout=3)
    assert ("board", "ABC", "pt-br") in hub().rooms
    await socket.disconnect()


async def test_nobody_signed_in_is_asked_to_sign_in(store):
    assert await closed_with(await listen("/ws/display/ABC/")) == 4401


@pytest.mark.parametrize("path", ["/ws/display/ABC/", "/ws/display/XYZ/"])
async def test_charlie_hears_nothing(store, charlie, path):
    assert await closed_with(await listen(path, charlie)) == 4403


async def test_a_revoked_screen_is_shut_out_at_once(store, screen):
    socket = await listen("/ws/display/ABC/", screen)
    await socket.receive_from(timeout=3)
    await sync_to_async(screen.memberships.all().delete)()
    await sync_to_async(after_commit.disconnect)(user=screen.pk)
    assert await closed_with(socket) == 4403
