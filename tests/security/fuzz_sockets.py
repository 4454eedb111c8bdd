"""Whatever is said over a socket, by whomever: nothing comes of it, and nobody hears what is not theirs."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as effort
from hypothesis import strategies as st

from serverlesspresso.asgi import application
from serverlesspresso.events.live.consumers import NOT_YOURS, PATIENCE, SIGN_IN, TOO_MUCH
from serverlesspresso.events.live.hub import hub

from .permissions import Ask, expected, url
from .scene import KINDS, Scene

ORIGIN = [(b"origin", b"http://localhost:8000"), (b"host", b"localhost:8000")]
SENT = [
    '{"subscribe": "store.2.barista"}',
    '{"type": "expel", "user": 1}',
    '{"HEADERS": {"HX-Request": "true"}, "act": "make"}',
    "hints",
    "*",
    "[" * 10_000,
    "a\nb\0c",
]
"""What somebody would try: naming topics, groups, commands."""
FRAMES = st.one_of(st.text(min_size=1), st.binary(min_size=1), st.sampled_from(SENT))
SOCKETS = {ask: cells for ask, cells in expected().items() if ask.method == "WS"}
OPEN, REFUSED = 101, 403
"""What a handshake is answered; else the code that the socket is closed with."""
_PATIENCE_S = 30


def examples(strategy, most: int = 60, number: int = 1) -> list:
    """Some values of a strategy, drawn outside of any event loop."""
    drawn: list = []

    @seed(number)
    @effort(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value):
        drawn.append(value)

    draw()
    return drawn


@dataclass
class SocketReport:
    """How handshakes and sockets ended, how many messages were sent, and what should not have been."""

    answers: Counter[int] = field(default_factory=Counter)
    messages: int = 0
    wrong: list[str] = field(default_factory=list)


async def talk(scene: Scene, most: int, number: int = 1) -> SocketReport:
    """Open so many sockets, at right and odd addresses, as everybody, and say things (a committed scene)."""
    report = SocketReport()
    words = st.lists(FRAMES, max_size=PATIENCE + 5)
    odd = st.one_of(st.none(), st.none(), st.text(min_size=1, max_size=60))
    drawn = await sync_to_async(examples)(
        st.tuples(st.sampled_from(list(SOCKETS)), odd, st.sampled_from(KINDS), words), most, number
    )
    for ask, text, kind, frames in drawn:
        said = f"{ask} ({text!r}) as {kind} with {frames!r}"[:300]
        try:
            await _one(report, scene, ask, text, kind, frames, said)
        except Exception as error:
            report.wrong.append(f"{type(error).__name__} {error}: {said}")
    await hub().stop()
    return report


async def _one(report, scene: Scene, ask: Ask, text: str | None, kind: str, frames: list, said: str) -> None:
    key = scene.cookies[kind]
    cookie = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())] if key else []
    if text is None:
        path = await sync_to_async(url)(ask, scene)
    else:
        path = ask.address.partition("<")[0] + quote(text, safe="/") + "/"
    socket = WebsocketCommunicator(application, path, headers=[*ORIGIN, *cookie])
    connected, _ = await socket.connect(timeout=_PATIENCE_S)
    answer = await _became(socket) if connected else REFUSED
    if answer == OPEN:
        for frame in frames:
            await socket.send_to(**{"text_data" if isinstance(frame, str) else "bytes_data": frame})
        report.messages += len(frames)
        if len(frames) > PATIENCE and (closed := await _closed(socket)) != TOO_MUCH:
            report.wrong.append(f"closed with {closed}: {said}")
    report.answers[answer] += 1
    wanted = SOCKETS[ask][KINDS.index(kind)]
    heard = "open" if answer == OPEN else str(answer)
    if text is None and heard != wanted:
        report.wrong.append(f"{heard} instead of {wanted}: {said}")
    if text is not None and answer not in (REFUSED, SIGN_IN, NOT_YOURS):
        report.wrong.append(f"{heard} at {path}: {said}")
    await socket.disconnect(timeout=_PATIENCE_S)


async def _became(socket: WebsocketCommunicator) -> int:
    while True:
        said = await socket.receive_output(timeout=_PATIENCE_S)
        if said["type"] == "websocket.close":
            return said["code"]
        if "hx-swap-oob" in said["text"]:
            return OPEN


async def _closed(socket: WebsocketCommunicator) -> int:
    while True:
        said = await socket.receive_output(timeout=_PATIENCE_S)
        if said["type"] == "websocket.close":
            return said["code"]


def talk_and_wait(scene: Scene, most: int, number: int = 1) -> SocketReport:
    """The same from where no event loop runs."""
    return asyncio.run(talk(scene, most, number))
