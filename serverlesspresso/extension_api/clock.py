"""The time by the house's clock, which tests can move."""

from serverlesspresso.core.clock import exact, now, screen_time, text

__all__ = ["exact", "now", "screen_time", "text"]
