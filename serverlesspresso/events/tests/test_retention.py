"""Retention: only what is old and handled by everybody leaves the log."""

import pytest
from django.core.management import CommandError, call_command

from serverlesspresso.core import clock
from serverlesspresso.events.delivery import offsets
from serverlesspresso.events.log import retention
from serverlesspresso.events.models import Cursor, Event, Parked, Subscription

from .bus import deliver, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_else():
    """No subscriber but the tests' own."""
    Subscription.objects.all().delete()


def left(store="ABC") -> list[int]:
    return list(Event.objects.filter(store=store).order_by("sequence").values_list("sequence", flat=True))


def tidy() -> int:
    return max([0, *retention.prune_events(clock.now())])


def test_what_everybody_handled_goes_and_the_newest_stays(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    with subscribed(lambda event: None):
        tell(6)
        deliver()
        assert tidy() == 5
    assert left() == [6]


def test_what_somebody_has_not_handled_stays():
    with subscribed(lambda event: None):
        tell(4)
        deliver()
        Cursor.objects.update(sequence=2)
        assert tidy() == 2
        Subscription.objects.create(name="late", created_at=clock.now())
        assert tidy() == 0
    assert left() == [3, 4]


def test_what_is_parked_and_all_behind_it_stays():
    def handler(event):
        if event.sequence == 3:
            raise ValueError

    with subscribed(handler):
        tell(5)
        deliver()
        assert Parked.objects.count() == 1
        tidy()
    assert left() == [3, 4, 5]


def test_what_is_young_stays():
    with subscribed(lambda event: None):
        tell(2)
        deliver()
        before = clock.now()
        clock.advance(86_400)
        tell(2)
        deliver()
        list(retention.prune_events(before))
    assert left() == [3, 4]


def test_the_log_goes_on_where_it_was():
    with subscribed(lambda event: None):
        tell(3)
        deliver()
        tidy()
        tell(1)
        deliver()
        assert Cursor.objects.get(subscription="test").sequence == 4
        assert offsets.lag(["test"])["test"].events == 0
    assert left() == [3, 4]


def test_the_command_says_how_many_and_refuses_what_is_no_number_of_days(capsys):
    call_command("tidy", days=1)
    assert "0 events deleted" in capsys.readouterr().out
    with pytest.raises(CommandError, match="from 1 to"):
        call_command("tidy", days=0)
