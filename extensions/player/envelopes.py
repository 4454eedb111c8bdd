"""Recordings as files: JSON of CloudEvents or EventBridge envelopes, in any form that AWS services store."""

import bisect
import datetime as dt
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from serverlesspresso.extension_api.text import WrongLine, decode, plain

_STORE = re.compile(r"/stores/([^/]+)/?$")
_KINDS = ("detail-type", "DetailType", "type")
_LISTS = ("items", "Entries", "events", "Messages", "logEvents", "Records")
"""Fields in which API answers keep their list: this bar's, EventBridge's, CloudWatch's, SQS's, Lambda's."""
_WITHIN = ("message", "@message", "Body", "body", "Sns", "Message")
"""Fields in which logs and queues keep the event, mostly as text."""
_DEEPEST = 9
_BETWEEN = re.compile(r"[\s\x1e]*(?:\d{4}-\d\d-\d\dT[\d:.]+Z\s+(?=\{))?")
"""What may separate two values: nothing, blanks, or the time with which CloudWatch begins a line of its
files."""
_PACKED = b"\x1f\x8b"
_MOST = 1024**3
_YEARS = range(1970, 3000)


class Unreadable(Exception):
    """The file is not a recording; the text is one sentence that names the line or the entry."""


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


def text_of(content: bytes) -> str:
    """The text of a file, decompressed if it is gzip. Raises Unreadable."""
    if content.startswith(_PACKED):
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(_MOST + 1)
        except (OSError, EOFError, zlib.error):
            raise Unreadable("It is packed, and damaged.") from None
        if len(content) > _MOST:
            raise Unreadable("It is larger than 1 GiB when unpacked.")
    try:
        return decode(content).text
    except WrongLine as wrong:
        raise Unreadable(f"Line {wrong.line}: {wrong.text}") from None


def read(text: str) -> list[Entry]:
    """Every event of a recording, in the order of the file; all or none. Raises Unreadable."""
    values = list(_values(text.removeprefix("\ufeff")))
    if len(values) == 1 and not isinstance(values[0][1], list | dict):
        raise Unreadable("It is JSON, but neither a list of events nor one event a line.")
    several = len(values) > 1
    entries = [_entry(*raw) for where, value in values for raw in _within(where, value, several=several)]
    if not entries:
        raise Unreadable("There is no event in it.")
    return entries


def _values(text: str) -> Iterator[tuple[str, object]]:
    """JSON values one after another, with or without line ends between them, each with the line it begins
    on."""
    decoder, ends = json.JSONDecoder(), [found.start() for found in re.finditer("\n", text)]
    at = _after_blanks(text, 0)
    while at < len(text):
        line = bisect.bisect_left(ends, at) + 1
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise Unreadable(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
        except RecursionError:
            raise Unreadable(f"Line {line}: it is nested too deeply.") from None
        except ValueError:
            raise Unreadable(f"Line {line}: a number in it is too long.") from None
        yield f"Line {line}", value
        at = _after_blanks(text, at)


def _after_blanks(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _within(where: str, value: object, *, several: bool, depth: int = 0) -> Iterator[tuple[str, object]]:
    """The events in a value: itself, those in its list, or those that a queue's message or a log line
    carries."""
    if isinstance(value, list) and depth < _DEEPEST:
        for number, each in enumerate(value, start=1):
            named = f"{where}, entry {number}" if several else f"Entry {number}"
            yield from _within(named, each, several=True, depth=depth + 1)
        return
    if isinstance(value, dict) and not any(kind in value for kind in _KINDS) and depth < _DEEPEST:
        if lists := [value[name] for name in _LISTS if isinstance(value.get(name), list)]:
            yield from _within(where, lists[0], several=several, depth=depth + 1)
            return
        if carried := [value[name] for name in _WITHIN if isinstance(value.get(name), str | dict)]:
            yield from _within(where, _parsed(where, carried[0]), several=several, depth=depth + 1)
            return
    yield where, value


def _parsed(where: str, value: object) -> object:
    """A value that may be given as JSON text. Raises Unreadable."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Unreadable(f"{where}: what the event carries is a text that is no JSON.") from None


def _entry(where: str, raw: object) -> Entry:
    if not isinstance(raw, dict):
        raise Unreadable(f"{where}: this is no JSON object.")
    kind = next((name for name in _KINDS if name in raw), None)
    if kind is None:
        raise Unreadable(
            f"{where}: this is neither a CloudEvent (type, source, data) nor an EventBridge event"
            " (detail-type, source, detail)."
        )
    name = plain(raw[kind]) if isinstance(raw[kind], str) else ""
    if not name:
        raise Unreadable(f"{where}: {kind} must be the name of an event.")
    at = _time(where, raw.get("time", raw.get("Time")))
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
    """The event's data, which EventBridge also accepts as text."""
    value = _parsed(where, value)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{where}: what the event carries must be a JSON object.")
    return value


def _time(where: str, value: object) -> dt.datetime | None:
    """A time in any form of RFC 3339; also with one-digit seconds, as in an AWS sample."""
    if value is None:
        return None
    text = re.sub(r":(\d)(?=$|[Z.+-])", r":0\1", str(value).strip().upper())
    try:
        moment = dt.datetime.fromisoformat(re.sub(r":60(?=$|[Z.+-])", ":59", text))
        if moment.year in _YEARS:
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except ValueError:
        pass
    raise Unreadable(f"{where}: {str(value)[:40]!r} is no time, such as 2026-06-01T10:30:00Z.")


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None
