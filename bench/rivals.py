"""Servers to compare the screens with: Socket.IO, bare websockets, and a Django page that is polled.

The first two tell all their sockets something when one of them says "go"; no rules, no database, one process.
"""

import asyncio
import os
import socket
import sys

FRAME = "<section>" + "The bar is open. Scan the code on the screen. " * 12 + "</section>"
"""About as long as the bar's own."""


def serve_socketio(listener: socket.socket) -> None:
    """Socket.IO over uvicorn, WebSocket transport."""
    import socketio
    import uvicorn

    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")

    @server.event
    async def go(_sid, number):
        await server.emit("status", f"{number} {FRAME}")

    config = uvicorn.Config(
        socketio.ASGIApp(server), loop="uvloop", log_level="error", ws_per_message_deflate=False
    )
    uvicorn.Server(config).run(sockets=[listener])


def serve_websockets(listener: socket.socket) -> None:
    """The websockets package and its broadcast."""
    import uvloop
    from websockets.asyncio.server import broadcast, serve

    everybody: set = set()

    async def handle(connection) -> None:
        everybody.add(connection)
        try:
            async for number in connection:
                broadcast(everybody, f"{number} {FRAME}")
        finally:
            everybody.discard(connection)

    async def run() -> None:
        async with serve(handle, sock=listener, compression=None):
            await asyncio.get_running_loop().create_future()

    uvloop.run(run())


def serve_naive(listener: socket.socket) -> None:
    """A page of Django's that asks the database each time; Daphne, as the bar has it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.naive"
    from daphne.server import Server

    from bench.naive import application

    Server(application=application, endpoints=[f"fd:fileno={listener.fileno()}"], verbosity=0).run()


if __name__ == "__main__":
    given = socket.socket(fileno=int(sys.argv[2]))
    given.setblocking(False)  # noqa: FBT003  (the socket's own signature)
    {"socketio": serve_socketio, "websockets": serve_websockets, "naive": serve_naive}[sys.argv[1]](given)
