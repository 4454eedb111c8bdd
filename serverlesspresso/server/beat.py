"""Celery's beat, on a clock that nobody sets: Celery's own waits until the machine's clock has caught up when
that is set back, and then nothing that happens every second happens."""

import datetime as dt
import time
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from celery.schedules import schedule as interval

_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def steady() -> dt.datetime:
    """A moment that only moves on, as Celery wants it: its date means nothing."""
    return _EPOCH + dt.timedelta(seconds=time.monotonic())


class SteadyEntry(ScheduleEntry):
    """Something that is due every so many seconds."""

    def __init__(self, *args: Any, schedule: float | interval, **kwargs: Any):
        if not isinstance(schedule, interval):
            schedule = interval(schedule, nowfun=steady)
        super().__init__(*args, schedule=schedule, **kwargs)


class SteadyScheduler(Scheduler):
    """Keeps no schedule file. Takes seconds only: what is due at a time of day would need the other clock."""

    Entry = SteadyEntry

    def adjust(self, n: float | None, drift: float = 0.0) -> float | None:
        """Seconds until the next look. Celery 5's own wakes 10 ms early, and then looks 80 times until the
        moment has come: most of what an idle beat cost."""
        return super().adjust(n, drift)
