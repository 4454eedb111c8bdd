"""The API's lists of orders, and a store's log."""

import datetime as dt

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.accounts.models import User
from serverlesspresso.api.pagination import no_cursor, page
from serverlesspresso.core.errors import Invalid
from serverlesspresso.events.log.cloudevents import cloudevent
from serverlesspresso.events.models import Event

from .models import TERMINAL, Order, Status
from .serializers import describe_all

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def statuses(text: str) -> list[Status]:
    """Statuses from a comma-separated list; raises Invalid for an unknown one."""
    wanted = [each.strip() for each in text.split(",") if each.strip()]
    if unknown := [each for each in wanted if each not in Status.values]:
        sentence = _("There is no such status: %(unknown)s.") % {"unknown": ", ".join(unknown)[:100]}
        raise Invalid(sentence, code="invalid", errors={"status": sentence})
    return [Status(each) for each in wanted]


def orders_of_user(user: User, after: str, limit: int) -> dict:
    """The caller's own orders, newest first."""
    mine = _related().filter(customer=user).order_by("-created_at", "-pk")
    if after:
        at, pk = _moment(after)
        mine = mine.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
    return page(list(mine[: limit + 1]), limit, _by_moment, describe_all)


def orders_of_store(store: Store, wanted: list[Status], after: str, limit: int) -> dict:
    """A store's orders by series and number; those without a number come last, by age."""
    orders = _related().filter(store=store)
    if wanted:
        orders = orders.filter(status__in=wanted)
    found: list[Order] = []
    if not after.startswith("u."):
        found = list(
            _numbered(orders, after, few=bool(wanted) and not set(wanted) & set(TERMINAL))[: limit + 1]
        )
        after = ""
    if len(found) <= limit:
        found += _unnumbered(orders, after)[: limit + 1 - len(found)]
    return page(
        found,
        limit,
        lambda last: f"{last.series}.{last.number}" if last.number else f"u.{_by_moment(last)}",
        describe_all,
    )


def events_of_store(store: Store, after: int, limit: int) -> dict:
    """The store's log, oldest first."""
    log = Event.objects.filter(store=store.slug, sequence__gt=after).order_by("sequence")
    return page(
        list(log[: limit + 1]),
        limit,
        lambda last: last.sequence,
        lambda events: [cloudevent(e) for e in events],
    )


def _related() -> QuerySet[Order]:
    return Order.objects.select_related("store", "barista")


def _numbered(orders: QuerySet[Order], after: str, *, few: bool) -> QuerySet[Order]:
    """Those with a number. A `few` among many are found by status and then sorted: the sums keep SQLite from
    walking the index of all numbers ever given."""
    series, number = (F("series") + 0, F("number") + 0) if few else (F("series"), F("number"))
    orders = orders.alias(s=series, n=number).filter(n__isnull=False).order_by("s", "n")
    if after:
        last_series, last_number = _numbers(after)
        orders = orders.filter(s__gte=last_series).exclude(s=last_series, n__lte=last_number)
    return orders


def _unnumbered(orders: QuerySet[Order], after: str) -> QuerySet[Order]:
    orders = orders.filter(series=None, number=None).order_by("created_at", "pk")
    if after:
        at, pk = _moment(after.removeprefix("u."))
        orders = orders.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk))
    return orders


def _by_moment(order: Order) -> str:
    return f"{(order.created_at - _EPOCH) // _MICROSECOND}.{order.pk}"


def _moment(cursor: str) -> tuple[dt.datetime, str]:
    micros, _dot, pk = cursor.partition(".")
    try:
        return _EPOCH + int(micros) * _MICROSECOND, _known(pk)
    except (ValueError, OverflowError):
        raise no_cursor() from None


def _numbers(cursor: str) -> tuple[int, int]:
    series, _dot, number = cursor.partition(".")
    try:
        return _small(series), _small(number)
    except ValueError:
        raise no_cursor() from None


def _small(digits: str) -> int:
    if not digits.isdecimal() or len(digits) > 9:
        raise ValueError(digits)
    return int(digits)


def _known(pk: str) -> str:
    if not pk or "\0" in pk:
        raise ValueError(pk)
    return pk
