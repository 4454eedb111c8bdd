"""What goes over a socket: a text whose bytes are made once, for however many screens."""

import struct
from functools import cached_property

WRITE = "serverlesspresso.write"
"""The ASGI extension with which our web server writes a `Message` at once (`server/websockets.py`):
a function that returns whether it was written."""


class Message(str):
    """A text, and its bytes as they go over the wire."""

    @cached_property
    def frame(self) -> bytes:
        """One unmasked WebSocket frame (RFC 6455, 5.2)."""
        text = self.encode()
        length = len(text)
        if length < 126:
            head = struct.pack("!BB", 0x81, length)
        elif length < 65_536:
            head = struct.pack("!BBH", 0x81, 126, length)
        else:
            head = struct.pack("!BBQ", 0x81, 127, length)
        return head + text
