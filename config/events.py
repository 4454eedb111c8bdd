"""The events of the configuration."""

from serverlesspresso.events.log.registry import boolean, define, text

CONFIG_CHANGED = define(
    "ConfigService.ConfigChanged",
    "The store, its menu, its limits or whether it is open was changed.",
    what=text("What was changed: store, drink, group or option."),
    open=boolean("Whether the store is open now."),
    paused=boolean("Whether the store is paused now."),
)
