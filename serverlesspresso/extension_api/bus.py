"""The log of events: to subscribe to it, to read it, and to tell screens of what the log does not say."""

from serverlesspresso.events.after_commit import broadcast, send_task
from serverlesspresso.events.delivery.subscribers import matches, subscribe
from serverlesspresso.events.log.cloudevents import cloudevent, message
from serverlesspresso.events.log.publish import latest_sequence, notify_screens, notify_store_screens
from serverlesspresso.events.log.registry import EVENT_TYPES, all_types
from serverlesspresso.events.models import Event, Stream

__all__ = [
    "EVENT_TYPES",
    "Event",
    "Stream",
    "all_types",
    "broadcast",
    "cloudevent",
    "latest_sequence",
    "matches",
    "message",
    "notify_screens",
    "notify_store_screens",
    "send_task",
    "subscribe",
]
