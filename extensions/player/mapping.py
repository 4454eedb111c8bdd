"""Translate a recording into this bar's terms: the event meant, its store, order and drink.

AWS Serverlesspresso spells its events in several ways, reports some things twice and others not at all
(docs/how-to/play.md); a recording from there may also be a sample, in which orders begin and end in mid-life.
"""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from serverlesspresso.extension_api.bus import all_types
from serverlesspresso.extension_api.orders import EDGES
from serverlesspresso.extension_api.text import plain

from .envelopes import Entry, Unreadable
from .replay import DoesNotFit, Fact, check_fits

CONFIG_CHANGED, FINISHED = "ConfigService.ConfigChanged", "OrderProcessor.OrderFinished"
WAITING, COMPLETED = EDGES["enqueue"].event, EDGES["complete"].event
MADE, UNMADE = EDGES["make"].event, EDGES["unmake"].event
TWICE = "it is in the recording twice"
SAID_AGAIN = "said again by OrderManager.WaitingCompletion"
NO_STORE = "it names no store"
COUNTER = dt.timedelta(minutes=2)
"""AWS ends an order when its drink is ready; here it ends when somebody has taken it. So each drink of an AWS
recording stands on the counter for this long (recorded time) before its end."""
_BY_STATE = re.compile(r"OrderManager\.Order(?P<store>.*?)-?(?P<state>COMPLETED|CANCELLED)")
_SECOND_HAND = "orderprocessor.waitingcompletion"
_LONGEST_NAME, _MOST_MODIFIERS = 60, 20
_HIGHEST = 999_999
EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
"""The time of events without one, if no earlier event has one."""


@dataclass(frozen=True)
class Scene:
    """One event as it will be played: when (in the recording's time), where, and its name in the file."""

    at: dt.datetime
    store: str
    fact: Fact
    called: str
    foreign: bool = False


@dataclass
class Script:
    """A whole recording, ready to be played. `unplayed` counts events that cannot be played, by name and
    reason."""

    scenes: list[Scene] = field(default_factory=list)
    unplayed: Counter = field(default_factory=Counter)

    @property
    def stores(self) -> list[str]:
        """The stores it plays at, in order of appearance; none if nothing can be played."""
        return list(dict.fromkeys(scene.store for scene in self.scenes if _fits(scene.fact)))

    def menu(self, store: str) -> dict[str, set[str]]:
        """The drinks of a store, each with the modifiers it was ordered with."""
        drinks: dict[str, set[str]] = {}
        for scene in self.scenes:
            if scene.store == store and scene.fact.drink:
                drinks.setdefault(scene.fact.drink, set()).update(scene.fact.modifiers)
        return drinks


@dataclass
class _Known:
    """What the whole recording says about one order."""

    store: str | None = None
    drink: str = ""
    modifiers: tuple[str, ...] = ()
    number: int | None = None
    series: int | None = None
    waits: bool = False


def write(entries: list[Entry], store: str | None = None) -> Script:
    """Turn a recording into a script, all of it at `store` if given. Raises Unreadable if none is named."""
    spellings = {each.name.lower(): each.name for each in all_types()}
    orders = _gather(entries)
    named = [found for entry in entries if (found := _store(entry))]
    only = store or (named[0] if len(set(named)) == 1 else None)
    if not only and not named:
        raise Unreadable("It names no store. Say where to play it, with --store.")
    script, ids, at = Script(), set(), EVER
    for entry in _in_time(entries):
        at = max(entry.at or at, at)
        why = TWICE if entry.id and entry.id in ids else _second_hand(entry, orders)
        ids.add(entry.id)
        known = orders.get(_order(entry) or "", _Known())
        place = store or _store(entry) or known.store or only
        if why or not place:
            script.unplayed[entry.type, why or NO_STORE] += 1
        else:
            fact = _fact(entry, known, spellings)
            script.scenes.append(Scene(at, place, fact, entry.type, entry.foreign))
    script.scenes = _on_the_counter(script.scenes)
    return script


def _in_time(entries: list[Entry]) -> list[Entry]:
    """Sort by time if every event of a foreign recording has one: its archive keeps no order."""
    if any(entry.at is None or not entry.foreign for entry in entries):
        return entries
    return sorted(entries, key=lambda entry: entry.at or EVER)


def _on_the_counter(scenes: list[Scene]) -> list[Scene]:
    """Delay the end of orders whose recording does not say that a drink was collected (COUNTER)."""
    ready: dict[str | None, dt.datetime] = {}
    put_off = []
    for scene in scenes:
        if scene.fact.type == COMPLETED and scene.foreign:
            ready[scene.fact.order] = scene.at
        elif scene.fact.type == FINISHED and scene.fact.order in ready:
            scene = replace(scene, at=max(scene.at, ready[scene.fact.order] + COUNTER))  # noqa: PLW2901
        else:
            ready.pop(scene.fact.order, None)
        put_off.append(scene)
    return sorted(put_off, key=lambda scene: scene.at)


# -- one event -------------------------------------------------------------------------------------


def _fits(fact: Fact) -> bool:
    try:
        check_fits(fact)
    except DoesNotFit:
        return False
    return True


def _fact(entry: Entry, known: _Known, spellings: dict[str, str]) -> Fact:
    state = _BY_STATE.fullmatch(entry.type)
    called = f"OrderManager.Order{state['state']}" if state else entry.type
    meant = WAITING if called.lower() == _SECOND_HAND else spellings.get(called.lower(), called)
    barista = _barista(entry)
    if entry.foreign and meant == MADE and entry.data.get("baristaUserId") == "":
        meant = UNMADE  # AWS reports both with one event
    own = _choice(entry)
    return Fact(
        type=meant or called,
        order=_order(entry),
        data=entry.data | _configured(entry) | _whose_clock(entry),
        series=_whole(entry.data.get("series")) or known.series,
        number=_number(entry) or known.number,
        drink=own[0] or known.drink,
        modifiers=own[1] if own[0] else known.modifiers,
        barista=barista,
    )


def _second_hand(entry: Entry, orders: dict[str, _Known]) -> str | None:
    """AWS says twice that an order waits, the second time with its drink: only that one is played."""
    if entry.type.lower() != _SECOND_HAND:
        return None
    known = orders.get(_order(entry) or "")
    return SAID_AGAIN if known and known.waits else None


def _gather(entries: Iterable[Entry]) -> dict[str, _Known]:
    """What is known of each order from any of its events, including those that cannot be played."""
    orders: dict[str, _Known] = {}
    for entry in entries:
        if not (name := _order(entry)):
            continue
        known = orders.setdefault(name, _Known())
        drink, modifiers = _choice(entry)
        if drink and not known.drink:
            known.drink, known.modifiers = drink, modifiers
        known.store = known.store or _store(entry)
        known.number = known.number or _number(entry)
        known.series = known.series or _whole(entry.data.get("series"))
        known.waits = known.waits or entry.type.lower() == str(WAITING).lower()
    return orders


def _order(entry: Entry) -> str | None:
    found = entry.data.get("orderId") if entry.foreign else entry.order
    if isinstance(entry.data.get("order"), str):
        found = found or entry.data["order"]
    return str(found) if isinstance(found, str | int) and found != "" else None


def _store(entry: Entry) -> str | None:
    bucket, by_state = entry.data.get("bucket"), _BY_STATE.fullmatch(entry.type)
    named = [
        entry.store,
        entry.data.get("eventId") if entry.foreign else None,
        bucket.get("eventId") if isinstance(bucket, dict) else None,
        by_state["store"] if by_state else None,
    ]
    slugs = [
        re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:20] for name in named if isinstance(name, str)
    ]
    return next((slug for slug in slugs if slug), None)


def _choice(entry: Entry) -> tuple[str, tuple[str, ...]]:
    """The drink and its modifiers, wherever this event carries them; AWS uses several names."""
    data, within = entry.data, entry.data.get("order")
    within = within if isinstance(within, dict) else {}
    for found in (data, data.get("drinkOrder"), within.get("drinkOrder"), data.get("body")):
        choice = _object(found)
        if drink := _name(choice.get("drink")):
            modifiers = choice.get("modifiers")
            names = [_name(each) for each in modifiers] if isinstance(modifiers, list) else []
            return drink, tuple(name for name in names if name)[:_MOST_MODIFIERS]
    return "", ()


def _number(entry: Entry) -> int | None:
    within = entry.data.get("order")
    inside = within.get("orderNumber") if isinstance(within, dict) else None
    found = entry.data.get("orderNumber", inside) if entry.foreign else entry.data.get("number")
    return _whole(found if found is not None else entry.data.get("number"))


def _barista(entry: Entry) -> str | None:
    found = entry.data.get("baristaUserId") or entry.data.get("barista")
    return str(found) if isinstance(found, str | int) else None


def _whose_clock(entry: Entry) -> dict:
    cause = entry.data.get("cause")
    return (
        {"clock": "customer" if "customer" in cause.lower() else "barista"} if isinstance(cause, str) else {}
    )


def _configured(entry: Entry) -> dict:
    """Whether the AWS store is open, as its table's stream says: {"storeOpen": {"BOOL": true}}."""
    image = entry.data.get("NewImage", entry.data)
    value = image.get("storeOpen") if isinstance(image, dict) else None
    value = value.get("BOOL") if isinstance(value, dict) else value
    return {"open": value} if isinstance(value, bool) else {}


def _object(value: object) -> dict:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return plain(plain(value)[:_LONGEST_NAME])


def _whole(value: object) -> int | None:
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int)
        or not re.fullmatch(r"\d{1,6}", str(value))
    ):
        return None
    return int(value) if 0 < int(value) <= _HIGHEST else None
