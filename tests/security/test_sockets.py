"""Who may listen (the WS rows of permissions.md), for how long, and what a socket takes: nothing."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.models import Session

from orders.models import Order
from serverlesspresso.accounts import devices
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.asgi import application
from serverlesspresso.events.live.consumers import PATIENCE, TOO_MUCH
from serverlesspresso.events.live.hub import hub
from serverlesspresso.events.models import Event

from .fuzz import fingerprint
from .fuzz_sockets import FRAMES, OPEN, ORIGIN, REFUSED, SOCKETS, examples, talk
from .permissions import Ask, url
from .scene import KINDS, Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture(autouse=True)
async def end_of_the_hub():
    yield
    await hub().stop()


async def listen(ask: Ask, scene: Scene, kind: str) -> WebsocketCommunicator:
    cookie = f"{settings.SESSION_COOKIE_NAME}={scene.cookies[kind]}".encode()
    headers = [*ORIGIN, (b"cookie", cookie)] if scene.cookies[kind] else ORIGIN
    path = await sync_to_async(url)(ask, scene)
    socket = WebsocketCommunicator(application, path, headers=headers)
    connected, _ = await socket.connect()
    assert connected
    return socket


async def became(socket: WebsocketCommunicator) -> str:
    """The next thing it does but send hearts: "open" for a frame with something in it, or its close code."""
    for _ in range(10):
        said = await socket.receive_output(timeout=3)
        if said["type"] == "websocket.close":
            return str(said["code"])
        if "hx-swap-oob" in said["text"]:
            return "open"
    raise AssertionError("it neither spoke nor closed")


async def closed(socket: WebsocketCommunicator) -> int:
    for _ in range(10):
        said = await socket.receive_output(timeout=3)
        if said["type"] == "websocket.close":
            return said["code"]
    raise AssertionError("it stayed open")


@pytest.mark.parametrize("ask", SOCKETS, ids=str)
async def test_everybody_hears_what_the_table_says(scene, ask):
    for kind, wanted in zip(KINDS, SOCKETS[ask], strict=True):
        socket = await listen(ask, scene, kind)
        assert await became(socket) == wanted, kind
        await socket.disconnect()


BARISTA = Ask("WS", "/ws/barista/<store>/")
DISPLAY = Ask("WS", "/ws/display/<slug>/")


async def test_a_role_that_is_taken_away_closes_at_once(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"
    await sync_to_async(scene.people["barista"].memberships.all().delete)()
    assert await closed(socket) == 4403


async def test_a_role_that_becomes_less_closes_at_once(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"

    def demote():
        role = scene.people["barista"].memberships.get()
        role.role = Role.DISPLAY
        role.save()

    await sync_to_async(demote)()
    assert await closed(socket) == 4403


async def test_signing_out_closes_at_once_and_only_this_browser(scene):
    socket, other = await listen(BARISTA, scene, "barista"), await listen(BARISTA, scene, "manager")
    assert await became(socket) == await became(other) == "open"
    await sync_to_async(scene.client("barista").post)("/accounts/logout/")
    assert await closed(socket) == 4403
    assert await other.receive_nothing(timeout=0.3)
    await other.disconnect()


async def test_a_person_who_is_switched_off_is_closed_at_once(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"

    def switch_off():
        scene.people["barista"].is_active = False
        scene.people["barista"].save()

    await sync_to_async(switch_off)()
    assert await closed(socket) == 4403


async def test_a_screen_that_is_unpaired_goes_dark_at_once(scene):
    def pair() -> User:
        shown, secret = devices.begin(scene.store, Role.DISPLAY)
        devices.confirm(
            shown.code, by=scene.people["barista"], store=scene.store, name="Hall", role="display"
        )
        return devices.take(secret)

    screen = await sync_to_async(pair)()
    browser = scene.client("nobody")
    await sync_to_async(browser.force_login)(screen)
    scene.cookies["display"] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    socket = await listen(DISPLAY, scene, "display")
    assert await became(socket) == "open"
    await sync_to_async(devices.revoke)(screen.pk, by=scene.people["barista"], store=scene.store)
    assert await closed(socket) == 4403


async def test_a_new_password_closes_what_was_opened_with_the_old_one(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"

    def change():
        scene.people["barista"].set_password("another long password")
        scene.people["barista"].save()

    await sync_to_async(change)()
    assert await closed(socket) == 4403


async def test_a_session_that_is_gone_without_a_word_is_noticed_at_the_next_look(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"
    await Session.objects.filter(session_key=scene.cookies["barista"]).adelete()
    await hub().recheck()  # every 30 seconds, by itself
    assert await closed(socket) == 4403


async def test_whoever_has_a_good_session_stays_through_the_look(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"
    await hub().recheck()
    assert await socket.receive_nothing(timeout=0.3)
    await socket.disconnect()


async def test_nothing_that_is_sent_over_a_socket_does_anything(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"
    before = await Event.objects.acount()
    for frame in examples(FRAMES)[:PATIENCE]:
        await socket.send_to(**{"text_data" if isinstance(frame, str) else "bytes_data": frame})
    assert await socket.receive_nothing(timeout=0.3)
    assert await Event.objects.acount() == before
    assert (await Order.objects.aget()).status == "queued"
    await socket.disconnect()


async def test_whoever_keeps_talking_is_shown_out(scene):
    socket = await listen(BARISTA, scene, "barista")
    assert await became(socket) == "open"
    for _word in range(PATIENCE + 1):
        await socket.send_to(text_data="make me a coffee")
    assert await closed(socket) == TOO_MUCH


async def test_whoever_says_whatever_anywhere_changes_nothing_and_hears_what_is_theirs(scene):
    before = await sync_to_async(fingerprint)()
    report = await talk(scene, 60)
    assert report.wrong == []
    assert {OPEN, REFUSED, 4401, 4403} <= set(report.answers)
    assert report.messages > PATIENCE
    assert await sync_to_async(fingerprint)() == before
