"""Tickets: printed when a drink is claimed, once, and never in the way of the bar."""

import socket
import threading

import pytest

from conftest import making, queued
from extensions.tickets import layout, printing, requests
from extensions.tickets.models import Paper, Printer, Ticket
from orders import commands, public, workflow
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events import outbox
from serverlesspresso.events.outbox import State
from serverlesspresso.events.tests import bus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paper():
    """A network printer: what came out of it."""
    came, listener = [], socket.create_server(("127.0.0.1", 0))

    def take():
        while True:
            try:
                line, _address = listener.accept()
            except OSError:
                return
            with line:
                said = b""
                while part := line.recv(4096):
                    said += part
                came.append(said)
                seen.release()

    seen = threading.Semaphore(0)
    came_out = came
    threading.Thread(target=take, daemon=True).start()
    yield listener.getsockname()[1], came_out, seen
    listener.close()


@pytest.fixture(autouse=True)
def printers_here(settings):
    """In these tests printers are on this machine."""
    settings.PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def printer(store, paper) -> Printer:
    bus.deliver()
    return Printer.objects.create(store=store, name="Till", host="127.0.0.1", port=paper[0])


def test_a_claim_prints_number_drink_modifiers_and_name(printer, paper, store, bob):
    order = commands.walk_up(store, by=bob, drink="Cappuccino", modifiers=["Oat"], name="Zoë")
    from orders import processor

    workflow.run(workflow.QUEUE, order.pk)
    commands.claim(processor.load(order.pk), by=bob)
    bus.deliver()
    assert paper[2].acquire(timeout=5)
    [printed] = paper[1]
    for said in (b"1\n", b"Cappuccino", b"+ Oat", b"Zo", b"Bar ABC"):
        assert said in printed
    assert Ticket.objects.get().state == State.SENT


def test_without_its_subscriber_nothing_is_printed(printer, store, alice, bob):
    making(alice, store, bob)
    bus.serve("journey")
    assert not Ticket.objects.exists()


def test_a_drink_put_back_and_claimed_again_or_taken_over_has_its_ticket_already(
    printer, paper, store, alice, bob, dana
):
    order = making(alice, store, bob)
    bus.deliver()
    commands.claim(commands.release(order, by=bob), by=bob)
    commands.claim(public_order(order), by=dana, take_over=True)
    bus.deliver()
    assert Ticket.objects.count() == 1


def public_order(order):
    from orders import processor

    return processor.load(order.pk)


def test_another_drink_under_the_same_number_is_another_ticket(printer, store, alice, bob):
    order = making(alice, store, bob)
    bus.deliver()
    order = commands.release(order, by=bob)
    commands.swap(order, drink="Cappuccino", modifiers=["Oat"], by=alice)
    commands.claim(public_order(order), by=bob)
    bus.deliver()
    assert list(Ticket.objects.order_by("pk").values_list("drink", flat=True)) == [
        "Espresso",
        "Cappuccino, Oat",
    ]


def test_a_printer_that_is_off_or_away_never_holds_up_a_claim(store, alice, bob):
    bus.deliver()
    Printer.objects.create(store=store, name="Away", host="127.0.0.1", port=9)
    assert making(alice, store, bob).status == "making"
    bus.deliver()
    clock.advance(300)
    outbox.send_due()
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.attempts) == (State.FAILED, 1)
    assert "Away" in ticket.reason


def test_a_ticket_nobody_wants_any_more_is_not_printed(printer, paper, store, alice, bob, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "start", lambda effect: None)
        making(alice, store, bob)
        bus.deliver()
    clock.advance(601)
    outbox.send_due()
    assert paper[1] == []


def test_a_name_cannot_command_the_printer(store, bob):
    order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    type(order).objects.filter(pk=order.pk).update(name="\x1b@\x1dVEve\u202e\n\n")
    ticket = layout.of(public.look(order.pk))
    assert ticket.name == "@VEve"
    printed = printing.encoded(ticket, Paper.MM80)
    assert printed.count(b"\x1dV") == 1  # our own cut at the end


@pytest.mark.parametrize("paper_kind", Paper.values)
def test_long_words_fit_every_paper(store, bob, paper_kind):
    order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    type(order).objects.filter(pk=order.pk).update(name="N" * 60, drink="Very long " * 6)
    printed = printing.encoded(layout.of(public.look(order.pk)), paper_kind)
    assert b"N" * (layout.CHARACTERS[paper_kind] // 2) + b"\n" in printed


# -- the pages -------------------------------------------------------------------------------------


def test_staff_open_a_ticket_and_print_it_again(client, printer, paper, store, alice, bob):
    order = making(alice, store, bob)
    client.force_login(bob)
    page = client.get(f"/orders/{order.pk}/ticket/?paper=58").content.decode()
    assert "paper--58" in page
    assert "Espresso" in page
    assert client.post(f"/orders/{order.pk}/ticket/").status_code == 302
    assert Ticket.objects.count() == 1


def test_without_a_printer_printing_again_says_what_to_do(client, store, alice, bob):
    order = making(alice, store, bob)
    with pytest.raises(Invalid, match="from this device"):
        requests.again(public.look(order.pk))
    client.force_login(bob)
    assert client.post(f"/orders/{order.pk}/ticket/").status_code == 422


def test_for_others_there_is_no_ticket(client, store, alice, charlie):
    order = queued(alice, store)
    for user in (alice, charlie):
        client.force_login(user)
        assert client.get(f"/orders/{order.pk}/ticket/").status_code == 404
        assert client.get("/tickets/ABC/").status_code == 404
        assert client.get("/tickets/ABC/failed/").status_code == 404


def test_the_board_says_which_tickets_failed_and_where_to_look(client, store, alice, bob):
    client.force_login(bob)
    assert client.get("/tickets/ABC/failed/").status_code == 286
    bus.deliver()
    Printer.objects.create(store=store, name="Away", host="127.0.0.1", port=9)
    assert client.get("/tickets/ABC/failed/").content.decode().strip() == ""
    making(alice, store, bob)
    bus.deliver()
    assert "<b>1</b>" in client.get("/tickets/ABC/failed/").content.decode()
    assert "Away" in client.get("/tickets/ABC/").content.decode()


def test_the_barista_app_leads_to_tickets(client, store, alice, bob):
    order = making(alice, store, bob)
    client.force_login(bob)
    page = client.get("/barista/ABC/").content.decode()
    assert f"/orders/{order.pk}/ticket/" in page
    assert "/tickets/ABC/failed/" in page


@pytest.mark.parametrize("drink", ["Flat\u00a0White", "Flat\u2009White", "Flat\u3000White\u202e"])
def test_a_blank_of_any_kind_is_a_blank_on_paper(drink):
    assert layout.clean(drink) == "Flat White"


# -- printers in the admin ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "port", "saved"),
    [("192.168.1.50", 9100, True), ("printer.local", 9101, True), ("127.0.0.1", 9100, False),
     ("2130706433", 9100, False), ("localhost", 9100, False), ("192.168.1.50", 6379, False)],
)  # fmt: skip
def test_a_printer_inside_is_refused_when_it_is_typed_in(client, settings, store, dana, host, port, saved):
    settings.PRIVATE_HOSTS = []
    type(dana).objects.filter(pk=dana.pk).update(is_staff=True)
    client.force_login(dana)
    form = {"store": store.pk, "name": "Till", "host": host, "port": port, "paper": "80", "is_on": "on"}
    page = client.post("/admin/tickets/printer/add/", form)
    assert Printer.objects.exists() is saved
    assert saved or "PRIVATE_HOSTS" in page.content.decode()


@pytest.mark.parametrize("typed", ["192.168.1.50\u200b", "\ufeff192.168.1.50\u00a0", "１９２.168.1.50"])
def test_a_printers_address_is_read_as_people_paste_it(client, store, dana, typed):
    type(dana).objects.filter(pk=dana.pk).update(is_staff=True)
    client.force_login(dana)
    form = {"store": store.pk, "name": "Till", "host": typed, "port": 9100, "paper": "80", "is_on": "on"}
    assert client.post("/admin/tickets/printer/add/", form).status_code == 302
    assert Printer.objects.get().host == "192.168.1.50"


def test_a_printer_that_printed_can_be_deleted_and_what_it_printed_stays_known(
    client, printer, store, alice, bob, dana
):
    making(alice, store, bob)
    bus.deliver()
    type(dana).objects.filter(pk=dana.pk).update(is_staff=True)
    client.force_login(dana)
    assert client.post(f"/admin/tickets/printer/{printer.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Printer.objects.exists()
    assert set(Ticket.objects.values_list("state", "printer")) == {(State.SENT, None)}
    assert client.get("/admin/tickets/ticket/").status_code == 200
    assert client.get("/tickets/ABC/").status_code == 200


def test_a_printer_that_is_not_reached_gives_no_reason(printer, store, alice, bob):
    Printer.objects.update(host="10.255.255.1", port=6379)
    making(alice, store, bob)
    bus.deliver()
    assert Ticket.objects.get().reason == "Till: not reached"


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_the_page_of_tickets_says_times_as_the_tickets_do(client, printer, store, alice, bob, zone):
    store.timezone = zone
    store.save()
    making(alice, store, bob)
    bus.deliver()
    client.force_login(bob)
    printed = Ticket.objects.get().created_at.astimezone(store.zone)
    assert f"{printed:%H:%M:%S}" in client.get("/tickets/ABC/").content.decode()
