"""Pages of the waiting list and of invitations."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from config import services
from conftest import make_user, queued, ready
from display import qr_codes
from display import wall_proof as proofs
from orders import bar_presenters, commands, invitations, topics, waiting_list
from orders.models import Order, Status, Turn
from orders.tests.scanning import signed_in
from serverlesspresso.core import clock

HTMX = {"hx-request": "true"}


@pytest.fixture
def phone(alice) -> Client:
    return signed_in(alice)


@pytest.fixture
def used_up(store):
    code = qr_codes.current_code(store)
    for number in range(code.remaining):
        qr_codes.take_hold(code, browser=f"browser {number}")
    return store


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def seen(store) -> dict:
    """What the form of somebody carries who was at the wall."""
    return {"seen": proofs.proof(qr_codes.current_code(store))}


def way(url: str) -> dict:
    """Where somebody is led who says who they are."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def next_code(store) -> None:
    clock.advance(store.code_s)
    waiting_list.offer_due()


# -- what the bar's page says ----------------------------------------------------------------------


def test_a_used_up_code_says_when_the_next_comes_in_the_stores_own_time(phone, used_up):
    used_up.timezone = "Asia/Kolkata"
    used_up.save()
    ends = qr_codes.current_code(used_up).ends_at.astimezone(used_up.zone)
    page = text(phone.get("/s/ABC/"))
    assert f"The next code comes at {ends:%H:%M}." in page
    assert "You haven’t lost your drink." in page
    assert "Scan the code on the bar’s screen to join the waiting list." in page


def test_a_full_queue_says_about_when_a_place_is_free(phone, store, bob):
    for number in range(6):
        clock.advance(60)
        ready(make_user(f"Early{number}"), store, bob)
    store.capacity = 1
    store.save()
    queued(make_user("Last"), store)
    assert re.search(r"The next place should be free at about \d\d:\d\d\.", text(phone.get("/s/ABC/")))


def test_a_full_queue_promises_nothing_while_nobody_can_say(phone, store):
    store.capacity = 1
    store.save()
    queued(make_user("Last"), store)
    page = text(phone.get("/s/ABC/"))
    assert "Places become free as drinks are made." in page
    assert "free at about" not in page


def test_a_break_says_that_nothing_was_used_up(phone, store):
    services.set_status(store, paused=True)
    page = text(phone.get("/s/ABC/"))
    assert "You haven’t lost your drink" in page
    assert "waiting list" not in page


def test_the_refusal_of_a_scan_leads_to_the_bars_page(phone, store):
    store.capacity = 1
    store.save()
    queued(make_user("Last"), store)
    response = phone.post(f"/q/{qr_codes.current_code(store).token}")
    assert response.status_code == 409
    assert 'href="/s/ABC/"' in text(response)


def test_screens_hear_of_it_when_the_last_drink_of_a_code_is_taken(store):
    assert 'data-state="open"' in topics.STORE.snapshot("ABC").html
    code = qr_codes.current_code(store)
    for number in range(code.remaining):
        qr_codes.take_hold(code, browser=f"browser {number}")
    assert topics.STORE.delta("ABC", []) is None, "a hint without an event asks for a snapshot"
    assert 'data-state="used_up"' in topics.STORE.snapshot("ABC").html


def test_screens_learn_of_the_next_code_from_the_pulse(used_up):
    before = topics.STORE.versions(["ABC"])
    clock.advance(used_up.code_s)
    qr_codes.current_code(used_up)
    assert topics.STORE.versions(["ABC"]) != before


# -- the waiting list ------------------------------------------------------------------------------


def test_asking_shows_the_turn(phone, used_up):
    response = phone.post("/s/ABC/waiting/", seen(used_up), follow=True)
    assert "You’re next" in text(response)
    assert Turn.objects.count() == 1


def test_who_is_not_signed_in_says_who_they_are_first_and_then_asks(client, used_up):
    response = client.post("/s/ABC/waiting/", seen(used_up))
    assert response.url.startswith("/accounts/enter/?next=%2Fs%2FABC%2Fwaiting%2F%3Fseen%3D")
    there = f"/s/ABC/waiting/?{urlencode(seen(used_up))}"
    client.post("/accounts/enter/", {"name": "Alice", "store": "ABC", "next": there})
    assert "data-autosubmit" in text(client.get(there))
    assert not Turn.objects.exists(), "looking asks for nothing"
    assert "You’re next" in text(client.post("/s/ABC/waiting/", seen(used_up), follow=True))


def test_an_offer_is_one_tap_from_the_menu(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    next_code(used_up)
    page = text(phone.get("/s/ABC/waiting/"))
    assert "It’s your turn" in page
    assert "data-countdown" in page
    order = phone.post("/s/ABC/", follow=True)
    assert Order.objects.count() == 1
    assert order.redirect_chain[-1][0] == f"/orders/{Order.objects.get().pk}/"
    assert "You have your place" in text(phone.get("/s/ABC/waiting/"))


def test_an_offer_never_orders_by_itself(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    next_code(used_up)
    assert "data-autosubmit" not in text(phone.get("/s/ABC/"))
    assert "It’s your turn" in text(phone.get("/s/ABC/"))


def test_an_offer_not_taken_says_so_and_one_may_wait_again(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    next_code(used_up)
    clock.advance(waiting_list.OFFER_LASTS.total_seconds())
    waiting_list.offer_due()
    page = text(phone.get("/s/ABC/waiting/"))
    assert "Your place went to the next in line" in page
    assert "Scan the code on the bar’s screen to order, or to join the list again." in page


def test_who_leaves_is_off_the_list(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    assert phone.post("/s/ABC/waiting/leave/").url == "/s/ABC/"
    assert "You are not on the waiting list" in text(phone.get("/s/ABC/waiting/"))


def test_nobody_gets_on_the_list_from_afar(phone, used_up):
    response = phone.post("/s/ABC/waiting/")
    assert response.status_code == 409
    assert "Please scan the code on the bar’s screen to join the waiting list." in text(response)
    assert not Turn.objects.exists()


def test_who_is_not_signed_in_and_saw_nothing_is_not_asked_who_they_are(client, used_up):
    assert client.post("/s/ABC/waiting/").status_code == 409


def test_a_scan_that_finds_no_room_leads_to_the_list(client, used_up):
    page = text(client.post(f"/q/{qr_codes.current_code(used_up).token}"))
    assert 'action="/s/ABC/waiting/"' in page
    form = {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}
    there = client.post("/s/ABC/waiting/", form).url
    entered = client.post(f"/accounts/enter/{there.partition('enter/')[2]}", {"name": "Alice", **way(there)})
    assert "data-autosubmit" in text(client.get(entered.url))
    assert "You’re next" in text(client.post("/s/ABC/waiting/", form, follow=True))


def test_the_list_code_on_the_wall_leads_to_the_list_and_looking_writes_nothing(phone, used_up):
    shown = phone.get(f"/q/{proofs.proof(qr_codes.current_code(used_up))}")
    assert shown.url.startswith("/s/ABC/waiting/?seen=")
    page = text(phone.get(shown.url))
    assert "data-autosubmit" in page
    assert not Turn.objects.exists()
    form = {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}
    assert "You’re next" in text(phone.post("/s/ABC/waiting/", form, follow=True))


@pytest.mark.parametrize("token", ["~", "1~x", "9999999999999999999999~x", "1~" + "x" * 500, "~\0"])
def test_a_list_code_that_is_none_is_said_so(phone, store, token):
    assert phone.get(f"/q/{token}").status_code == 400


def test_who_waited_in_vain_gets_on_the_list_again_by_the_code_on_the_wall(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    Turn.objects.update(ended_at=clock.now(), offered_until=clock.now())
    assert "Your place went to the next in line" in text(phone.get("/s/ABC/waiting/"))
    assert "data-autosubmit" in text(phone.get(f"/s/ABC/waiting/?{urlencode(seen(used_up))}"))


def test_one_refused_is_told_why(phone, store):
    response = phone.post("/s/ABC/waiting/", seen(store))
    assert response.status_code == 409
    assert "There is room" in text(response)


def test_the_poll_says_what_the_socket_says(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    turn = Turn.objects.get()
    answer = phone.get("/s/ABC/waiting/", headers=HTMX).content.decode()
    assert bar_presenters.render_turn(turn.pk) in answer
    assert topics.TURN.snapshot(turn.pk).html == bar_presenters.render_turn(turn.pk)
    assert "csrf" not in topics.TURN.snapshot(turn.pk).html


def test_the_socket_is_for_who_knows_the_turn(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    turn = Turn.objects.get()
    assert topics.TURN.allowed(None, turn.pk)
    assert topics.TURN.store(turn.pk) == "ABC"
    assert not topics.TURN.allowed(None, "another")
    assert topics.TURN.store("another") is None


def test_the_pulse_heals_a_lost_offer(phone, used_up):
    phone.post("/s/ABC/waiting/", seen(used_up))
    turn = Turn.objects.get()
    before = topics.TURN.versions([turn.pk])
    next_code(used_up)
    assert topics.TURN.versions([turn.pk]) != before


def test_a_turn_is_nobody_elses_to_see(phone, used_up, charlie):
    phone.post("/s/ABC/waiting/", seen(used_up))
    assert "You are not on the waiting list" in text(signed_in(charlie).get("/s/ABC/waiting/"))


# -- invitations -----------------------------------------------------------------------------------


def test_six_digits_lead_to_the_menu(phone, store, bob):
    invite = invitations.make(store, by=bob)
    response = phone.post("/s/ABC/invite/", {"digits": invite.digits})
    assert response.url == f"/invite/{invite.pk}/"
    page = text(phone.get(response.url))
    assert "data-autosubmit" in page
    assert not Order.objects.exists(), "looking uses nothing up"
    order_page = phone.post(response.url, follow=True)
    assert "Opening the menu" in text(order_page) or "What would you like?" in text(order_page)
    assert Order.objects.get().customer.name == "Alice"


def test_who_is_not_signed_in_comes_back_to_the_invitation(client, store, bob):
    path = f"/invite/{invitations.make(store, by=bob).pk}/"
    assert client.post(path).url == f"/accounts/enter/?next={path.replace('/', '%2F')}&store=ABC"


def test_used_by_oneself_it_leads_to_the_order(phone, store, bob):
    path = f"/invite/{invitations.make(store, by=bob).pk}/"
    phone.post(path)
    assert phone.get(path).url == f"/orders/{Order.objects.get().pk}/"
    assert phone.post(path).url == f"/orders/{Order.objects.get().pk}/"


def test_used_by_somebody_else_it_is_not_good(phone, charlie, store, bob):
    path = f"/invite/{invitations.make(store, by=bob).pk}/"
    phone.post(path)
    response = signed_in(charlie).get(path)
    assert response.status_code == 404
    assert "Please ask for another one at the bar." in text(response)


def test_wrong_digits_are_refused_kindly(phone, store):
    response = phone.post("/s/ABC/invite/", {"digits": "000000"})
    assert response.status_code == 404
    assert "Please ask for another one at the bar." in text(response)


def test_bring_it_is_said_from_the_invitation_to_the_counter(phone, alice, store, bob):
    invite = invitations.make(store, by=bob, bring=True)
    assert "we’ll bring it to you" in text(phone.get(f"/invite/{invite.pk}/"))
    phone.post(f"/invite/{invite.pk}/")
    order = Order.objects.get()
    Order.objects.filter(pk=order.pk).update(
        status=Status.QUEUED, drink="Espresso", number=1, series=1, place=1, queued_at=clock.now()
    )
    order.refresh_from_db()
    commands.complete(order, by=bob)
    assert "We’ll bring it to you." in text(phone.get(f"/orders/{order.pk}/"))
