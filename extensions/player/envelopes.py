"""Recordings as files: a JSON array or JSON lines, of CloudEvents or of EventBridge envelopes."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_STORE = re.compile(r"/stores/([^/]+)/?$")
_LISTS = ("items", "Entries", "events")
"""Where answers of an API keep their list: this bar's, EventBridge's, and what people call it."""


class Unreadable(Exception):
    """The file is no recording; the text is one sentence that names the line or the entry."""


@dataclass(frozen=True)
class Entry:
    """One event of a file. `foreign` says that it is an EventBridge envelope; `where` is for messages."""

    where: str
    type: str
    data: dict
    foreign: bool
    id: str | None = None
    at: dt.datetime | None = None
    store: str | None = None
    order: str | None = None


def read(text: str) -> list[Entry]:
    """Every event of a recording, in the order of the file. Raises Unreadable for all of it, or none."""
    entries = [_entry(where, raw) for where, raw in _items(text.removeprefix("\ufeff"))]
    if not entries:
        raise Unreadable("There is no event in it.")
    return entries


def _items(text: str) -> Iterator[tuple[str, object]]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        if text.lstrip()[:1] == "[":
            raise Unreadable(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
        yield from _lines(text)
        return
    except RecursionError:
        raise Unreadable("Line 1: it is nested too deeply.") from None
    if isinstance(whole, dict):
        lists = [whole[name] for name in _LISTS if isinstance(whole.get(name), list)]
        whole = lists[0] if lists else [whole]
    if not isinstance(whole, list):
        raise Unreadable("It is JSON, but neither a list of events nor one event a line.")
    yield from ((f"Entry {number}", raw) for number, raw in enumerate(whole, start=1))


def _lines(text: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"Line {number}", json.loads(line)
        except json.JSONDecodeError as error:
            raise Unreadable(f"Line {number}, column {error.colno}: {error.msg}.") from None
        except RecursionError:
            raise Unreadable(f"Line {number}: it is nested too deeply.") from None


def _entry(where: str, raw: object) -> Entry:
    if not isinstance(raw, dict):
        raise Unreadable(f"{where}: this is no JSON object.")
    kind = next((name for name in ("detail-type", "DetailType", "type") if name in raw), None)
    if kind is None:
        raise Unreadable(
            f"{where}: this is neither a CloudEvent (type, source, data) nor an EventBridge event"
            " (detail-type, source, detail)."
        )
    if not isinstance(raw[kind], str) or not raw[kind].strip():
        raise Unreadable(f"{where}: {kind} must be the name of an event.")
    name, at = raw[kind].strip(), _time(where, raw.get("time", raw.get("Time")))
    if kind == "type":
        return _cloudevent(where, raw, name, at)
    detail = _detail(where, raw.get("detail", raw.get("Detail")))
    return Entry(where, name, detail, foreign=True, id=_text(raw.get("id")), at=at)


def _cloudevent(where: str, raw: dict, name: str, at: dt.datetime | None) -> Entry:
    store = _STORE.search(_text(raw.get("source")) or "")
    return Entry(
        where,
        name,
        _detail(where, raw.get("data")),
        foreign=False,
        id=_text(raw.get("id")),
        at=at,
        store=store[1] if store else None,
        order=_text(raw.get("subject")),
    )


def _detail(where: str, value: object) -> dict:
    """What the event carries; EventBridge takes it as a text, too."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError):
            raise Unreadable(f"{where}: what the event carries is a text that is no JSON.") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{where}: what the event carries must be a JSON object.")
    return value


def _time(where: str, value: object) -> dt.datetime | None:
    if value is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except ValueError:
        raise Unreadable(f"{where}: {str(value)[:40]!r} is no time, such as 2026-06-01T10:30:00Z.") from None


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None
