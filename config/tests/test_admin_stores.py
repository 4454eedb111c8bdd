"""Stores in the admin, as somebody uses it who is no programmer."""

import datetime as dt
import re

import pytest
from django.contrib.messages import get_messages

from config import schedule, services
from config.models import Drink, ModifierGroup, Store
from config.tests.admin_pages import MODELS, address, changed, errors_of, rows, store_form
from config.timetable import Hours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("other")]


def test_only_superusers_add_stores(superuser, manager):
    assert (
        superuser.get(address("store", "add")).status_code == 403
    )  # the last sign-in of this browser is Dana's


def test_a_superuser_adds_a_store_which_begins_closed(superuser, store):
    form = store_form(store, slug="NEW", name="New bar", timezone="Europe/Lisbon")
    assert superuser.post(address("store", "add"), form).status_code == 302
    new = Store.objects.get(slug="NEW")
    assert (new.is_open, new.sign_in, new.timezone) == (False, ["guest"], "Europe/Lisbon")


def test_the_first_store_can_be_made(superuser):
    Drink.objects.all().delete()
    ModifierGroup.objects.all().delete()
    Store.objects.all().delete()
    assert superuser.get(address("store")).status_code == 200
    assert superuser.get(address("store", "add")).status_code == 200


def test_a_change_is_told_and_the_short_name_stays(manager, store):
    before = changed(store)
    manager.post(address("store", "change", store.pk), store_form(store, capacity=5, slug="OTHER"))
    store.refresh_from_db()
    assert (store.capacity, store.slug) == (5, "ABC")
    assert changed(store) == before + 1


def test_saving_without_a_change_is_no_news(manager, store):
    before = changed(store)
    manager.post(address("store", "change", store.pk), store_form(store))
    assert changed(store) == before


def test_saving_an_old_page_does_not_open_a_store_that_was_closed_since(manager, store):
    Store.objects.filter(pk=store.pk).update(is_open=False)
    manager.post(address("store", "change", store.pk), store_form(store, capacity=5) | {"is_open": "on"})
    assert not Store.objects.get(pk=store.pk).is_open


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("capacity", 0),
        ("capacity", ""),
        ("code_s", 0),
        ("claim_s", 10**6),
        ("timezone", "Mars/Base"),
        ("sign_in", []),
        ("sign_in", ["pigeon"]),
        ("name", ""),
        ("name", "a\0b"),
        ("language", "xx"),
        ("ends_on", "yesterday"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(manager, store, field, value):
    response = manager.post(
        address("store", "change", store.pk), store_form(store, per_code=3) | {field: value}
    )
    assert errors_of(response)
    assert field in response.context["adminform"].form.errors
    assert Store.objects.get(pk=store.pk).per_code == 10


@pytest.mark.parametrize("model", MODELS)
def test_every_field_is_explained(superuser, model):
    page = superuser.get(address(model, "add")).context
    forms = [page["adminform"].form, *(each.formset.empty_form for each in page["inline_admin_formsets"])]
    unexplained = [name for form in forms for name, field in form.fields.items()
                   if not field.help_text and not field.widget.is_hidden and name != "DELETE"]  # fmt: skip
    assert unexplained == []


def test_stores_are_opened_closed_and_paused_from_their_own_page(manager, store):
    page = address("store", "change", store.pk)
    for act, expected in (("pause", (True, True)), ("resume", (True, False)), ("close_store", (False, False)),
                          ("open_store", (True, False))):  # fmt: skip
        assert act in [name for name, *_label in manager.get(page).context["acts"]]
        posted = {"action": act, "_selected_action": store.pk, "from_page": store.pk}
        response = manager.post(address("store"), posted)
        assert (response.status_code, response.url) == (302, page)
        store.refresh_from_db()
        assert (store.is_open, store.is_paused) == expected


def test_the_page_offers_only_what_can_be_done(manager, store):
    page = address("store", "change", store.pk)
    offered = [name for name, *_label in manager.get(page).context["acts"]]
    assert "close_store" in offered
    assert "open_store" not in offered


def test_what_the_domain_refuses_is_said_in_its_own_words(manager, store):
    response = manager.post(address("store"), {"action": "archive", "_selected_action": store.pk})
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said == ["Bar ABC: This store is open. Close it first, then archive it."]


def test_an_archived_store_can_be_brought_back(manager, store):
    Store.objects.filter(pk=store.pk).update(is_open=False)
    manager.post(address("store"), {"action": "archive", "_selected_action": store.pk})
    assert [row.slug for row in rows(manager.get(address("store"), {"archived": "yes"}))] == ["ABC"]
    assert rows(manager.get(address("store"), {"archived": "no"})) == []
    manager.post(address("store"), {"action": "bring_back", "_selected_action": store.pk})
    assert Store.objects.get(pk=store.pk).archived_at is None


def test_stores_cannot_be_deleted(superuser, store):
    assert superuser.post(address("store", "delete", store.pk), {"post": "yes"}).status_code == 403
    superuser.post(
        address("store"), {"action": "delete_selected", "_selected_action": store.pk, "post": "yes"}
    )
    assert Store.objects.filter(pk=store.pk).exists()


def test_a_store_without_a_menu_gets_the_usual_one(superuser):
    empty = Store.objects.create(slug="EMPTY", name="Empty")
    posted = {"action": "add_menu", "_selected_action": empty.pk}
    superuser.post(address("store"), posted)
    superuser.post(address("store"), posted)
    assert empty.drinks.count() == 6


@pytest.mark.parametrize("ticked", ["abc", "", "9" * 400, "1\0"])
def test_nonsense_ticked_is_as_if_nothing_was(manager, store, ticked):
    posted = {"action": "close_store", "_selected_action": ticked, "from_page": ticked}
    assert manager.post(address("store"), posted).status_code in {200, 302}
    assert Store.objects.get(pk=store.pk).is_open


def test_the_end_of_a_store_can_be_set(manager, store):
    manager.post(address("store", "change", store.pk), store_form(store, ends_on="2030-05-01"))
    assert Store.objects.get(pk=store.pk).ends_on == dt.date(2030, 5, 1)


@pytest.mark.parametrize("way", ["phone", "email"])
def test_codes_are_switched_on_only_after_a_test_code_arrived(manager, store, way):
    form = store_form(store, sign_in=["guest", way])
    response = manager.post(address("store", "change", store.pk), form)
    assert "Send yourself a test code first" in errors_of(response)
    services.mark_verified(store, way)
    assert manager.post(address("store", "change", store.pk), form).status_code == 302
    assert Store.objects.get(pk=store.pk).sign_in == ["guest", way]


def test_codes_that_are_on_already_stay_on(manager, store):
    Store.objects.filter(pk=store.pk).update(sign_in=["phone"])
    form = store_form(store, sign_in=["phone"], capacity=7)
    assert manager.post(address("store", "change", store.pk), form).status_code == 302
    store.refresh_from_db()
    assert (store.capacity, store.sign_in) == (7, ["phone"])


def test_a_new_store_begins_with_names_only(superuser, store):
    response = superuser.post(address("store", "add"), store_form(store, slug="NEW", sign_in=["phone"]))
    assert "Send yourself a test code first" in errors_of(response)


def test_the_page_of_a_store_shows_its_hours_and_leads_to_its_other_pages(manager, store):
    schedule.set_hours(store, [Hours(0, dt.time(9), dt.time(17))])
    page = manager.get(address("store", "change", store.pk)).content.decode()
    assert "Monday 09:00–17:00" in page
    for path in ("", "setup/bar/", "setup/hours/", "setup/sign-in/", "figures/", "menu/"):
        assert f'href="/organise/ABC/{path}"' in page


def test_last_orders_are_called_by_a_button(manager, store):
    manager.post(address("store"), {"action": "last_orders", "_selected_action": store.pk})
    assert Store.objects.get(pk=store.pk).last_orders_at is not None


def test_the_first_page_leads_to_the_set_up(superuser, store):
    assert 'href="/organise/"' in superuser.get("/admin/").content.decode()


def test_a_ticket_is_old_before_it_is_late(manager, store):
    where = address("store", "change", store.pk)
    refused = manager.post(where, store_form(store, warn_s=300, late_s=300))
    assert "old before it is late" in errors_of(refused)

    manager.post(where, store_form(store, warn_s=120, late_s=240, second_language="pt-br", auto_pause=""))

    store.refresh_from_db()
    assert (store.warn_s, store.late_s, store.second_language, store.auto_pause) == (120, 240, "pt-br", False)


def test_what_closes_or_archives_stands_behind_all_other_buttons(manager, store):
    for is_open, last in ((True, "close_store"), (False, "archive")):
        services.set_status(store, open=is_open)
        acts = manager.get(address("store", "change", store.pk)).context["acts"]
        careful = [each for *_name, each in acts]
        assert careful == sorted(careful) and not careful[0]
        assert {name: each for name, _label, each in acts}[last]


def test_a_list_of_time_zones_has_no_longest_text(manager, store):
    page = manager.get(address("store", "change", store.pk)).content.decode()
    assert not re.search(r"<select[^>]*maxlength", page)


def test_a_screen_is_made_anew_after_what_it_is_made_from_and_not_after_what_frames_tell(store):
    made_from = store.look
    store.capacity, store.is_open, store.per_code = 7, not store.is_open, 3
    assert store.look == made_from
    looks = {made_from}
    for field, value in {
        "name": "New",
        "language": "es",
        "second_language": "en",
        "timezone": "Asia/Tokyo",
    }.items():
        setattr(store, field, value)
        looks.add(store.look)
    assert len(looks) == 5
