"""Orders in the admin: to look at, and the acts that change them."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from config.models import Store
from conftest import choosing, make_store, make_user, making, queued, ready
from orders import counting
from orders.models import Grant, Order, Status
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db

ORDERS = "admin:orders_order_changelist"


@pytest.fixture
def manager(dana, client):
    """Dana's browser, signed in to the admin."""
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    return client


@pytest.fixture
def elsewhere(alice) -> Order:
    """An order at a store that is none of Dana's business."""
    return queued(alice, make_store("XYZ"))


def act(client, name, *things, model="orders_order", **fields):
    """Tick things in the list and choose an act; what the page then says."""
    posted = {"action": name, "_selected_action": [thing.pk for thing in things], **fields}
    response = client.post(reverse(f"admin:{model}_changelist"), posted)
    return response, [str(message) for message in get_messages(response.wsgi_request)]


def rows(response) -> list[Order]:
    return list(response.context["cl"].result_list)


def status(order) -> str:
    return Order.objects.get(pk=order.pk).status


# -- looking ---------------------------------------------------------------------------------------


def test_a_manager_sees_the_orders_of_their_store(manager, alice, store, elsewhere):
    order = queued(alice, store)
    assert rows(manager.get(reverse(ORDERS))) == [order]


def test_a_barista_does_not(client, store, bob):
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    assert client.get(reverse(ORDERS)).status_code == 403


def test_another_stores_order_is_as_if_it_were_not_there(manager, store, elsewhere):
    page = reverse("admin:orders_order_change", args=[elsewhere.pk])
    assert manager.get(page).status_code == 302
    act(manager, "cancel", elsewhere)
    assert status(elsewhere) == Status.QUEUED


def test_the_page_shows_the_whole_life(manager, alice, store, bob):
    order = ready(alice, store, bob, drink="Cappuccino", modifiers=["Oat"])
    page = manager.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    types = Event.objects.filter(order=order.pk).order_by("sequence").values_list("type", flat=True)
    assert len(types) == 5
    places = [page.index(f"<td>{each}</td>") for each in types]
    assert places == sorted(places)
    assert "Cappuccino" in page


def test_no_secret_of_an_order_is_shown(manager, alice, store):
    order = choosing(alice, store)
    Order.objects.filter(pk=order.pk).update(browser="browser-secret")
    page = manager.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert order.pk in page  # in the address of the page, so the search below could find something
    assert order.task_token not in page
    assert order.hold.code.token not in page
    assert "browser-secret" not in page


def test_nothing_can_be_typed_over_added_or_deleted(manager, alice, store):
    order = queued(alice, store)
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert not manager.get(page).context["adminform"].form.fields
    assert manager.post(page, {"status": "collected"}).status_code == 403
    assert manager.get(reverse("admin:orders_order_add")).status_code == 403
    assert (
        manager.post(reverse("admin:orders_order_delete", args=[order.pk]), {"post": "yes"}).status_code
        == 403
    )
    act(manager, "delete_selected", order, post="yes")
    assert status(order) == Status.QUEUED


def test_an_order_is_found_by_its_number_or_its_id(manager, alice, store):
    first = queued(alice, store)
    second = queued(make_user("Eve"), store)
    for words, found in (("1", [first]), ("#2", [second]), (second.pk, [second]), ("3", []), ("nobody", []),
                         ("9" * 30, []), ("9" * 5000, []), ("²", []), ("", [second, first])):  # fmt: skip
        assert rows(manager.get(reverse(ORDERS), {"q": words})) == found


def test_the_list_takes_as_many_queries_for_one_order_as_for_five(
    manager, store, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(40) as queries:
            manager.get(reverse(ORDERS))
        return len(queries)

    queued(make_user("Eve"), store)
    one = count()
    for name in ("Frank", "Grace", "Heidi", "Ivan"):
        queued(make_user(name), store)
    assert count() == one


# -- acts ------------------------------------------------------------------------------------------


def test_an_order_is_cancelled_with_a_reason_its_owner_sees(manager, alice, store, dana):
    order = queued(alice, store)
    act(manager, "cancel", order, reason="machine")
    order.refresh_from_db()
    assert (order.status, order.reason, order.last_by) == (Status.CANCELLED, "machine", dana)


@pytest.mark.parametrize("reason", ["", "other"])
def test_without_a_reason_it_is_the_general_one(manager, alice, store, reason):
    order = queued(alice, store)
    act(manager, "cancel", order, reason=reason)
    order.refresh_from_db()
    assert (order.status, order.reason) == (Status.CANCELLED, "other")


def test_an_unknown_reason_cancels_nothing(manager, alice, store):
    order = queued(alice, store)
    act(manager, "cancel", order, reason="store_closed")
    assert status(order) == Status.QUEUED


def test_what_comes_too_late_is_said_and_the_rest_still_happens(manager, alice, store, bob):
    over = ready(alice, store, bob)
    Order.objects.filter(pk=over.pk).update(status=Status.REJECTED, finished_at=over.created_at)
    waiting = queued(make_user("Eve"), store)
    _response, said = act(manager, "cancel", over, waiting, reason="sold_out")
    assert "1: This order is over: the bar could not take it." in said
    assert "Done. 2: Cancel the order." in said
    assert (status(over), status(waiting)) == (Status.REJECTED, Status.CANCELLED)


def test_a_drink_is_made_again_in_its_old_place(manager, alice, store, bob):
    order = ready(alice, store, bob)
    act(manager, "remake", order)
    again = order.remakes.get()
    assert (again.drink, again.place, again.customer) == (order.drink, order.place, alice)


def test_an_owner_is_allowed_one_more(manager, alice, store, bob, dana):
    order = making(alice, store, bob)
    act(manager, "one_more", order)
    grant = Grant.objects.get()
    assert (grant.customer, grant.by, grant.store) == (alice, dana, store)


def test_the_page_offers_what_can_be_done_and_returns_to_it(manager, alice, store):
    order = queued(alice, store)
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert [name for name, *_label in manager.get(page).context["acts"]] == ["one_more", "cancel"]
    response, _said = act(manager, "cancel", order, reason="unclear", from_page=order.pk)
    assert response.url == page
    assert [name for name, *_label in manager.get(page).context["acts"]] == ["one_more"]


# -- acts on stores --------------------------------------------------------------------------------


def test_closing_with_its_orders_asks_first_and_says_how_many(manager, alice, store):
    order = queued(alice, store)
    response, _said = act(manager, "close_and_cancel", store, model="config_store")
    assert response.status_code == 200
    assert "1 order is in progress." in response.content.decode()
    assert (status(order), Store.objects.get().is_open) == (Status.QUEUED, True)
    act(manager, "close_and_cancel", store, model="config_store", sure="yes")
    order.refresh_from_db()
    assert (order.status, order.reason) == (Status.CANCELLED, "store_closed")
    assert not Store.objects.get().is_open


def test_the_confirming_page_sends_everything_it_was_sent(manager, alice, store):
    queued(alice, store)
    response, _said = act(manager, "close_and_cancel", store, model="config_store", from_page=store.pk)
    kept = dict(response.context["kept"])
    assert kept == {
        "action": "close_and_cancel",
        "_selected_action": str(store.pk),
        "from_page": str(store.pk),
    }


def test_plain_closing_leaves_orders_alone(manager, alice, store):
    order = queued(alice, store)
    act(manager, "close_store", store, model="config_store")
    assert not Store.objects.get().is_open
    assert status(order) == Status.QUEUED


def test_numbers_begin_at_1_again_when_a_manager_says_so(manager, alice, store):
    queued(alice, store)
    act(manager, "start_series", store, model="config_store")
    assert counting.lock_queue(store).series == 1
    act(manager, "start_series", store, model="config_store", sure="yes")
    assert queued(make_user("Eve"), store).number == 1


def test_another_stores_orders_cannot_be_cancelled_by_closing_it(manager, store, elsewhere):
    act(manager, "close_and_cancel", elsewhere.store, model="config_store", sure="yes")
    assert status(elsewhere) == Status.QUEUED
    assert Store.objects.get(slug="XYZ").is_open


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_every_page_answers_in_both_languages(manager, alice, store, bob, language):
    manager.cookies["language"] = language
    order = ready(alice, store, bob)
    for page in (reverse(ORDERS), reverse("admin:orders_order_change", args=[order.pk])):
        response = manager.get(page)
        assert response.status_code == 200
        assert f'lang="{language}"' in response.content.decode()


def test_moments_are_in_the_stores_own_time(manager, alice, store):
    Store.objects.filter(pk=store.pk).update(timezone="Asia/Tokyo")
    order = queued(alice, store)
    at = dt.datetime(2026, 5, 1, 20, 30, tzinfo=dt.UTC)
    Order.objects.filter(pk=order.pk).update(created_at=at)
    Event.objects.filter(order=order.pk).update(at=at)
    page = manager.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "05/02/2026 5:30 a.m." in page
    assert (
        " ".join(page.split()).count("05/02/2026 05:30:00")
        == Event.objects.filter(order=order.pk).count()
        == 3
    )


def test_what_an_event_says_is_said_plainly(manager, alice, store, bob):
    order = making(alice, store, bob, drink="Cappuccino", modifiers=["Oat"])
    page = manager.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "<span>modifiers: Oat</span>" in page
    assert "<span>take_over: no</span>" in page
    assert "None" not in page
