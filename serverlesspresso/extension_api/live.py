"""Live screens: what one shows (`Topic`, `Frame`), and the socket that it listens on (`LiveConsumer`)."""

from serverlesspresso.events.live.consumers import LiveConsumer
from serverlesspresso.events.live.topics import Frame, Topic, register

__all__ = ["Frame", "LiveConsumer", "Topic", "register"]
