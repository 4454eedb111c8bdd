"""Whatever others wrote, a terminal shows it and obeys none of it."""

import io
import json

import pytest
from django.core.mail import EmailMessage

from serverlesspresso.accounts.sms import backends
from serverlesspresso.core.env import Environment
from serverlesspresso.core.terminal import MailBackend, lines, one_line
from serverlesspresso.server.bootstrap import AppCommand

BAD = "\x1b[31mred\x1b]0;owned\x07\x9b\x7f\u2028\u202e\r"


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


def obeyed(text: str) -> set[str]:
    return {char for char in text if one_line(char) != char} - {"\n"}


def test_lines_stay_lines_and_one_line_stays_one():
    assert one_line("Ol\u00e1\r\n\tworld \u2615") == "Ol\u00e1\\r\\n\\tworld \u2615"
    assert lines("two\r\nlines\tand\rmore") == "two\nlines\tand\\rmore"


def test_a_text_message_that_is_printed_is_obeyed_by_nobody(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    backends.ConsoleBackend().send("+351912345678", f"123456 is your code. {BAD}")
    assert "123456 is your code. \\x1b[31mred" in out.getvalue()
    assert not obeyed(out.getvalue())


def test_a_mail_that_is_printed_is_obeyed_by_nobody():
    out = io.StringIO()
    mail = EmailMessage(
        f"Code {BAD}".replace("\r", ""), f"Hello {BAD}\nthere", "a@example.org", ["b@example.org"]
    )
    MailBackend(stream=out).send_messages([mail])
    assert "there" in out.getvalue()
    assert not obeyed(out.getvalue())


def test_mails_are_printed_so_unless_a_server_is_given(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "")
    assert Environment().mail("EMAIL_URL")["EMAIL_BACKEND"] == "serverlesspresso.core.terminal.MailBackend"
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example.org:25")
    assert Environment().mail("EMAIL_URL")["EMAIL_BACKEND"].endswith("smtp.EmailBackend")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_that_prints_what_others_wrote_is_obeyed_by_nobody(stream):
    class Command(AppCommand):
        def handle(self, **options):
            getattr(self, stream).write(json.dumps({"name": BAD}, ensure_ascii=False))

    out = Terminal()
    Command(**{stream: out}, no_color=True).handle()
    assert "red" in out.getvalue()
    assert not obeyed(out.getvalue())
