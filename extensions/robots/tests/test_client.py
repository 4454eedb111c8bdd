"""Robots call the bar as any client would: they repeat under one key, and bear with a busy bar."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from extensions.robots import client
from extensions.robots.client import Api, NoAnswer


class Bar(BaseHTTPRequestHandler):
    """Notes what it hears, and answers what it was told to."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append((self.command, self.path, dict(self.headers), body))
        status, says = self.server.answers.pop(0) if self.server.answers else (200, {})
        self.send_response(status)
        text = json.dumps(says).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = answer  # noqa: N815  (so they are called there)

    def log_message(self, *args):
        pass


@pytest.fixture
def bar(monkeypatch):
    monkeypatch.setattr(client, "_REST_S", 0.01)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bar)
    server.heard, server.answers = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(bar):
    return Api(f"http://127.0.0.1:{bar.server_port}")


def test_a_change_carries_token_key_and_body(bar, api):
    bar.answers = [(201, {"id": "a"})]
    answer = api.call("POST", "stores/R1/orders", "secret", {"token": "t"}, key="k")
    method, path, headers, body = bar.heard[0]
    assert (method, path, json.loads(body)) == ("POST", "/api/v1/stores/R1/orders", {"token": "t"})
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer secret", "k")
    assert answer.ok and answer.body == {"id": "a"}


def test_a_refusal_has_its_name(bar, api):
    bar.answers = [(409, {"code": "queue_full"}), (404, {})]
    assert api.call("POST", "x", "t").code == "queue_full"
    assert api.call("GET", "x", "t").code == "404"


def test_a_lost_answer_is_a_request_that_was_sent(bar, api):
    assert api.call("POST", "x", "t", key="k", lose=True).status == 0
    api.call("POST", "x", "t", key="k")
    until = time.monotonic() + 5  # nobody waited for the bar to hear the first
    while len(bar.heard) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    keys = [headers["Idempotency-Key"] for _method, _path, headers, _body in bar.heard]
    assert keys == ["k", "k"]


def test_a_busy_bar_is_asked_again(bar, api):
    bar.answers = [(503, {"code": "busy"}), (200, {"here": True})]
    assert api.call("GET", "x", "t").body == {"here": True}


def test_a_bar_that_never_answers_is_given_up(bar, api, monkeypatch):
    monkeypatch.setattr(client, "_PATIENCE_S", 0.05)
    bar.shutdown()
    bar.server_close()
    with pytest.raises(NoAnswer, match="GET x"):
        api.call("GET", "x", "t")


@pytest.mark.parametrize("url", ["", "bar", "ftp://bar", "http://", "http://bar/path"])
def test_what_is_no_address_is_said(url):
    with pytest.raises(ValueError, match="no address of a bar"):
        Api(url)
