"""The log in the admin: to be read, by superusers."""

import pytest
from django.urls import reverse

from config import services
from conftest import make_store, make_user, queued
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db

LIST = "admin:events_event_changelist"


@pytest.fixture
def superuser(client):
    """The browser of somebody who may do everything."""
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    return client


def rows(response) -> list[Event]:
    return list(response.context["cl"].result_list)


def test_the_log_can_be_filtered_by_store_and_type(superuser, store):
    other = make_store("XYZ")
    services.set_status(other, open=False)
    assert {event.store for event in rows(superuser.get(reverse(LIST)))} == {"ABC", "XYZ"}
    assert {event.store for event in rows(superuser.get(reverse(LIST), {"store": "XYZ"}))} == {"XYZ"}
    assert rows(superuser.get(reverse(LIST), {"type": "Validator.NewOrder"})) == []


def test_the_events_of_an_order_are_found_by_its_id(superuser, alice, store):
    order = queued(alice, store)
    found = rows(superuser.get(reverse(LIST), {"q": f" {order.pk} "}))
    assert [event.type for event in found] == [
        "OrderManager.WaitingCompletion",
        "OrderProcessor.WorkflowStarted",
        "Validator.NewOrder",
    ]


def test_an_event_can_be_read_but_not_changed_added_or_deleted(superuser, store):
    event = Event.objects.latest("sequence")
    page = reverse("admin:events_event_change", args=[event.pk])
    assert "ConfigService.ConfigChanged" in superuser.get(page).content.decode()
    assert superuser.post(page, {"type": "Other"}).status_code == 403
    assert superuser.get(reverse("admin:events_event_add")).status_code == 403
    assert (
        superuser.post(reverse("admin:events_event_delete", args=[event.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_managers_do_not_see_the_log(client, dana):
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    assert client.get(reverse(LIST)).status_code == 403
