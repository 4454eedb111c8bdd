"""From the QR code to an order, in a browser."""

import re

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import services
from conftest import choosing, make_user, ready
from display import qr_codes
from display.models import Code, Hold
from orders.models import Order
from orders.tests.scanning import address, signed_in
from serverlesspresso.core import clock


def used(store) -> int:
    return qr_codes.current_code(store).used


def test_looking_at_the_address_writes_nothing(client, store):
    path = address(store)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200
    assert not [q for q in queries.captured_queries if not q["sql"].startswith("SELECT")]
    assert "sessionid" not in response.cookies
    assert (Hold.objects.count(), used(store)) == (0, 0)


def test_the_page_sends_its_form_by_script_or_by_a_button(client, store):
    page = client.get(address(store)).content.decode()
    form = re.search(r"<form[^>]*data-autosubmit.*?</form>", page, re.S)[0]
    assert 'method="post"' in form
    assert "<button" in form


def test_the_address_is_neither_kept_nor_told_to_others(client, store):
    response = client.get(address(store))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_a_stranger_takes_a_hold_and_is_asked_who_they_are(client, store):
    response = client.post(address(store))
    assert response.status_code == 302
    assert response.url == "/accounts/enter/?next=%2Fs%2FABC%2F&store=ABC"
    assert (Hold.objects.count(), Order.objects.count(), used(store)) == (1, 0, 1)


def test_what_was_scanned_survives_signing_in_as_a_guest(client, store):
    door = client.post(address(store)).url
    assert client.post(door, {"name": "Zoë ☕", "next": "/s/ABC/", "store": "ABC"}).url == "/s/ABC/"
    page = client.get("/s/ABC/").content.decode()
    assert "data-autosubmit" in page
    order_page = client.post("/s/ABC/").url
    order = Order.objects.get()
    assert order_page == f"/orders/{order.pk}/"
    assert (order.name, order.hold.used_at is not None) == ("Zoë ☕", True)


def test_coming_back_from_signing_in_a_get_writes_no_order(client, store):
    client.post(client.post(address(store)).url, {"name": "Zoë", "next": "/s/ABC/", "store": "ABC"})
    client.get("/s/ABC/")
    assert Order.objects.count() == 0


def test_sending_the_store_page_twice_leads_to_the_one_order(client, store):
    client.post(client.post(address(store)).url, {"name": "Zoë", "next": "/s/ABC/", "store": "ABC"})
    assert client.post("/s/ABC/").url == client.post("/s/ABC/").url
    assert Order.objects.count() == 1


def test_somebody_signed_in_goes_straight_to_the_order(store, alice):
    response = signed_in(alice).post(address(store))
    assert response.url == f"/orders/{Order.objects.get(customer=alice).pk}/"


def test_a_guest_must_say_more_where_a_name_is_not_enough(store):
    store.sign_in = ["email"]
    store.save()
    guest = make_user("Guest", is_guest=True)
    response = signed_in(guest).post(address(store))
    assert response.url.startswith("/accounts/enter/")
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a" * 10_000,
        "%00",
        "abc%00def",
        "a/b/c",
        "%0A",
        "☕",
        "%ff%fe",
        "../../etc/passwd",
        "'--",
        " ",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_code_that_is_none_is_named_so(client, store, token, method):
    response = getattr(client, method)(f"/q/{token}")
    assert response.status_code == 400
    assert 'data-code="code_invalid"' in response.content.decode()
    assert Hold.objects.count() == 0


def test_a_code_of_an_archived_store_is_no_code(client, store):
    path = address(store)
    store.archived_at = clock.now()
    store.save()
    assert client.get(path).status_code == 400


def refused(store, user, path=None):
    """The refusal somebody signed in gets for a scan, and what it says; nothing was used up by it."""
    path = path or address(store)
    before = (
        list(Code.objects.order_by("pk").values_list("pk", "used")),
        Hold.objects.count(),
        Order.objects.count(),
    )
    response = signed_in(user).post(path)
    after = (
        list(Code.objects.order_by("pk").values_list("pk", "used")),
        Hold.objects.count(),
        Order.objects.count(),
    )
    assert before == after
    page = response.content.decode()
    code = re.search(r'<section class="state" data-code="(\w+)"', page)[1]
    assert re.search(r"<h1>.+</h1>", page)
    assert re.search(r'<(a|button) class="button button--primary[^>]*>[^<]+</', page), (
        "a refusal says what to do next"
    )
    return response, code, page


def test_already_ordering_leads_to_the_order(store, alice):
    order = choosing(alice, store)
    response, code, page = refused(store, alice)
    assert (response.status_code, code) == (409, "already_ordering")
    assert f'href="/orders/{order.pk}/"' in page


def test_a_closed_store(store, alice):
    path = address(store)
    services.set_status(store, open=False)
    response, code, page = refused(store, alice, path)
    assert (response.status_code, code) == (409, "store_closed")
    assert 'href="/s/ABC/"' in page


def test_a_paused_store(store, alice):
    path = address(store)
    services.set_status(store, paused=True)
    response, code, _ = refused(store, alice, path)
    assert (response.status_code, code) == (409, "store_paused")


def test_the_daily_limit_says_when_the_next_is_allowed(store, alice, bob):
    ready(alice, store, bob)
    response, code, page = refused(store, alice)
    assert (response.status_code, code) == (409, "limit_reached")
    assert 0 < int(response["Retry-After"]) <= 24 * 3600
    assert "Try again at" in page


def test_an_expired_code(store, alice):
    path = address(store)
    clock.advance(store.code_s + 61)
    response, code, _ = refused(store, alice, path)
    assert (response.status_code, code) == (409, "code_expired")


def test_a_used_up_code_says_when_the_next_comes(store, alice):
    code = qr_codes.current_code(store)
    Code.objects.filter(pk=code.pk).update(used=code.budget)
    response, refusal, page = refused(store, alice)
    assert (response.status_code, refusal) == (409, "code_used_up")
    assert 0 < int(response["Retry-After"]) <= store.code_s
    assert "Try again at" in page


def test_of_a_browser_that_was_just_named_nothing_is_looked_for(store, django_assert_num_queries):
    path = address(store)
    Code.objects.update(used=F("budget"))
    Client().post(path)
    with django_assert_num_queries(3):  # the code, whether anything is overdue, and the code once more
        assert Client().post(path).status_code == 409
    again = Client()
    again.get("/s/ABC/")
    with django_assert_num_queries(8):
        assert again.post(path).status_code == 409


def test_a_browser_that_was_just_named_hears_first_that_the_bar_is_closed(store):
    path = address(store)
    Code.objects.update(used=F("budget"))
    services.set_status(store, open=False)
    assert "store_closed" in Client().post(path).content.decode()


def test_a_full_queue(store, alice, charlie):
    choosing(charlie, store)
    store.capacity = 1
    store.save()
    response, code, _ = refused(store, alice)
    assert (response.status_code, code) == (409, "queue_full")
    assert response["Retry-After"]


def test_too_many_holds(store, alice):
    now = clock.now()
    for _ in range(3):
        Hold.objects.create(
            code=qr_codes.current_code(store),
            user=alice,
            taken_at=now,
            expires_at=now,
            used_at=now,
            returned_at=now,
        )
    response, code, _ = refused(store, alice)
    assert (response.status_code, code) == (429, "too_many_holds")
    assert 0 < int(response["Retry-After"]) <= 3600


def test_times_are_those_of_the_store(store, alice, bob):
    store.timezone = "Asia/Kolkata"  # half an hour off everybody else
    store.save()
    ready(alice, store, bob)
    _, _, page = refused(store, alice)
    assert "Try again at 00:00" in page


def test_a_refusal_speaks_the_readers_language_and_is_never_cached(store, alice):
    services.set_status(store, open=False)
    response = signed_in(alice).post(address(store), headers={"accept-language": "pt-br"})
    assert '<html lang="pt-br"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_hold_that_ran_out_before_signing_in_says_scan_again(client, store):
    client.post(client.post(address(store)).url, {"name": "Zoë", "next": "/s/ABC/", "store": "ABC"})
    clock.advance(301)
    response = client.post("/s/ABC/")
    assert response.status_code == 409
    assert 'data-code="no_hold"' in response.content.decode()


def test_other_methods_are_named(client, store):
    response = client.put(address(store))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
    assert 'data-code="wrong_method"' in response.content.decode()
