"""Connections as browsers and strangers use them: how much is taken in, and how long anything may take.

Twisted reads a request whole before anybody is asked about it, however long it is and however slowly it
comes, and keeps an answer until it is read, however late. Here a body ends at what Django takes
(`DATA_UPLOAD_MAX_MEMORY_SIZE`), a request has to arrive, and an answer has to be taken.
"""

import time
from http import HTTPStatus
from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.internet import tcp
from twisted.internet.error import ConnectionAborted
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from .connections import ARRIVING, IDLE, NEW, SILENT, SOCKET, crowd

ARRIVE_S = 20
"""A request may take so long from its first byte to its last, and longer for what has arrived of it:"""
SLOWEST = 8 * 1024
"""bytes a second of a body. A phone on a bad network (400 kbit/s) sends six times as many."""
SOON_S = 2
"""Whoever connects says something sooner, also where the bar is slow to listen."""
LONG_S = 5
"""An ordinary request is here sooner. Where connections run out, one that is not gives way."""
IDLE_S = 60
"""A connection may be silent for so long, before a request or between two; or leave an answer unread."""
CLOSE_S = 15
"""What is still not read of an answer so long after that is thrown away."""
LINGER_S = 5
"""Who was refused while sending may go on for so long, into the void. Were the connection closed at once, his
system would throw away the answer that he has not read yet."""

_LATE = b"This took too long to arrive. Nothing was changed. Please try again."


class BodyTooLarge(Exception):
    """More of a body came than anybody here takes; how long it was until then, in bytes."""


class Request(WebRequest):
    """A request of which Twisted reads no form: Django reads them too, and answers in our words those that it
    cannot read."""

    content: Any

    def __init__(self, channel, queued=0):
        super().__init__(channel, queued, parsePOSTFormSubmission=False)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  (Twisted's own names, here and below)
        """A part of the body. Raises TooMuch when that makes it too long."""
        length = self.content.tell() + len(data)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge(length)
        super().handleContentChunk(data)

    def empty(self, length: int) -> None:
        """Forget the body, but not how long it was: that is what the request is refused for."""
        if self.content is not None:
            self.content.close()
        self.content = BytesIO()
        self.requestHeaders.removeHeader(b"Transfer-Encoding")
        self.requestHeaders.removeHeader(b"Expect")
        self.requestHeaders.setRawHeaders(b"Content-Length", [b"%d" % length])
        self.responseHeaders.setRawHeaders(b"Connection", [b"close"])


class Channel(HTTPChannel):
    """One connection and the requests that come over it, one after the other.

    A request whose body is too long is handed on at once, without it; RefusalMiddleware and the API say why.
    """

    transport: Any
    _networkProducer: Any  # noqa: N815
    _void = False  # what still comes is thrown away
    _arriving: Any = None  # the clock of a request of which a part is here
    _began, _received = 0.0, 0
    _held = b""  # requests that came before the answers to earlier ones were read

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Whatever comes. What is not a whole request yet starts the clock."""
        if self._void:
            return
        self._received += len(data)
        super().dataReceived(data)
        if self._arriving is None and self._unfinished():
            self._began = self.factory.reactor.seconds()
            self._arriving = self.callLater(ARRIVE_S, self._arrived)

    def allHeadersReceived(self) -> None:  # noqa: N802
        """The body comes next, unless it is too long: then nobody waits for it, or asks for it (Expect)."""
        if self.length and self.length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.requests[-1].empty(self.length)
            self.length, self._void = 0, True
        super().allHeadersReceived()
        if self._void:
            self.persistent = False

    def rawDataReceived(self, data: bytes) -> None:  # noqa: N802
        """A part of a body, or of the next request."""
        if self._void:
            return
        try:
            super().rawDataReceived(data)
        except BodyTooLarge as much:  # in chunks, which do not say beforehand how many there will be
            self.requests[-1].empty(much.args[0])
            self._void, self.persistent = True, False
            self.allContentReceived()

    def allContentReceived(self) -> None:  # noqa: N802
        """It is answered now, for which there are other clocks."""
        self._stop()
        super().allContentReceived()

    def requestDone(self, request) -> None:  # noqa: N802
        """It is answered. While the answer waits to be read, the next request waits too: else one packet of
        requests would fill the memory with answers."""
        if self._waitingForTransport and self.persistent:
            self._held, self._dataBuffer = b"".join(self._dataBuffer), []
            self._networkProducer.pauseProducing()
        super().requestDone(request)

    def resumeProducing(self) -> None:  # noqa: N802
        """The answers so far were read."""
        super().resumeProducing()
        if self._held and not self._handlingRequest:
            held, self._held = self._held, b""
            self.dataReceived(held)

    def loseConnection(self) -> None:  # noqa: N802
        """Close, when the answer has been read or nobody will read it any more."""
        patience = IDLE_S + CLOSE_S
        if self._void:
            self._networkProducer.unregisterProducer()
            self.transport.loseWriteConnection()
            patience = LINGER_S
        else:
            super().loseConnection()
        if self._abortingCall is None:
            self._abortingCall = self.callLater(patience, self.forceAbortClient)

    def connectionLost(self, reason=connectionDone) -> None:  # noqa: N802
        """It is closed, by whomever."""
        self._stop()
        super().connectionLost(reason)

    def gives_way(self) -> int | None:
        """How soon this connection does, where they run out; None while it is answered, or just arrives."""
        if self._handlingRequest:
            return None
        if self._arriving is None:
            return IDLE
        return ARRIVING if self.factory.reactor.seconds() - self._began > LONG_S else None

    def _unfinished(self) -> bool:
        over = self._handlingRequest or self._void or self.transport.disconnecting
        return not over and bool(self.requests or self._buffer)

    def _stop(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
        self._arriving, self._received = None, 0

    def _arrived(self) -> None:
        """Time is up, unless enough came meanwhile. Who was late hears so; nothing was carried out."""
        self._arriving = None
        left = ARRIVE_S + self._received / SLOWEST - (self.factory.reactor.seconds() - self._began)
        if left > 0:
            self._arriving = self.callLater(left, self._arrived)
            return
        status = HTTPStatus.REQUEST_TIMEOUT
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        head += f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(_LATE)}\r\n\r\n"
        self.transport.write(head.encode() + _LATE)
        self._void = True
        self.setTimeout(None)
        self.loseConnection()


class Transport(tcp.Server):
    """A connection that sends at once what the system takes, and waits only with the rest.

    Twisted waits a turn of the event loop with everything, for which it asks the system to be told, and then
    not to be told any more: much of the work when thousands of phones hear the same thing.
    """

    heard = 0.0  # when something last came

    def __init__(self, *args):
        super().__init__(*args)
        self.since = time.monotonic()
        crowd.come(self)

    def place(self) -> tuple[int, float] | None:
        """Who gives way first where connections run out: the lowest. None for who stays."""
        if not self.heard:
            return SILENT if time.monotonic() - self.since > SOON_S else NEW, self.since
        kind = self.protocol.gives_way() if isinstance(self.protocol, Channel) else SOCKET
        return None if kind is None else (kind, self.heard)

    def cut(self) -> None:
        """Close it at once, so that its file is free for whoever comes next."""
        self.connectionLost(Failure(ConnectionAborted()))

    def doRead(self):  # noqa: N802
        """Something came, or the end."""
        self.heard = time.monotonic()
        return super().doRead()

    def connectionLost(self, reason) -> None:  # noqa: N802
        """It is closed, by whomever."""
        crowd.go(self)
        super().connectionLost(reason)

    @property
    def waiting(self) -> bool:
        """Whether something that was written before could not be sent yet."""
        return bool(self.dataBuffer or self._tempDataBuffer)

    def write(self, data: bytes) -> None:
        """Send it, or keep it until it can be sent: behind what waits already."""
        waits = self.waiting or self.disconnecting
        if not waits and self.connected and not self._writeDisconnected:
            sent = self.writeSomeData(data)
            if isinstance(sent, int):  # else it is lost: what is kept meets that again, where it is seen to
                data = data[sent:]
        super().write(data)


class Factory(HTTPFactory):
    """Makes a Channel of each connection."""

    protocol = Channel

    def log(self, request) -> None:
        """Nothing: RequestMiddleware says how each was answered, where somebody can read it."""

    def buildProtocol(self, addr):  # noqa: N802
        """With our limits, where there is room."""
        if not crowd.make_room(time.monotonic()):
            return None
        channel = super().buildProtocol(addr)
        channel.requestFactory = Request
        channel.timeOut, channel.abortTimeout = IDLE_S, CLOSE_S
        return channel
