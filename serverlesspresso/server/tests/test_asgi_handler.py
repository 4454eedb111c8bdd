"""A request is one call in a thread, and everything that Django promises about it still holds."""

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished, request_started
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory
from django.urls import path

from serverlesspresso.server.asgi_handler import Handler

seen: list = []


def where(request):
    seen.append(threading.get_ident())
    return HttpResponse(request.body)


def table(request):
    response = StreamingHttpResponse((f"{n}\n" for n in range(3)), content_type="text/csv")
    response.set_cookie("taken", "home")
    return response


def broken(request):
    raise ValueError


urlpatterns = [path("where/", where), path("table/", table), path("broken/", broken)]


@pytest.fixture
def handler(settings):
    seen.clear()
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["serverlesspresso.web.error_pages.RefusalMiddleware"]
    return Handler()


async def ask(handler, address, body=b""):
    scope = AsyncRequestFactory()._base_scope(path=address, method="POST")
    talk = ApplicationCommunicator(handler, scope)
    await talk.send_input({"type": "http.request", "body": body})
    start = await talk.receive_output()
    sent = await talk.receive_output()
    assert not sent.get("more_body")
    return start, sent["body"]


async def test_one_after_the_other_is_answered_by_the_same_thread_and_not_by_the_event_loop_s(handler):
    for body in (b"one", b"two"):
        assert (await ask(handler, "/where/", body))[1] == body
    assert len(set(seen)) == 1
    assert threading.get_ident() not in seen


async def test_who_comes_at_once_is_answered_at_once(handler, monkeypatch):
    together = threading.Barrier(3)  # broken, were they answered one after the other
    monkeypatch.setattr(f"{__name__}.seen", type("", (list,), {"append": lambda *_: together.wait(5)})())
    answers = await asyncio.gather(*(ask(handler, "/where/") for _ in range(3)))
    assert [start["status"] for start, _ in answers] == [200] * 3


async def test_what_is_made_bit_by_bit_is_sent_whole_with_its_headers(handler):
    start, body = await ask(handler, "/table/")
    assert body == b"0\n1\n2\n"
    headers = dict(start["headers"])
    assert headers[b"Content-Type"] == b"text/csv"
    assert headers[b"Set-Cookie"].startswith(b"taken=home")


async def test_a_mistake_of_ours_is_a_500_and_the_thread_goes_on(handler):
    assert (await ask(handler, "/broken/"))[0]["status"] == 500
    assert (await ask(handler, "/where/"))[0]["status"] == 200


async def test_each_request_begins_and_ends_which_gives_back_its_connection(handler):
    told = []
    begin, end = (lambda **_: told.append("begun")), (lambda **_: told.append("ended"))
    request_started.connect(begin)
    request_finished.connect(end)
    await ask(handler, "/where/")
    await ask(handler, "/broken/")
    request_started.disconnect(begin)
    request_finished.disconnect(end)
    assert told == ["begun", "ended"] * 2


async def test_who_hangs_up_before_all_is_read_is_not_answered(handler):
    talk = ApplicationCommunicator(handler, AsyncRequestFactory()._base_scope(path="/where/", method="POST"))
    await talk.send_input({"type": "http.request", "body": b"half", "more_body": True})
    await talk.send_input({"type": "http.disconnect"})
    await talk.wait()
    assert seen == []
