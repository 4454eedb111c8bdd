"""Events as CloudEvents 1.0, in the JSON format: what they are once they leave the process."""

from serverlesspresso.core import clock
from serverlesspresso.events.models import Event


def cloudevent(event: Event) -> dict:
    """A fact of the log as a CloudEvent, as the JSON API answers it. `subject` is the order's id, where it is
    about one. Extension attributes, integers: `sequence` is the place in the store's log (the API's cursor),
    `schemaversion` that of the fields of this type."""
    envelope = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"/stores/{event.store}",
        "type": event.type,
        "subject": event.order,
        "time": clock.text(event.at),
        "datacontenttype": "application/json",
        "sequence": event.sequence,
        "schemaversion": event.schema_version,
        "data": event.data,
    }
    return envelope if event.order else {k: v for k, v in envelope.items() if k != "subject"}


def message(event: Event) -> dict:
    """The same for other servers, where the Sequence extension of CloudEvents has a say: it wants a String,
    and `sequencetype` for how to compare it."""
    return cloudevent(event) | {"sequence": str(event.sequence), "sequencetype": "Integer"}
