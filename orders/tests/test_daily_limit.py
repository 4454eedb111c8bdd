"""Who has had today's drink: by person or browser, by the store's own day."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from config import services
from conftest import choosing, make_store, make_user, ready, scanned
from display import qr_codes
from orders import admission, commands, deadlines, processor, workflow
from orders.models import Grant, Order, Status
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Forgotten, User
from serverlesspresso.accounts.privacy import personal_data
from serverlesspresso.core import clock

from .scanning import refused, scan_again

pytestmark = pytest.mark.django_db


def guest(name="Guest"):
    return make_user(name, is_guest=True)


def to_local(store, hour, minute=0, second=0):
    """Move the clock on to the next such time of day at the store."""
    local = clock.now().astimezone(store.zone)
    target = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    if target <= local:
        target += dt.timedelta(days=1)
    clock.advance((target.astimezone(dt.UTC) - clock.now()).total_seconds())


# -- the daily limit --------------------------------------------------------------------------------


def test_after_todays_drink_the_next_is_allowed_at_the_stores_midnight(store, alice, bob):
    store.timezone = "America/Sao_Paulo"
    store.save()
    to_local(store, 22)
    commands.collect(ready(alice, store, bob), by=alice)
    refusal = refused(scan_again, alice, store)
    local = refusal.retry_at.astimezone(ZoneInfo("America/Sao_Paulo"))
    assert (local.hour, local.minute) == (0, 0)
    assert dt.timedelta(hours=1) < refusal.retry_at - clock.now() <= dt.timedelta(hours=2)


@pytest.mark.parametrize(
    "zone", ["UTC", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Honolulu"]
)
def test_a_new_day_begins_at_the_stores_midnight_to_the_second(zone, store, alice, bob):
    store.timezone = zone
    store.save()
    to_local(store, 23, 30)
    commands.collect(ready(alice, store, bob), by=alice)
    to_local(store, 23, 59, 59)
    assert refused(scan_again, alice, store).code == "limit_reached"
    clock.advance(1)
    assert scan_again(alice, store).status == Status.VALIDATING


def test_the_day_is_that_of_the_scan_not_of_the_order(store, alice):
    to_local(store, 23, 58)
    phone = Person(None, "phone")
    hold = admission.scan(qr_codes.current_code(store), phone)
    day = store.local_day(clock.now())
    clock.advance(180)
    order = admission.create_order(hold, Person(alice, "phone"))
    assert order.scan_day == day != store.local_day(clock.now())


@pytest.mark.parametrize("per_day", [2, 3])
def test_as_many_as_the_store_allows(per_day, store, alice, bob):
    to_local(store, 12)  # an hour later it is still today
    store.per_day = per_day
    store.save()
    for _ in range(per_day):
        ready(alice, store, bob)
    clock.advance(3600)
    assert refused(scan_again, alice, store).code == "limit_reached"


def test_no_limit_where_the_store_sets_none(store, alice, bob):
    store.per_day = 0
    store.save()
    ready(alice, store, bob)
    assert scan_again(alice, store)


def test_robots_have_no_limit(alice, bob):
    store = make_store("BOT", kind="robots")
    ready(alice, store, bob)
    assert scan_again(alice, store)


@pytest.mark.parametrize("counts", [Status.READY, Status.COLLECTED])
def test_ready_and_collected_count(counts, store, alice, bob):
    order = ready(alice, store, bob)
    if counts == Status.COLLECTED:
        commands.collect(order, by=bob)
    assert refused(scan_again, alice, store).code == "limit_reached"


def test_a_drink_nobody_came_for_counts(store, alice, bob):
    to_local(store, 12)  # when nobody came, it is still today
    order = ready(alice, store, bob)
    clock.advance(store.pickup_s + 1)
    deadlines.settle_overdue(store)
    assert Order.objects.get(pk=order.pk).reason == "not_collected"
    assert refused(scan_again, alice, store).code == "limit_reached"


@pytest.mark.parametrize("end", ["withdrawn", "cancelled", "timed out", "rejected"])
def test_what_never_became_a_drink_does_not_count(end, store, alice, bob):
    order = choosing(alice, store) if end != "rejected" else scanned(alice, store)
    if end == "withdrawn":
        commands.withdraw(order, by=alice)
    elif end == "cancelled":
        commands.cancel(order, by=bob)
    elif end == "timed out":
        clock.advance(store.customer_s)
        deadlines.settle_overdue(store)
    else:
        services.set_status(store, open=False)
        workflow.check_store_open(order.pk)
        services.set_status(store, open=True)
    assert Order.objects.get(pk=order.pk).status in (Status.CANCELLED, Status.TIMED_OUT, Status.REJECTED)
    assert scan_again(alice, store).status == Status.VALIDATING


def test_drinks_at_another_store_do_not_count(store, alice, bob):
    ready(alice, make_store("XYZ"), bob)
    assert scan_again(alice, store)


def test_a_barista_allows_one_more_once_and_for_today(store, alice, bob):
    commands.grant_one_more(ready(alice, store, bob), by=bob)
    ready(alice, store, bob)
    assert refused(scan_again, alice, store).code == "limit_reached"
    assert Grant.objects.get().day == store.local_day(clock.now())


def test_yesterdays_grant_is_gone(store, alice, bob):
    commands.grant_one_more(ready(alice, store, bob), by=bob)
    to_local(store, 0)
    ready(alice, store, bob)
    assert refused(scan_again, alice, store).code == "limit_reached"


def test_one_more_for_alice_is_none_for_charlie(store, alice, charlie, bob):
    commands.grant_one_more(ready(alice, store, bob), by=bob)
    ready(charlie, store, bob)
    assert refused(scan_again, charlie, store).code == "limit_reached"


# -- guests -----------------------------------------------------------------------------------------


def test_guests_are_limited_by_browser_whatever_they_call_themselves(store, bob):
    order = scan_again(guest("Alice"), store, "phone")
    assert refused(scan_again, guest("Alicia"), store, "phone").code == "already_ordering"
    commands.complete(_in_queue(order), by=bob)
    assert refused(scan_again, guest("Ali"), store, "phone").code == "limit_reached"
    assert scan_again(guest("Charlie"), store, "another phone")


def test_somebody_who_has_not_said_who_they_are_is_refused_by_browser_too(store):
    order = scan_again(guest(), store, "phone")
    refusal = refused(admission.scan, qr_codes.current_code(store), Person(None, "phone"))
    assert (refusal.code, refusal.order_id) == ("already_ordering", order.pk)


def test_people_with_a_phone_or_an_e_mail_are_limited_by_person_not_by_browser(store, alice, charlie, bob):
    commands.complete(_in_queue(scan_again(alice, store, "shared")), by=bob)
    assert scan_again(charlie, store, "shared")
    assert refused(scan_again, alice, store, "another browser").code == "limit_reached"


def test_one_more_for_a_guest_is_for_the_browser(store, bob):
    order = commands.complete(_in_queue(scan_again(guest("Alice"), store, "phone")), by=bob)
    commands.grant_one_more(order, by=bob)
    assert scan_again(guest("Alicia"), store, "phone")


def _in_queue(order):
    workflow.run(workflow.OPEN, order.pk)
    order = commands.submit(processor.load(order.pk), drink="Espresso", modifiers=[], by=order.customer)
    workflow.run(workflow.QUEUE, order.pk)
    return processor.load(order.pk)


# -- erased and back --------------------------------------------------------------------------------


PHONE, ADDRESS = "+351912345678", "alice@example.org"


def back_again(contact: dict, browser="another browser") -> Person:
    """Somebody whose data was erased signs in with the same contact once more."""
    return Person(User.objects.create_user(**contact), browser)


@pytest.mark.parametrize("contact", [{"email": ADDRESS}, {"phone": PHONE}])
def test_who_erases_their_data_and_comes_back_has_had_todays_drink(store, bob, contact):
    for _time in range(2):
        person = back_again(contact)
        if not Order.objects.exists():
            commands.collect(ready(person.user, store, bob), by=person.user)
        token = qr_codes.current_code(store).token
        assert refused(admission.scan_and_create, store, token, person).code == "limit_reached"
        personal_data.erase(person)
    assert PHONE not in str(list(Forgotten.objects.values())) and ADDRESS not in str(
        Forgotten.objects.values()
    )


def test_one_more_that_was_granted_before_counts_too(store, bob):
    person = back_again({"email": ADDRESS})
    order = ready(person.user, store, bob)
    commands.collect(order, by=person.user)
    commands.grant_one_more(order, by=bob)
    personal_data.erase(person)
    assert admission.next_drink(store, back_again({"email": ADDRESS})) is None


def test_scans_of_the_last_hour_count_for_who_comes_back(store):
    person = back_again({"email": ADDRESS})
    for _scan in range(qr_codes.HOLDS_AN_HOUR):
        qr_codes.give_back(qr_codes.take_hold(qr_codes.current_code(store), user=person.user).pk)
    personal_data.erase(person)
    again = back_again({"email": ADDRESS})
    refusal = refused(admission.scan, qr_codes.current_code(store), again)
    assert refusal.code == "too_many_holds"


def test_somebody_else_has_not_had_it(store, bob):
    person = back_again({"email": ADDRESS})
    commands.collect(ready(person.user, store, bob), by=person.user)
    personal_data.erase(person)
    assert admission.next_drink(store, back_again({"email": "charlie@example.org"})) is None


def test_a_new_key_does_not_let_them_have_another(store, bob, settings):
    person = back_again({"email": ADDRESS})
    commands.collect(ready(person.user, store, bob), by=person.user)
    personal_data.erase(person)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another key that is long enough",
    )
    assert admission.next_drink(store, back_again({"email": ADDRESS}))


@pytest.mark.parametrize("signed_in_days_ago", [0, 20])
def test_the_hash_goes_a_day_after_they_asked_and_not_earlier(store, bob, signed_in_days_ago):
    person = back_again({"email": ADDRESS})
    person.user.last_login = clock.now() - dt.timedelta(days=signed_in_days_ago)
    person.user.save()
    commands.collect(ready(person.user, store, bob), by=person.user)
    personal_data.erase(person)
    personal_data.purge()
    assert Forgotten.objects.exists()
    clock.advance(86_400 + 60)
    personal_data.purge()
    assert not Forgotten.objects.exists()
