"""Whether sockets may still listen: rights end while a socket is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .revoked_sessions import revoked

if TYPE_CHECKING:
    from .hub import Hub, Socket
    from .subscriptions import TopicSubscription


async def recheck(hub: Hub, user: int | None = None, session: str | None = None) -> None:
    """Ask again whether sockets may listen (all, or one user's); expel those of an ended session."""
    places = [(room, socket) for room in list(hub.rooms.values()) for socket in list(room.sockets)]
    if session is not None:
        gone = {socket for _room, socket in places if socket.session == session}
    else:
        places = [(room, socket) for room, socket in places if user in (None, socket.user_id)]
        gone = await _signed_out(hub, [socket for _room, socket in places])
    for socket in gone:
        socket.expel()
    for room, socket in places:
        if session is None and socket not in gone:
            await _ask(hub, room, socket)


async def _signed_out(hub: Hub, sockets: list[Socket]) -> set[Socket]:
    """Those whose sign-in ended or ran out, noticed or not."""
    asked = {(each.session, each.user_id) for each in sockets if each.session and each.user_id}
    gone = await hub.run(revoked, asked) if asked else set()
    return {each for each in sockets if (each.session, each.user_id) in gone}


async def _ask(hub: Hub, room: TopicSubscription, socket: Socket) -> None:
    if not await hub.run(room.topic.allowed, socket.user_id, room.key):
        socket.expel()
