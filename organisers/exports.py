"""Figures and orders as files, for further analysis. Orders have no names, contacts or typed reasons."""

import datetime as dt
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from config.models import Store
from orders.models import Order
from orders.reports import SHARES, Report, Waits

_MINUTE_S = 60
Row = list[object]


def order_rows(store: Store) -> Iterator[Row]:
    """A heading, then a line for each order, by the time it began; times are the store's own, with its zone
    in the last column."""
    yield [
        _("number"),
        _("series"),
        _("status"),
        _("drink"),
        _("modifiers"),
        _("source"),
        _("reason"),
        _("created"),
        _("submitted"),
        _("claimed"),
        _("ready"),
        _("finished"),
        _("time zone"),
    ]
    orders = Order.objects.filter(store=store).order_by("created_at", "pk")
    for order in orders.iterator(chunk_size=2000):
        moments = (
            order.created_at,
            order.submitted_at,
            order.claimed_at,
            order.completed_at,
            order.finished_at,
        )
        yield [
            order.number,
            order.series,
            order.status,
            order.drink,
            ", ".join(order.modifiers),
            order.source,
            order.reason,
            *(moment and _local(moment, store) for moment in moments),
            store.timezone,
        ]


def figure_rows(store: Store, figures: Report) -> Iterator[Row]:
    """The page of figures as one table: a heading, then on each line a figure, its subject and its value."""
    yield [_("figure"), _("name"), _("value")]
    yield [_("store"), store.name, None]
    yield [_("time zone"), store.timezone, None]
    yield [_("orders begun"), "", figures.orders]
    yield [_("orders still in progress"), "", figures.under_way]
    for source, count in figures.by_source:
        yield [_("orders begun"), str(Order.Source(source).label), count]
    yield [_("drinks made"), "", figures.drinks]
    yield [_("collected"), "", figures.collected]
    yield [_("not collected"), "", figures.not_collected]
    yield from _wait_rows(_("from order to ready, minutes"), figures.to_ready)
    yield from _wait_rows(_("from ready to collected, minutes"), figures.to_the_hand)
    yield from _wait_rows(_("from order to collected, minutes"), figures.to_collected)
    promises = figures.promises
    yield [_("promises given"), "", promises.made]
    yield [_("promises kept, or ready early"), "", promises.kept + promises.early]
    for name, count in figures.by_drink:
        yield [_("drink"), name, count]
    for name, count in figures.by_modifier:
        yield [_("option"), name, count]
    for status, reason, count in figures.ended:
        yield [_("ended without a drink"), f"{status}: {reason}" if reason else status, count]
    for hour, count in figures.by_hour:
        yield [_("hour"), _local(hour, store), count]


def _local(moment: dt.datetime, store: Store) -> dt.datetime:
    """A time on the store's clock, to the second, without its zone, as spreadsheets need it."""
    return moment.astimezone(store.zone).replace(microsecond=0, tzinfo=None)


def _wait_rows(what: str, waits: Waits | None) -> Iterator[Row]:
    if waits:
        for share in SHARES:
            yield [
                what,
                _("within, for %(share)d of 100") % {"share": share},
                _minutes(waits.by_share[share]),
            ]
        yield [what, _("longest"), _minutes(waits.longest)]


def _minutes(seconds: int) -> float:
    return round(seconds / _MINUTE_S, 1)


def to_xlsx(store: Store, figures: Report) -> bytes:
    """A workbook with a sheet of figures and one of orders."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "in_memory": True,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    with xlsxwriter.Workbook(out, options) as book:
        for name, rows in ((_("Figures"), figure_rows(store, figures)), (_("Orders"), order_rows(store))):
            sheet = book.add_worksheet(name)
            sheet.set_column(0, 12, 18)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()
