"""How an order lives, and one order as somebody may see it."""

from orders.public import (
    EDGES,
    LIVE,
    TERMINAL,
    DoesNotFit,
    Edge,
    Fact,
    OrderView,
    Replay,
    Status,
    Unknown,
    check_fits,
    look,
    owner,
    seen,
)

__all__ = [
    "EDGES",
    "LIVE",
    "TERMINAL",
    "DoesNotFit",
    "Edge",
    "Fact",
    "OrderView",
    "Replay",
    "Status",
    "Unknown",
    "check_fits",
    "look",
    "owner",
    "seen",
]
