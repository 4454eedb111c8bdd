"""Somebody sets up a bar on their own: page by page, without a terminal."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from config.models import Drink, OpeningHours, Store
from organisers import setup_steps
from organisers.forms import DayForm
from organisers.tests.pages import page_of, post
from serverlesspresso.accounts.sms import backends
from serverlesspresso.events.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("messages_are_kept")]
LAST = dt.date(2031, 5, 3)


def bar_form(**fields) -> dict:
    return {
        "name": "DevConf",
        "slug": "DEV",
        "timezone": "Europe/Lisbon",
        "language": "en",
        "starts_on": "2031-05-01",
        "ends_on": LAST.isoformat(),
        "reach": "router",
    } | fields


@pytest.fixture
def dev(administers) -> Store:
    """A store just made."""
    assert administers.post("/organise/new/", bar_form()).status_code == 302
    return Store.objects.get(slug="DEV")


def test_the_whole_set_up_leads_from_page_to_page_to_an_open_bar(administers, client, on_commit):
    """Each page leads to the next; at the end the bar is open and has all it needs."""
    at = administers.post("/organise/new/", bar_form())
    dev = Store.objects.get(slug="DEV")
    sent = {
        "phones": {},
        "hours": {"day3-from_1": "09:00", "day3-to_1": "17:00"},
        "menu": {"template": "small"},
        "limits": {"baristas": "3", "per_day": "2", "per_code": "10", "capacity": "20"},
        "sign-in": {"do": "set", "sign_in": "guest"},
    }
    for step, form in sent.items():
        assert at["Location"] == f"/organise/DEV/setup/{step}/"
        assert administers.get(at["Location"]).status_code == 200
        at = administers.post(at["Location"], form)
    assert at["Location"] == "/organise/DEV/setup/people/"
    assert post(administers, dev, "people", name="Ana", role="barista").status_code == 200
    assert administers.get("/organise/DEV/setup/screens/").status_code == 200
    assert administers.get("/organise/DEV/setup/opening/").status_code == 200
    administers.post("/organise/DEV/act/open/")
    dev.refresh_from_db()
    assert (dev.is_open, dev.timezone, dev.ends_on) == (True, "Europe/Lisbon", LAST)
    assert (dev.per_code, dev.capacity, dev.per_day) == (15, 30, 2)
    assert dev.drinks.count() == 3
    assert str(dev.hours.get()) == "Thursday 09:00–17:00"
    assert [step["name"] for step in setup_steps.missing(dev)] == ["screens"]


def test_the_list_of_steps_is_the_order_of_the_pages(dev):
    assert next(iter(setup_steps.STEPS)) == "bar"
    assert setup_steps.after("bar") == "phones"
    assert setup_steps.after("opening") is None


# -- the bar ---------------------------------------------------------------------------------------


def test_a_new_store_begins_closed_and_untried(dev):
    assert (dev.is_open, dev.untried, dev.reach) == (False, True, "router")


def test_an_administrator_without_a_store_is_led_to_make_one(administers):
    assert administers.get("/organise/")["Location"] == "/organise/new/"


def test_only_administrators_make_stores(manages):
    assert manages.post("/organise/new/", bar_form()).status_code == 403
    assert not Store.objects.filter(slug="DEV").exists()


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"ends_on": ""}, "This field is required"),
        ({"ends_on": "2020-01-01", "starts_on": ""}, "That day has passed"),
        ({"starts_on": "2031-05-04"}, "The last day is before the first"),
        ({"slug": "a b"}, "Letters, digits"),
        ({"timezone": "Mars/Base"}, "There is no time zone"),
        ({"reach": ""}, "This field is required"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_what_a_store_cannot_be_is_said_and_none_is_made(administers, fields, about):
    response = administers.post("/organise/new/", bar_form(**fields))
    assert response.status_code == 422
    assert about in response.content.decode()
    assert not Store.objects.exists()


def test_a_short_name_that_is_taken_is_refused(administers, store):
    response = administers.post("/organise/new/", bar_form(slug="ABC"))
    assert response.status_code == 422


def test_a_page_opened_again_changes_what_it_is_about_and_nothing_else(manages, store):
    form = bar_form(name="New name", reach="hosted", language="pt-br")
    assert post(manages, store, "bar", **form).status_code == 302
    store.refresh_from_db()
    assert (store.name, store.slug, store.is_open, store.reach) == ("New name", "ABC", True, "hosted")


def test_saving_the_same_again_tells_nobody(manages, store):
    post(manages, store, "bar", **bar_form())
    before = Event.objects.count()
    post(manages, store, "bar", **bar_form())
    assert Event.objects.count() == before


# -- phones ----------------------------------------------------------------------------------------


def test_a_test_code_that_is_none_leads_nowhere(client, store):
    assert client.get("/organise/try/nonsense/").status_code == 404


def tried(manages, store) -> str:
    """The address in the test code."""
    from organisers.views import connection_tests

    request = type("Request", (), {"session": manages.session})()
    return f"/organise/try/{connection_tests._ticket(request, store)}/"


def test_a_phone_that_opens_the_test_code_opens_the_way(administers, dev):
    path, phone = tried(administers, dev), Client()
    assert "Waiting for a phone" in page_of(administers, dev, "phones")
    phone.get(path)
    dev.refresh_from_db()
    assert dev.untried, "looking must not count: previews of links look, too"
    assert "It works" in phone.post(path).content.decode()
    dev.refresh_from_db()
    assert not dev.untried
    poll = administers.get("/organise/DEV/setup/phones/", headers={"HX-Request": "true"})
    assert "A phone was there" in poll.content.decode()


def test_the_computer_that_shows_the_code_is_no_phone(administers, dev):
    assert "the same browser" in administers.post(tried(administers, dev)).content.decode()
    dev.refresh_from_db()
    assert dev.untried


def test_an_untried_bar_stays_closed_and_the_page_says_what_to_do(administers, dev):
    response = administers.post("/organise/DEV/act/open/", headers={"HX-Request": "true"})
    assert response.status_code == 409
    assert "No phone has reached this bar yet" in response.content.decode()
    dev.refresh_from_db()
    assert not dev.is_open


def test_a_manager_may_go_on_without_trying(administers, dev):
    assert post(administers, dev, "phones").status_code == 302
    dev.refresh_from_db()
    assert not dev.untried


def test_another_way_for_phones_is_to_be_tried_again(administers, dev):
    post(administers, dev, "phones")
    post(administers, dev, "bar", **bar_form(reach="tunnel"))
    dev.refresh_from_db()
    assert dev.untried


# -- hours -----------------------------------------------------------------------------------------


def test_hours_are_kept_and_shown_again(manages, store):
    form = {"day0-from_1": "09:00", "day0-to_1": "12:00", "day0-from_2": "13:00", "day0-to_2": "17:30"}
    assert post(manages, store, "hours", **form).status_code == 302
    assert [str(line) for line in store.hours.all()] == ["Monday 09:00–12:00", "Monday 13:00–17:30"]
    assert 'value="17:30"' in page_of(manages, store, "hours")
    post(manages, store, "hours")
    assert not store.hours.exists()


@pytest.mark.parametrize(
    "nine", ["9:00", " 09:00\u00a0", "９：００", "9h", "9h00", "9.00", "9", "9 am", "9:00 AM"]
)
def test_hours_are_read_as_people_type_them(manages, store, nine):
    assert post(manages, store, "hours", **{"day0-from_1": nine, "day0-to_1": "17h30"}).status_code == 302
    assert [str(line) for line in store.hours.all()] == ["Monday 09:00–17:30"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.text("0123456789:.hapm \0\u0663", max_size=8))
def test_no_text_breaks_the_reading_of_hours(opens, closes):
    data = {f"day0-{name}": text for name, text in (("from_1", opens), ("to_1", closes))}
    form = DayForm(data, prefix="day0", day=OpeningHours.Day(0))
    assert form.is_valid() in (True, False)


@pytest.mark.parametrize(
    ("form", "about"),
    [
        ({"day2-from_1": "09:00"}, "both times, or neither"),
        ({"day2-from_1": "09:00", "day2-to_1": "09:00"}, "Opening and closing time are the same"),
        ({"day2-from_1": "nine", "day2-to_1": "17:00"}, "Enter a valid time"),
    ],
)
def test_hours_that_make_no_sense_are_refused_and_nothing_changes(manages, store, form, about):
    response = post(manages, store, "hours", **form)
    assert response.status_code == 422
    assert about in response.content.decode()
    assert not store.hours.exists()


# -- menu and limits -------------------------------------------------------------------------------


def test_a_menu_that_is_there_is_not_replaced_by_a_template(manages, store):
    post(manages, store, "menu", template="tea")
    assert list(store.drinks.values_list("name", flat=True)) == ["Espresso", "Cappuccino"]


def test_a_template_that_there_is_not_is_refused(administers, dev):
    assert post(administers, dev, "menu", template="wine").status_code == 422
    assert not Drink.objects.filter(store=dev).exists()


def test_what_is_typed_beats_what_the_number_of_baristas_suggests(manages, store):
    post(manages, store, "limits", baristas="2", per_code="7", capacity="20", per_day="1")
    store.refresh_from_db()
    assert (store.per_code, store.capacity) == (7, 20)


def test_no_places_at_all_are_refused(manages, store):
    assert post(manages, store, "limits", per_code="1", capacity="0", per_day="1").status_code == 422
    store.refresh_from_db()
    assert store.capacity == 20


# -- who may order ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "contact"), [("phone", "+4915123456789"), ("email", "dana@example.org")])
def test_codes_can_be_switched_on_after_a_test_code_arrived(manages, store, on_commit, way, contact):
    response = post(manages, store, "sign-in", do="set", sign_in=["guest", way])
    assert response.status_code == 409
    assert "Send yourself a test code first" in response.content.decode()
    with on_commit():
        post(manages, store, "sign-in", do="send", way=way, contact=contact)
    text = backends.outbox[-1].text if way == "phone" else mail.outbox[-1].body
    code = re.search(r"\b\d{6}\b", text)[0]
    assert post(manages, store, "sign-in", do="prove", way=way, code="000000x").status_code == 409
    assert post(manages, store, "sign-in", do="prove", way=way, code=code).status_code == 302
    assert post(manages, store, "sign-in", do="set", sign_in=["guest", way]).status_code == 302
    store.refresh_from_db()
    assert store.sign_in == ["guest", way]


def test_a_code_of_one_way_proves_nothing_about_the_other(manages, store, on_commit):
    with on_commit():
        post(manages, store, "sign-in", do="send", way="email", contact="dana@example.org")
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]
    assert post(manages, store, "sign-in", do="prove", way="phone", code=code).status_code == 409


def test_five_wrong_codes_end_it(manages, store, on_commit):
    with on_commit():
        post(manages, store, "sign-in", do="send", way="email", contact="dana@example.org")
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]
    for _try in range(5):
        assert post(manages, store, "sign-in", do="prove", way="email", code="wrong!").status_code == 409
    assert post(manages, store, "sign-in", do="prove", way="email", code=code).status_code == 429


@pytest.mark.parametrize(("way", "contact"), [("phone", "dana"), ("email", "dana"), ("pigeon", "dana")])
def test_a_contact_that_is_none_is_refused(manages, store, way, contact):
    assert post(manages, store, "sign-in", do="send", way=way, contact=contact).status_code == 422


def test_one_way_at_least_is_needed(manages, store):
    assert post(manages, store, "sign-in", do="set").status_code == 422
    store.refresh_from_db()
    assert store.sign_in == ["guest"]
