"""What goes to a terminal. A terminal obeys some characters: they move its cursor, change what stands there
already, set its title. In what others wrote they are shown instead."""

from django.core.mail.backends import console

_OBEYED = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Control characters, two that end lines, and those that turn the direction of what follows."""
_SHOWN = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _OBEYED}
_SHOWN |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_LINES = _SHOWN | {ord("\n"): "\n", ord("\t"): "\t"}


def one_line(text: str) -> str:
    """The text with all such characters shown: it stays on its line."""
    return text.translate(_SHOWN)


def lines(text: str) -> str:
    """The same for a text of several lines, which are kept."""
    return text.replace("\r\n", "\n").translate(_LINES)


class MailBackend(console.EmailBackend):
    """Prints mails, as Django's does, with whatever is in them shown."""

    def write_message(self, message) -> None:
        """Headers and body, then a line that ends it."""
        self.stream.write(lines(message.message().as_bytes().decode(errors="backslashreplace")))
        self.stream.write("\n" + "-" * 79 + "\n")
