"""Pages of docs/ that are made from the code, so that they cannot say anything else than it does."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from orders import processor, workflow
from orders.models import Status
from orders.processor import Edge
from orders.topics import WATCHED
from serverlesspresso.api.openapi_markdown import markdown as api_reference
from serverlesspresso.events.delivery import subscribers
from serverlesspresso.events.live import topics
from serverlesspresso.events.live.topics import Frame
from serverlesspresso.events.log.cloudevents import cloudevent
from serverlesspresso.events.log.registry import EventType, Field, all_types
from serverlesspresso.events.models import Event

_EVENTS_HEAD = """# Events

Made by `bin/make-docs` from the code; a check keeps it current.

An event is a fact in the store's log: past tense, written in the transaction of the change it tells of,
never changed. Each store's log counts 1, 2, 3 … without a gap (`sequence`). No event carries a code's token,
a name, a phone number or an e-mail address. A type carries the fields listed here, all of them, no others,
and of these kinds; the log refuses anything else. `schemaversion` counts up when the fields of a type change.

`GET stores/{store}/events` of [the JSON API](api.md) reads the log. What leaves the bar is a CloudEvent 1.0.
There and in recordings `sequence` is a number; in webhooks it is a text, as the Sequence extension of
CloudEvents wants it, with `sequencetype` "Integer" beside it:
"""
_SCREENS_HEAD = """## Who hears what

A topic is one audience of live screens: `order` and `swap` (one order, on its owner's phone and for staff),
`turn` (somebody who waits for a place), `store` (whether a bar takes orders), `menu` (what it offers),
`barista` (the tablets), `board` (the wall), `overview` (the organisers). Extensions have topics of their own.
"""
_SUBSCRIBERS_HEAD = """## Who is handed what

A subscriber is a function that is called with each event of the types it subscribed to, once
([extensions.md](../how-to/extensions.md)). These come with the extensions that are installed.
"""


_MOVES = "../explanation/architecture.md#the-life-of-an-order"


def pages() -> dict[Path, str]:
    """Every page that is made, by its path: what it should say."""
    docs = Path(settings.BASE_DIR) / "docs"
    architecture = docs / "explanation" / "architecture.md"
    return {
        docs / "reference" / "api.md": api_reference(),
        docs / "reference" / "events.md": events(),
        architecture: filled(architecture.read_text(), {"life of an order": life()}),
    }


def filled(page: str, parts: dict[str, str]) -> str:
    """A page with its marked parts made anew. Raises ValueError if a part has no place in it."""
    for name, text in parts.items():
        begin, end = f"<!-- {name}: made by bin/make-docs -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
        if len(pattern.findall(page)) != 1:
            raise ValueError(f"the page has no place for {name!r}, or several")
        marks = pattern.search(page)
        page = f"{page[: marks.end(1)]}\n{text}\n{page[marks.start(2) :]}"
    return page


# -- events ----------------------------------------------------------------------------------------


def events() -> str:
    """docs/reference/events.md: every type, when it is told, what it carries, who hears it."""
    parts = [_EVENTS_HEAD, "```json", json.dumps(_example(), indent=2), "```", "", "## Types", ""]
    for each in all_types():
        parts += [f"### {each.name}", "", each.meaning, *_told_by(each), "", *_fields(each), ""]
    parts += [_SCREENS_HEAD, *_audiences(), "", *_watching(), "", _SUBSCRIBERS_HEAD, *_routes()]
    return "\n".join(parts) + "\n"


def _example() -> dict:
    event = Event(
        id=uuid.UUID("0193b3a5-0000-7000-8000-000000000042"),
        store="ABC",
        sequence=42,
        type="OrderManager.MakeOrder",
        order="tK3yXw0mT2uQhN5pVd8L1g",
        data={"number": 7, "barista": 2, "take_over": False},
        schema_version=1,
        at=dt.datetime(2030, 5, 4, 9, 30, tzinfo=dt.UTC),
    )
    return cloudevent(event)


def _told_by(type: EventType) -> list[str]:
    moves = [f"`{edge.command}`" for edge in processor.EDGES.values() if edge.event == type.name]
    if not moves:
        return []
    return ["", f"Told when an order makes the move {' or '.join(moves)} ([the moves]({_MOVES}))."]


def _fields(type: EventType) -> list[str]:
    rows = [f"- `{name}` ({_kind(field)}): {field.meaning}" for name, field in type.fields.items()]
    return [f"Version {type.version}:", "", *rows]


def _kind(field: Field) -> str:
    return f"{field.kind} or null" if field.null else field.kind


def _audiences() -> list[str]:
    """The events of each topic of the bar's own."""
    ours = [each for each in topics.all_topics() if not type(each).__module__.startswith("extensions.")]
    return [f"- `{topic.name}`: {_heard(topic)}" for topic in ours]


def _heard(topic: topics.Topic) -> str:
    always = [each.name for each in all_types() if _concerns(topic, each.name, None)]
    own = [
        each.name for each in all_types() if _concerns(topic, each.name, Frame("", frozenset({each.name})))
    ]
    if own == always:
        return _names(always)
    return f"of its own order {_names(own)}; of others, and of the store, those below \\*"


def _concerns(topic: topics.Topic, type: str, frame: Frame | None) -> bool:
    """Whether an event concerns a topic; with a frame, one of which the event is a part."""
    return topic.concerns("ABC", Event(store="ABC", sequence=1, type=type, order="another", data={}), frame)


def _routes() -> list[str]:
    """The events of each subscriber."""
    return [
        f"- `{each.name}`: {_names(kind.name for kind in all_types() if each.wants(kind.name))}"
        for each in subscribers.all_subscribers()
    ]


def _names(names: Iterable[str]) -> str:
    """These types in words; by those that are missing, where they are fewer."""
    listed = list(names)
    missing = [each.name for each in all_types() if each.name not in listed]
    if len(listed) < len(missing):
        return ", ".join(listed)
    return f"all but {', '.join(missing)}" if missing else "all"


def _watching() -> list[str]:
    lines = ["\\* Only while the order has a status in which it matters to its page:", ""]
    for status, types in WATCHED.items():
        lines.append(f"- `{status.value}`: {', '.join(sorted(types))}")
    return lines


# -- the life of an order --------------------------------------------------------------------------


def life() -> str:
    """The moves of an order: a picture and a table, from the table the guard itself reads; and the chains,
    from the tasks that Celery runs."""
    return "\n".join([*_picture(), "", *_moves(), "", *_chains(), ""])


def _picture() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> validating"]
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for edge in processor.EDGES.values():
        for source in edge.sources:
            arrows.setdefault((source, edge.target), []).append(edge.command)
    ends = {Status.CANCELLED}  # nearly everything leads there: the table says from where
    for (source, target), commands in arrows.items():
        if target not in ends:
            lines.append(f"    {source.value} --> {target.value}: {', '.join(commands)}")
    return [*lines, "```"]


def _moves() -> list[str]:
    rows = [_row(edge) for edge in processor.EDGES.values()]
    return ["| move | from | to | made by | event |", "|---|---|---|---|---|", *rows]


def _chains() -> list[str]:
    rows = [
        f"| *{name}* | `{step.__name__}` | {' '.join((step.__doc__ or '').split())} |"
        for name, steps in workflow.CHAINS.items()
        for step in steps
    ]
    return ["| chain | step | does |", "|---|---|---|", *rows]


def _row(edge: Edge) -> str:
    sources = ", ".join(source.value for source in edge.sources)
    told = edge.event or "none: the screens of the order are told"
    return f"| `{edge.command}` | {sources} | {edge.target.value} | {', '.join(edge.by)} | {told} |"
