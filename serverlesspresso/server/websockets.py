"""Sockets that many hear the same over: what is ready is written at once, and pings are spread."""

import random

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from serverlesspresso.events.live.messages import Message

from .garbage import garbage


class Protocol(WebSocketProtocol):
    """One socket."""

    def onConnect(self, request):  # noqa: N802  (Twisted's own names, here and below)
        """It wants to be opened."""
        garbage.came += 1
        answer = super().onConnect(request)
        # A thousand phones that came at once must not all be pinged in the same turn of the event loop.
        self.last_ping -= random.uniform(0, self.server.ping_interval)  # noqa: S311
        return answer

    def onClose(self, wasClean, code, reason):  # noqa: N802, N803
        """It is closed, by whomever."""
        garbage.gone += 1
        super().onClose(wasClean, code, reason)

    def write(self, message: Message) -> bool:
        """Send a message now. False, and nothing is sent, while earlier messages wait to be read, or when the
        client is gone."""
        if self.state != self.STATE_OPEN or self.transport.waiting:
            return False
        self.transport.write(message.frame)
        return True


class Factory(WebSocketFactory):
    """Makes a Protocol of each."""

    protocol = Protocol
