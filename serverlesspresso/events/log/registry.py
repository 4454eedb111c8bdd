"""Which events there are: each type is defined once, by the service that publishes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """What an event carries under one key: its meaning, and its kind in JSON."""

    meaning: str
    kind: str
    null: bool = False

    def takes(self, value) -> bool:
        """Whether this value may be carried."""
        if value is None:
            return self.null
        if self.kind == "list of strings":
            return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        if self.kind == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, bool if self.kind == "boolean" else str)


def text(meaning: str, *, null: bool = False) -> Field:
    """A string."""
    return Field(meaning, "string", null)


def moment(meaning: str, *, null: bool = False) -> Field:
    """A time, RFC 3339 in UTC."""
    return Field(meaning, "string (time)", null)


def integer(meaning: str, *, null: bool = False) -> Field:
    """A whole number."""
    return Field(meaning, "integer", null)


def boolean(meaning: str, *, null: bool = False) -> Field:
    """True or false."""
    return Field(meaning, "boolean", null)


def texts(meaning: str) -> Field:
    """A list of strings."""
    return Field(meaning, "list of strings")


@dataclass(frozen=True)
class EventType:
    """One kind of fact: `publish` accepts these fields, all of them, no others, and of these kinds.

    The version is that of the fields: one higher when a field is added, goes, or becomes of another kind.
    Events that are in the log keep the version they were told with.
    """

    name: str
    meaning: str
    fields: dict[str, Field]
    version: int = 1

    def check(self, data: dict) -> None:
        """Raise ValueError if the data is not what the catalogue says."""
        if data.keys() != self.fields.keys():
            raise ValueError(f"{self.name} carries {sorted(self.fields)}, not {sorted(data)}")
        for name, field in self.fields.items():
            if not field.takes(data[name]):
                kind = f"{field.kind} or null" if field.null else field.kind
                raise ValueError(f"{self.name} carries {name} as {kind}, not {type(data[name]).__name__}")


EVENT_TYPES: dict[str, EventType] = {}
"""Every type that was defined, by name."""


def define(name: str, meaning: str, version: int = 1, **fields: Field) -> str:
    """Add an event type to the catalogue and return its name."""
    EVENT_TYPES[name] = EventType(name, meaning, fields, version)
    return name


def all_types() -> list[EventType]:
    """Every defined type, by name."""
    return sorted(EVENT_TYPES.values(), key=lambda each: each.name)
