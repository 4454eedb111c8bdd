"""Django behind ASGI, crossing into a thread once for each request.

Django's own handler starts a thread for each request, and goes back and forth between it and the event loop:
for signals, at the end of the middleware, for the view, for closing. Nothing here is asynchronous from the
first middleware to the view, so all of it is one call, in a thread that is used again.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import set_script_prefix

from .garbage import garbage

THREADS = 200
"""Requests that a web process answers at the same time. There are only so many threads as were ever needed at
once; who finds none waits in turn."""


class Handler(ASGIHandler):
    """An ASGI application for HTTP. Every middleware and view must be sync, as all of ours are."""

    def __init__(self):
        super().__init__()
        self._threads = ThreadPoolExecutor(THREADS, "request")

    def load_middleware(self, is_async: bool = False) -> None:
        """As under WSGI, whatever Django's handler asks for."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope, receive, send) -> None:
        """Answer one request, unless its sender hangs up before it is read."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        garbage.work()
        with closing(body):
            answer = sync_to_async(self._answer, thread_sensitive=False, executor=self._threads)
            await self.send_response(await answer(scope, body), send)
        garbage.work()

    def _answer(self, scope, body):
        """All that is between a request and its whole answer, its connection to the database given back."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, response = self.create_request(scope, body)
        if request is not None:
            response = self.get_response(request)
        try:
            return _whole(response) if isinstance(response, StreamingHttpResponse) else response
        finally:
            response.close()


def _whole(streaming: StreamingHttpResponse) -> HttpResponse:
    """An answer that can be sent without asking for more of it: files of ours, and tables to take home."""
    whole = HttpResponse(b"".join(streaming), status=streaming.status_code, headers=streaming.headers)
    whole.cookies = streaming.cookies
    return whole
