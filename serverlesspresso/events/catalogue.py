"""Which events there are: each type is defined once, by the service that publishes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventType:
    """One kind of fact. `fields` maps each key of its data to what it means; `publish` accepts no others."""

    name: str
    meaning: str
    fields: dict[str, str]

    def check(self, data: dict) -> None:
        """Raise ValueError if the data has other keys than the catalogue says."""
        if data.keys() != self.fields.keys():
            raise ValueError(f"{self.name} carries {sorted(self.fields)}, not {sorted(data)}")


_types: dict[str, EventType] = {}


def define(name: str, meaning: str, **fields: str) -> str:
    """Add an event type to the catalogue and return its name."""
    _types[name] = EventType(name, meaning, fields)
    return name


def event_type(name: str) -> EventType:
    """The type of that name; KeyError if nobody defined it."""
    return _types[name]


def all_types() -> list[EventType]:
    """Every defined type, by name."""
    return sorted(_types.values(), key=lambda each: each.name)
