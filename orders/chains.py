"""The three Celery chains that carry an order from scan to end, by the names of their steps."""

from celery import chain, current_app
from django.db import transaction

from serverlesspresso.core.failpoints import hit
from serverlesspresso.events import after_commit

OPEN = ("check_store_open", "check_capacity", "await_customer")
"""From the scan to the customer's choice."""
QUEUE = ("assign_number", "await_barista")
"""From the choice to the barista."""
CLOSE = ("settle",)
"""From the end to settled books."""


def start(steps: tuple[str, ...], order_id: str) -> None:
    """Start a chain for an order once the transaction has committed; the sweep re-drives what gets lost."""
    links = [
        current_app.signature(f"orders.tasks.{step}", args=(order_id,), immutable=True) for step in steps
    ]

    def send() -> None:
        hit("chain.committed")
        after_commit.send_task(chain(*links))

    transaction.on_commit(send, robust=True)
