"""What the Config service tells."""

from serverlesspresso.events.catalogue import define

CONFIG_CHANGED = define(
    "ConfigService.ConfigChanged",
    "The store, its menu, its limits or whether it is open was changed.",
    what="What was changed: store, drink, group or option.",
    open="Whether the store is open now.",
    paused="Whether the store is paused now.",
)
