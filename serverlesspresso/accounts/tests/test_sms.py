import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from celery.exceptions import Retry
from django.core import mail

from serverlesspresso.accounts import tasks
from serverlesspresso.accounts.sms import backends
from serverlesspresso.celery import app

PHONE, TEXT = "+4915123456789", 'Your "code" is {phone} 123456.\n\n@coffee.example #123456'


@pytest.fixture
def provider():
    """A provider on this machine: what was posted to it, and with what it answers."""

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Provider)
    server.got, server.status = [], 202
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def url(provider) -> str:
    return f"http://127.0.0.1:{provider.server_port}/messages"


def test_the_console_shows_the_message(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    backends.ConsoleBackend().send(PHONE, TEXT)
    assert PHONE in out.getvalue()
    assert TEXT in out.getvalue()


def test_the_backend_is_named_in_the_settings_with_its_options(settings, provider):
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.HttpBackend"
    settings.SMS_OPTIONS = {"url": url(provider), "timeout": 3}
    assert (backends.backend().url, backends.backend().timeout) == (url(provider), 3)


def test_a_provider_gets_the_message_in_the_shape_it_wants(provider):
    shape = {"messages": [{"to": "tel:{phone}", "content": {"text": "{text}"}, "flash": False}]}
    backends.HttpBackend(url(provider), headers={"Authorization": "Bearer key"}, json=shape).send(PHONE, TEXT)
    ((path, headers, body),) = provider.got
    assert path == "/messages"
    assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer key", "application/json")
    assert body == {"messages": [{"to": f"tel:{PHONE}", "content": {"text": TEXT}, "flash": False}]}


def test_a_provider_that_refuses_is_an_error(provider):
    provider.status = 500
    with pytest.raises(OSError, match="500"):
        backends.HttpBackend(url(provider)).send(PHONE, TEXT)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example.org", "example.org"])
def test_a_provider_is_on_the_web(address):
    with pytest.raises(ValueError, match="url must begin"):
        backends.HttpBackend(address)


@pytest.mark.parametrize("options", [{"url": "http://127.0.0.1:9/", "timeout": 1}, {"nonsense": 1}])
def test_a_message_that_cannot_be_sent_is_logged_without_its_text(settings, caplog, options):
    settings.SMS_BACKEND, settings.SMS_OPTIONS = "serverlesspresso.accounts.sms.backends.HttpBackend", options
    tasks.send_sms(PHONE, TEXT)
    assert "no SMS to a number ending in 789" in caplog.text
    assert "123456" not in caplog.text


def test_a_mail_that_cannot_be_sent_is_logged_without_its_text(settings, caplog):
    settings.EMAIL_BACKEND = "nonsense.Backend"
    tasks.send_mail("alice@example.org", "123456 is your code", "123456")
    assert "no mail to somebody at example.org" in caplog.text
    assert "123456" not in caplog.text


def test_mails_with_a_bar_of_two_lines_in_the_subject_go_out(db):
    tasks.send_mail("alice@example.org", "You work at Bar\r\nBcc: eve@example.org", "Coffee")
    assert mail.outbox[0].subject == "You work at Bar Bcc: eve@example.org"


def test_a_message_gives_the_terminal_no_orders(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    backends.ConsoleBackend().send(PHONE, "Bar \x1b]0;owned\x07\nby")
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()
    assert "\nby" in out.getvalue()


def test_mails_go_out(db):
    tasks.send_mail("alice@example.org", "Hello", "Coffee")
    assert [(m.to, m.subject, m.body) for m in mail.outbox] == [(["alice@example.org"], "Hello", "Coffee")]


def test_messages_have_places_of_their_own_and_come_again_when_all_are_taken(monkeypatch, db):
    asked = []
    monkeypatch.setattr(tasks.send_sms, "retry", lambda **how: asked.append(how) or Retry())
    places = [tasks._texts.enter("") for _ in range(5)]
    try:
        with pytest.raises(Retry):
            tasks.send_sms(PHONE, TEXT)
    finally:
        for _ in range(places.count(True)):
            tasks._texts.leave("", None)
    assert (places, asked) == ([True] * 4 + [False], [{"countdown": 1}])


def test_messages_leave_the_house_with_all_that_does(monkeypatch, db, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.after_commit, "send_task", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.enqueue_on_commit(tasks.send_mail, "alice@example.org", "Hello", "Coffee")
    assert [each.options["queue"] for each in sent] == ["outgoing"]


def test_messages_wait_in_the_slow_queue_behind_no_order():
    for task in (tasks.send_sms, tasks.send_mail):
        assert app.amqp.router.route({}, task.name)["queue"].name == "slow"
