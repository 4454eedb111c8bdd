"""Topics: one audience each. The apps above define them; the hub renders and relays them.

A topic has a name ("board") and a key (the store's slug, an order's id). Its frames are HTML for htmx's
ws extension: out-of-band swaps, without anything about the viewer.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from serverlesspresso.events.models import Event


@dataclass(frozen=True)
class Frame:
    """What a screen gets: HTML, and which kinds of events (beside the topic's own) would change it."""

    html: str
    watches: frozenset[str] = frozenset()


class Topic(ABC):
    """Base class; one instance per topic, registered with `register`. All methods run in a worker thread,
    with the reader's language active."""

    name: str

    @abstractmethod
    def store(self, key: str) -> str | None:
        """The slug of the store whose log moves this topic; None when there is no such thing."""

    @abstractmethod
    def allowed(self, user_id: int | None, key: str) -> bool:
        """Whether this user may listen; asked at subscribing and again every 30 seconds."""

    @abstractmethod
    def snapshot(self, key: str) -> Frame:
        """Everything the screen shows, as of now."""

    def delta(self, key: str, events: Sequence[Event]) -> Frame | None:
        """What these events changed, rendered from the state as of now; None asks for a snapshot, an empty
        frame sends nothing. Without events something changed that the log does not record (`touch`).

        It must be idempotent: a screen may get it on top of a snapshot that already has it.
        """
        return None

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        """Whether an event of the store can change this topic. `frame` is the last one sent."""
        return True

    def present(self, keys: Mapping[str, Collection[int]]) -> None:  # noqa: B027  (most note nothing)
        """Note that somebody listens to these keys here, and which users do; called for the first, and with
        every pulse."""

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        """The versions of things that can change without an event, for the pulse: one query for all."""
        return {}


@dataclass(frozen=True)
class Dress:
    """What the pages of a store were made from, beside what their topics show: frames carry its mark, and a
    page that was made from something else fetches itself again (live.js)."""

    marks: Callable[[Collection[str]], dict[str, str]] = lambda _stores: {}
    """By store, a text that is another one after each change."""
    changed_by: str = ""
    """The type of event after which it may be."""


dress = Dress()
"""Set by the app that knows the settings."""


def dress_by(marks: Callable[[Collection[str]], dict[str, str]], changed_by: str) -> None:
    """Say what pages are made from."""
    global dress
    dress = Dress(marks, changed_by)


_topics: dict[str, Topic] = {}


def register(topic: Topic) -> Topic:
    """Make a topic known to the hub and to the consumers."""
    _topics[topic.name] = topic
    return topic


def topic(name: str) -> Topic:
    """The topic of that name; KeyError if nobody registered it."""
    return _topics[name]


def all_topics() -> list[Topic]:
    """Every registered topic, by name."""
    return sorted(_topics.values(), key=lambda each: each.name)
