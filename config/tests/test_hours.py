"""Opening hours: the store opens and closes by itself, in its own time, unless somebody did otherwise."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import schedule, services, timetable
from config.models import Store
from config.tests.conftest import is_open
from config.timetable import Hours
from conftest import make_store
from orders.sweep import sweep
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events.models import Event

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2027, 3, 1)
NINE, FIVE = dt.time(9), dt.time(17)
EVERY_DAY = [Hours(day, NINE, FIVE) for day in range(7)]


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment in March 2027, UTC."""
    return dt.datetime(2027, 3, day, hour, minute, tzinfo=dt.UTC)


def go_to(moment: dt.datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


@pytest.fixture
def bar(db) -> Store:
    """Closed, open every day from nine to five in Lisbon, seen on Monday at seven."""
    go_to(at(1, 7))
    bar = make_store("BAR", is_open=False, timezone="Europe/Lisbon", ends_on=MONDAY + dt.timedelta(days=60))
    schedule.set_hours(bar, EVERY_DAY)
    return bar


def test_the_store_opens_and_closes_at_its_hours(bar):
    for moment, expected in (
        (at(1, 8, 59), False),
        (at(1, 9), True),
        (at(1, 16, 59), True),
        (at(1, 17), False),
    ):
        go_to(moment)
        sweep()
        assert is_open(bar) is expected, moment


def test_the_hours_are_the_stores_local_time_across_a_change_of_the_clocks(bar):
    """Portugal puts its clocks forward on 28 March 2027."""
    assert timetable.next_opening(bar, at(27, 18)) == at(28, 8)
    assert timetable.next_opening(bar, at(26, 18)) == at(27, 9)


def spans_on(bar, day: int, month: int = 3) -> list[tuple[str, str]]:
    """From when to when it is open by the hours on a day of 2027, UTC."""
    found = timetable.spans(bar, dt.datetime(2027, month, day, 12, tzinfo=dt.UTC))
    return [
        (f"{span.opens:%H:%M}", f"{span.closes:%H:%M}")
        for span in found
        if (span.opens.month, span.opens.day) == (month, day)
    ]


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("01:30", "02:15", []),  # it would end 15 minutes before it begins
        ("01:00", "02:00", []),  # it would end as it begins
        ("01:30", "04:00", [("01:30", "03:00")]),
        ("00:30", "01:30", [("00:30", "01:30")]),
        ("02:00", "03:00", [("01:00", "02:00")]),
    ],
)
def test_in_the_night_the_clocks_go_forward_no_time_ends_before_it_begins(bar, opens, closes, expected):
    schedule.set_hours(bar, [Hours(6, dt.time.fromisoformat(opens), dt.time.fromisoformat(closes))])
    assert spans_on(bar, 28) == expected
    assert spans_on(bar, 21) == [(opens, closes)]


def test_in_the_night_the_clocks_go_forward_the_store_does_not_stay_open(bar):
    schedule.set_hours(bar, [Hours(6, dt.time(1, 30), dt.time(2, 15))])
    for moment in (at(28, 1, 14), at(28, 1, 16), at(28, 1, 31), at(28, 4)):
        go_to(moment)
        sweep()
        assert not is_open(bar)


def test_in_the_night_the_clocks_go_back_the_first_of_two_hours_counts(bar):
    """Portugal puts its clocks back on 31 October 2027, from two to one."""
    bar.ends_on = dt.date(2027, 12, 1)
    bar.save()
    schedule.set_hours(bar, [Hours(6, dt.time(1, 15), dt.time(1, 45)), Hours(6, dt.time(3), dt.time(4))])
    assert spans_on(bar, 31, month=10) == [("00:15", "00:45"), ("03:00", "04:00")]


def test_where_midnight_is_not_there_the_night_before_goes_on(bar):
    """Chile puts its clocks forward at midnight, on 5 September 2027."""
    bar.timezone, bar.ends_on = "America/Santiago", dt.date(2027, 12, 1)
    bar.save()
    schedule.set_hours(bar, [Hours(5, dt.time(23), dt.time(0, 30)), Hours(6, dt.time(0), dt.time(2))])
    assert spans_on(bar, 5, month=9) == [("03:00", "05:00")]


def test_who_opens_early_stays_open_until_closing_time(bar):
    services.set_status(bar, open=True)
    sweep()
    assert is_open(bar)
    go_to(at(1, 10))
    sweep()
    assert is_open(bar)
    go_to(at(1, 17))
    sweep()
    assert not is_open(bar)


def test_who_closes_within_the_hours_stays_closed_until_the_next_opening(bar):
    go_to(at(1, 9))
    sweep()
    services.set_status(bar, open=False)
    go_to(at(1, 12))
    sweep()
    assert not is_open(bar)
    go_to(at(2, 9))
    sweep()
    assert is_open(bar)


def test_a_night_without_power_is_made_up_for(bar):
    go_to(at(1, 9))
    sweep()
    go_to(at(3, 7))
    sweep()
    assert not is_open(bar)
    go_to(at(5, 11))
    sweep()
    assert is_open(bar)


def test_setting_hours_opens_nothing_at_once(bar):
    go_to(at(1, 12))
    schedule.set_hours(bar, EVERY_DAY)
    sweep()
    assert not is_open(bar)


def test_a_store_without_hours_is_left_alone(store):
    go_to(at(1, 3))
    sweep()
    assert is_open(store)
    assert store.next_opening() is None
    assert store.next_closing() is None


def test_opening_in_the_morning_ends_last_nights_pause(bar):
    services.set_status(bar, paused=True)
    go_to(at(1, 9))
    sweep()
    bar.refresh_from_db()
    assert bar.is_open
    assert not bar.is_paused


def test_hours_past_midnight_end_on_the_next_day(bar):
    schedule.set_hours(bar, [Hours(4, dt.time(20), dt.time(1))])
    go_to(at(5, 20))
    sweep()
    assert is_open(bar)
    assert bar.next_closing() == at(6, 1)
    go_to(at(6, 1))
    sweep()
    assert not is_open(bar)


def test_times_that_touch_are_one(bar):
    schedule.set_hours(bar, [Hours(0, NINE, dt.time(12)), Hours(0, dt.time(12), FIVE)])
    assert timetable.next_closing(bar, at(1, 10)) == at(1, 17)


def test_two_times_a_day_leave_a_break(bar):
    schedule.set_hours(bar, [Hours(0, NINE, dt.time(12)), Hours(0, dt.time(13), FIVE)])
    go_to(at(1, 12, 30))
    assert bar.next_opening() == at(1, 13)


def test_hours_count_between_the_first_and_the_last_day(bar):
    bar.starts_on, bar.ends_on = dt.date(2027, 3, 10), dt.date(2027, 3, 11)
    bar.save()
    assert bar.next_opening() == at(10, 9)
    go_to(at(3, 9))
    sweep()
    assert not is_open(bar)
    go_to(at(11, 18))
    assert bar.next_opening() is None


def test_the_next_opening_is_said_while_closed_within_the_hours(bar):
    go_to(at(1, 12))
    assert bar.next_opening() == at(2, 9)


def test_the_first_opening_of_a_store_far_ahead_is_known(bar):
    bar.starts_on = dt.date(2027, 4, 20)
    assert bar.next_opening() == dt.datetime(2027, 4, 20, 8, tzinfo=dt.UTC)


def test_opening_and_closing_at_the_same_time_is_refused_and_nothing_changes(bar):
    with pytest.raises(Invalid) as refusal:
        schedule.set_hours(bar, [Hours(0, NINE, NINE)])
    assert "09:00" in refusal.value.errors["hours"]
    assert bar.hours.count() == 7


def test_new_hours_are_told_to_the_screens_once(bar):
    before = Event.objects.filter(store="BAR").count()
    schedule.set_hours(bar, EVERY_DAY[:2])
    assert Event.objects.filter(store="BAR").count() == before + 1


def test_an_archived_store_keeps_no_hours(bar):
    services.archive(bar)
    go_to(at(1, 9))
    sweep()
    assert not is_open(bar)


def test_a_store_no_phone_has_reached_is_not_opened_by_its_hours(bar):
    Store.objects.filter(pk=bar.pk).update(reach=Store.Reach.ROUTER)
    go_to(at(1, 9))
    sweep()
    assert not is_open(bar)


def test_many_stores_cost_the_sweep_no_more_queries(bar):
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            schedule.keep_schedule()
        return len(queries)

    one = cost()
    for number in range(5):
        schedule.set_hours(make_store(f"B{number}", is_open=False), EVERY_DAY)
    assert cost() == one


def test_one_broken_store_does_not_keep_the_others_closed(bar, monkeypatch):
    other = make_store("OTHER", is_open=False, timezone="Europe/Lisbon")
    schedule.set_hours(other, EVERY_DAY)
    real = schedule.apply_schedule
    monkeypatch.setattr(schedule, "apply_schedule", lambda pk: 1 / 0 if pk == bar.pk else real(pk))
    go_to(at(1, 9))
    sweep()
    assert (is_open(bar), is_open(other)) == (False, True)


# -- last orders -----------------------------------------------------------------------------------


def test_one_store_whose_days_or_zone_are_odd_does_not_keep_the_others_closed(bar):
    for slug, odd in (
        ("SLIP", {"starts_on": dt.date.max, "ends_on": dt.date.max}),
        ("AGO", {"starts_on": dt.date.min, "ends_on": dt.date.min}),
        ("ZONE", {"timezone": "Mars/Olympus"}),
    ):
        schedule.set_hours(make_store(slug, is_open=False), EVERY_DAY)
        Store.objects.filter(slug=slug).update(**odd)
    go_to(at(1, 9))
    sweep()
    assert is_open(bar)


def test_a_first_day_at_the_end_of_all_days_breaks_no_page(client, bar):
    bar.starts_on = bar.ends_on = dt.date.max
    bar.save()
    assert timetable.next_opening(bar, clock.now()) is None
    assert client.get("/s/BAR/").status_code == 200
