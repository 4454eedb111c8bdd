"""Spans of time as people say them."""

from django.utils.translation import gettext as _


def humanize(seconds: float) -> str:
    """So many seconds, such as "4 s", "1 min 20 s" or "1 h 2 min", in the reader's language."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    return _("%(seconds)d s") % {"seconds": rest}
