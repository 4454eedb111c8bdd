"""What happens at the bar that is photographed. Run beside it, by `manage.py shell`."""

import datetime as dt

from django.db.models import F

from config import services
from config.models import Store
from display import codes
from orders import chains, manager, processor
from orders.models import Order
from serverlesspresso import clock
from serverlesspresso.accounts.models import Membership, Role, User

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
        manager.claim(order, by=barista)
        _since(order, minutes, "claimed_at")
    for order, minutes in zip(orders[:2], (3, 1), strict=True):
        manager.complete(processor.load(order.pk), by=bob())
        _since(order, minutes, "completed_at")


def crowd() -> None:
    """Sixteen more are ready, eighteen more wait."""
    for place in range(34):
        _name, drink, modifiers, _minutes = _QUEUE[place % len(_QUEUE)]
        order = walk_up("", drink, modifiers, 0)
        if place < 16:
            manager.complete(order, by=bob())


def walk_up(name: str, drink: str, modifiers: list[str], minutes: int) -> Order:
    """An order that waits since so many minutes."""
    order = manager.walk_up(store(), by=bob(), drink=drink, modifiers=modifiers, name=name)
    processor.drive(chains.QUEUE, order.pk)
    _since(order, minutes, "queued_at")
    return processor.load(order.pk)


def make(order: str) -> None:
    """Bob makes it."""
    manager.claim(processor.load(order), by=bob())


def complete(order: str) -> None:
    """It is ready."""
    manager.complete(processor.load(order), by=bob())


def collect(order: str) -> None:
    """It is handed over."""
    manager.collect(processor.load(order), by=bob())


def cancel(order: str) -> None:
    """Bob cancels it, and says why."""
    manager.cancel(processor.load(order), by=bob(), reason="machine")


def token() -> None:
    """Print what the running code says."""
    print(codes.current_code(store()).token)


def use_up() -> None:
    """Nothing is left of the running code."""
    code = codes.current_code(store())
    type(code).objects.filter(pk=code.pk).update(used=F("budget"))


def pause(paused: bool) -> None:
    """Stop taking orders for a while, or go on."""
    services.set_status(store(), paused=paused)


def _since(order: Order, minutes: int, column: str) -> None:
    Order.objects.filter(pk=order.pk).update(**{column: clock.now() - dt.timedelta(minutes=minutes)})
