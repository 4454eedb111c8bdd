"""What happens at the bar that is photographed. Run beside it, by `manage.py shell`."""

import datetime as dt

from config.models import Store
from display import qr_codes
from orders import commands, processor, workflow
from orders.models import Order
from serverlesspresso.accounts.models import Membership, Role, User
from serverlesspresso.core import clock

STORE = "ABC"
_QUEUE: tuple[tuple[str, str, list[str], int], ...] = (
    ("Inês", "Flat White", ["Oat"], 9),
    ("Kwame", "Americano", [], 8),
    ("Sofia", "Cappuccino", ["Regular"], 7),
    ("Tom", "Double Espresso", [], 6),
    ("Yuki", "Caffè Latte", ["Oat"], 4),
    ("Amara", "Flat White", ["Regular"], 3),
    ("Luís", "Single Espresso", [], 1),
)
"""Who waits for what, and for how many minutes."""


def bob() -> User:
    """The barista of the demo."""
    return User.objects.get(name="Bob")


def store() -> Store:
    """The demo's store."""
    return Store.objects.get(slug=STORE)


def busy() -> None:
    """Two drinks are ready, two baristas make two more, three people wait."""
    maya = User.objects.create_user("maya@example.org", "nobody signs in with it", name="Maya")
    Membership.objects.create(user=maya, store=store(), role=Role.BARISTA)
    orders = [walk_up(name, drink, modifiers, minutes) for name, drink, modifiers, minutes in _QUEUE]
    for order, barista, minutes in zip(orders, (bob(), maya, maya, bob()), (4, 2, 2, 1), strict=False):
        commands.claim(order, by=barista)
        _since(order, minutes, "claimed_at")
    for order, minutes in zip(orders[:2], (3, 1), strict=True):
        commands.complete(processor.load(order.pk), by=bob())
        _since(order, minutes, "completed_at")


def walk_up(name: str, drink: str, modifiers: list[str], minutes: int) -> Order:
    """An order that waits since so many minutes."""
    order = commands.walk_up(store(), by=bob(), drink=drink, modifiers=modifiers, name=name)
    workflow.run(workflow.QUEUE, order.pk)
    _since(order, minutes, "queued_at")
    return processor.load(order.pk)


def make(order: str) -> None:
    """Bob makes it."""
    commands.claim(processor.load(order), by=bob())


def complete(order: str) -> None:
    """It is ready."""
    commands.complete(processor.load(order), by=bob())


def token() -> None:
    """Print what the running code says."""
    print(qr_codes.current_code(store()).token)


def _since(order: Order, minutes: int, column: str) -> None:
    Order.objects.filter(pk=order.pk).update(**{column: clock.now() - dt.timedelta(minutes=minutes)})
