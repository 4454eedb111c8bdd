"""Daphne with this project's limits, on a socket that is listening already."""

import logging
import os
import signal
import socket
import sys
from http import HTTPStatus
from typing import NoReturn

from . import connections


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


def serve(fd: int, *, signals: bool = True) -> None:
    """Answer requests and sockets until SIGTERM or SIGINT."""
    from daphne import server  # it must choose the event loop before anything else does
    from twisted.internet.tcp import Port

    from serverlesspresso.asgi import application
    from serverlesspresso.events.live.messages import WRITE

    from . import garbage, http_limits, websockets

    class Server(server.Server):
        def create_application(self, protocol, scope):
            if scope["type"] == "websocket":
                scope["extensions"] = {WRITE: protocol.write}
            return super().create_application(protocol, scope)

    connections.crowd.fit(connections.raise_limit())
    server.HTTPFactory, server.WebSocketFactory = http_limits.Factory, websockets.Factory
    Port.transport = http_limits.Transport
    _teach_statuses()
    garbage.collect_when_quiet(server.reactor.callLater)
    if signals:  # a shell's background job starts with SIGINT ignored, and Twisted would leave it so
        signal.signal(signal.SIGINT, signal.default_int_handler)
    Server(
        application=application,
        endpoints=[f"fd:fileno={fd}"],
        signal_handlers=signals,
        http_timeout=30,
        websocket_timeout=12 * 3600,
        websocket_connect_timeout=10,
        websocket_max_message_size=1024 * 1024,  # sent ones too: a full bar's snapshot is 50 KiB
        websocket_max_frame_size=1024 * 1024,
        ping_interval=20,
        ping_timeout=30,
        application_close_timeout=5,
        verbosity=0,
        server_name="",
    ).run()


def _teach_statuses() -> None:
    """Teach Twisted the names of the younger statuses, such as 422."""
    from twisted.web.http import RESPONSES

    for status in HTTPStatus:
        RESPONSES.setdefault(status.value, status.phrase.encode())


def leave() -> NoReturn:
    """End this process now, with success.

    Not by returning: CPython 3.11 sometimes crashes while it takes down the event loop of a server that
    closed sockets, and whoever watches the process would read that as a failure.
    """
    from serverlesspresso.events import after_commit

    after_commit.flush()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
    leave()
