"""The tablets' sockets."""

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from baristas.routing import websocket_urlpatterns
from conftest import making, queued
from orders import commands
from serverlesspresso.events.live.hub import hub

pytestmark = pytest.mark.django_db(transaction=True)


class Tablet(WebsocketCommunicator):
    """A tablet that somebody is signed in on."""

    def __init__(self, user, store="ABC", language="en"):
        super().__init__(URLRouter(websocket_urlpatterns), f"/ws/barista/{store}/?lang={language}")
        self.scope["user"] = user


@pytest.fixture
async def stop_hub():
    yield
    await hub().stop()


async def test_two_tablets_see_a_claim(store, alice, bob, dana, stop_hub):
    order = await sync_to_async(queued)(alice, store)
    tablets = [Tablet(bob), Tablet(dana)]
    for tablet in tablets:
        assert (await tablet.connect())[0]
        assert f'id="o-{order.pk}"' in await tablet.receive_from()

    await sync_to_async(commands.claim)(order, by=bob)

    frames = [await tablet.receive_from(timeout=3) for tablet in tablets]
    assert frames[0] == frames[1]
    assert f'beforeend:#col-making"><li id="o-{order.pk}"' in frames[0]
    for tablet in tablets:
        await tablet.disconnect()


async def test_each_tablet_hears_its_own_language(store, alice, bob, dana, stop_hub):
    order = await sync_to_async(queued)(alice, store, "Cappuccino", ["Oat"])
    tablets = [Tablet(bob), Tablet(dana, language="pt-br")]
    for tablet in tablets:
        await tablet.connect()
        await tablet.receive_from()

    await sync_to_async(commands.claim)(order, by=bob)

    english, portuguese = [await tablet.receive_from(timeout=3) for tablet in tablets]
    assert (">Oat<" in english, ">Aveia<" in portuguese) == (True, True)
    for tablet in tablets:
        await tablet.disconnect()


@pytest.mark.parametrize("who", ["alice", "screen"])
async def test_who_is_not_staff_hears_nothing(request, store, alice, screen, stop_hub, who):
    tablet = Tablet(request.getfixturevalue(who))
    await tablet.connect()
    assert (await tablet.receive_output())["code"] == 4403


async def test_a_barista_who_is_let_go_is_expelled_at_the_next_check(store, alice, bob, dana, stop_hub):
    tablet, other = Tablet(bob), Tablet(dana)
    for each in (tablet, other):
        await each.connect()
        await each.receive_from()
    await sync_to_async(bob.memberships.all().delete)()

    await hub().recheck()

    assert (await tablet.receive_output(timeout=3))["code"] == 4403
    await sync_to_async(making)(alice, store, dana)
    assert 'id="n-live"' in await other.receive_from(timeout=3)
    await other.disconnect()
