"""The time at a store: its zone, its days, and times as people there say them."""

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from serverlesspresso.core import clock


def check_timezone(name: str) -> None:
    """Raise ValidationError for an unknown time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("There is no time zone %(name)s. Example: Europe/Lisbon."), params={"name": name}
        )


class LocalTime:
    """Something with a time zone. Times passed in are UTC."""

    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def local_day(self, moment: dt.datetime) -> dt.date:
        """The day at the store at a moment in UTC."""
        return moment.astimezone(self.zone).date()

    def day_bounds(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """The moments (UTC) at which a day at the store begins, and the next one."""
        midnights = (dt.datetime.combine(each, dt.time(), self.zone) for each in (day, day + dt.timedelta(1)))
        begin, end = (midnight.astimezone(dt.UTC) for midnight in midnights)
        return begin, end

    def says(self, moment: dt.datetime | None) -> str:
        """A moment in the store's own time and the reader's language: "09:00", or "Tuesday, 09:00" where that
        is not today; empty for None."""
        if moment is None:
            return ""
        there = moment.astimezone(self.zone)
        days = (self.local_day(moment) - self.local_day(clock.now())).days
        if days == 0:
            return date_format(there, "H:i")
        day = date_format(there, "l" if 0 < days < 7 else "MONTH_DAY_FORMAT")
        return f"{day}, {date_format(there, 'H:i')}"
