"""Effects outside the database, kept as rows until they are sent."""

from serverlesspresso.events.outbox import DeliveryFailed, Effect, State

__all__ = ["DeliveryFailed", "Effect", "State"]
