"""What a bar's page and the waiting list's page show: the same for page, HTMX answer and socket."""

import datetime as dt

from django.template.loader import render_to_string
from django.utils import timezone

from config.menu import catalog
from config.models import Store
from display import qr_codes
from serverlesspresso.core import clock

from . import queries, wait_times, waiting_list
from .models import Order, Turn
from .presenters import offers


def of_store(store: Store) -> dict:
    """Whether a store takes orders, or when it will again: all that `_store_status.html` shows."""
    state, next_at = "open", None
    if not store.is_open or store.archived_at:
        state = "closed"
    elif store.is_paused:
        state = "paused"
    elif not queries.has_room(store):
        state, next_at = "full", _room_at(store)
    elif (code := qr_codes.running(store)) and not code.remaining:
        state, next_at = "used_up", code.ends_at
    return {"store": store, "state": state, "next_at": next_at}


def _room_at(store: Store) -> dt.datetime | None:
    seconds = wait_times.room_in(store)
    return clock.now() + dt.timedelta(seconds=seconds) if seconds else None


def render_store(store: Store) -> str:
    """Whether the store takes orders, as a fragment, in the store's time."""
    with timezone.override(store.zone):
        return render_to_string("orders/_store_status.html", of_store(store))


def of_menu(store: Store) -> dict:
    """The menu for reading: all that `_store_menu.html` shows."""
    return {"offers": offers(catalog.drinks(store))}


def of_turn(turn: Turn) -> dict:
    """Where somebody on the waiting list stands: all that `_waiting_list_entry.html` shows.

    `turn_state`: waits, offered, taken (an order was made of it) or over.
    """
    order = Order.objects.filter(hold=turn.hold_id).first() if turn.hold_id else None
    shown = {"turn": turn, "order": order, **of_store(turn.store)}
    if order:
        return shown | {"turn_state": "taken"}
    if not waiting_list.is_running(turn):
        return shown | {"turn_state": "over"}
    if turn.offered_until:
        return shown | {"turn_state": "offered"}
    return shown | {"turn_state": "waits", "before": waiting_list.before(turn)}


def render_turn(turn_id: str) -> str:
    """The whole turn as one fragment, in the store's time."""
    turn = Turn.objects.select_related("store", "hold").get(pk=turn_id)
    with timezone.override(turn.store.zone):
        return render_to_string("orders/_waiting_list_entry.html", of_turn(turn))
