"""How an order lives, and one order as somebody may see it."""

from orders.public import (
    CHAINS,
    EDGES,
    LIVE,
    TERMINAL,
    Edge,
    Order,
    OrderView,
    RecordedOrders,
    Status,
    Unknown,
    look,
    owner,
    seen,
)

__all__ = [
    "CHAINS",
    "EDGES",
    "LIVE",
    "TERMINAL",
    "Edge",
    "Order",
    "OrderView",
    "RecordedOrders",
    "Status",
    "Unknown",
    "look",
    "owner",
    "seen",
]
