"""Servers that take a message and never answer make nobody else's message late, in one process too."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings as configured
from django.db import transaction

from extensions.tickets.models import Printer, Ticket
from extensions.webhooks.models import Delivery, Endpoint
from orders import commands
from serverlesspresso.celery import app
from serverlesspresso.core import safe_http
from serverlesspresso.events import outbox
from serverlesspresso.events.outbox import State
from serverlesspresso.server import embedded
from serverlesspresso.server.embedded import workers

from .receiver import receiving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not configured.EMBEDDED, reason="with servers, nothing is embedded"),
]


@pytest.fixture
def no_servers(settings):
    """Instead of the fixture of this name: here tasks go through the broker."""
    app.conf.task_always_eager = False


@contextmanager
def hanging():
    """The port of a server that takes connections and says nothing, and what it took so far."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take():
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        try:
            yield listener.getsockname()[1], held
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for each in held:
                each.close()


def soon(done) -> bool:
    """Whether it is so within ten seconds: a server that hangs is given up after fifteen."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(0.05)
    return False


def tell(store, endpoint, times=1):
    for number in range(times):
        with transaction.atomic():
            Delivery.ask(
                store=store.slug, endpoint=endpoint, type="Webhooks.Test", body={"id": f"{endpoint} {number}"}
            )


def test_hanging_endpoints_make_neither_a_ticket_nor_another_endpoint_late(store, bob, settings, monkeypatch):
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(embedded, "_STOP_S", 1)
    monkeypatch.setattr(outbox, "_bulkheads", {})
    order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    with ExitStack() as open_:
        dead = [open_.enter_context(hanging()) for _ in range(3)]
        alive, paper = open_.enter_context(receiving()), open_.enter_context(hanging())
        open_.enter_context(workers())
        for port, _held in dead:
            tell(store, Endpoint.objects.create(store=store, url=f"http://127.0.0.1:{port}/"), times=6)
        assert soon(lambda: all(held for _port, held in dead))

        printer = Printer.objects.create(store=store, name="Till", host="127.0.0.1", port=paper[0])
        with transaction.atomic():
            Ticket.ask(store=store.slug, printer=printer, order=order.pk, number=1, drink="Espresso")
        tell(store, Endpoint.objects.create(store=store, url=alive.url), times=6)

        assert soon(lambda: Ticket.objects.get().state == State.SENT)
        assert soon(lambda: len(alive.got) >= 6)  # and what the bar itself has to tell
        assert [len(held) for _port, held in dead] == [1, 1, 1], "one attempt at a time each"
        assert not Delivery.objects.exclude(endpoint__url=alive.url).filter(state=State.SENT).exists()


def test_what_waits_for_a_hanging_endpoint_is_sent_when_it_is_well_again(store, settings, monkeypatch):
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(embedded, "_STOP_S", 1)
    monkeypatch.setattr(outbox, "_bulkheads", {})
    monkeypatch.setattr(safe_http, "TOTAL_S", 1)
    with hanging() as (port, held), workers():
        endpoint = Endpoint.objects.create(store=store, url=f"http://127.0.0.1:{port}/")
        tell(store, endpoint, times=3)
        assert soon(lambda: len(held) >= 3), "one after the other"
        mine = Delivery.objects.filter(type="Webhooks.Test")
        assert soon(lambda: set(mine.values_list("attempts", flat=True)) == {1})
