"""What orders keep about people, and how it goes; what was made, when and how fast, stays."""

from collections import Counter

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from display.models import Hold
from serverlesspresso.accounts import privacy
from serverlesspresso.accounts.person import Person
from serverlesspresso.errors import Refusal

from . import admission, describe
from .models import LIVE, TERMINAL, Grant, Order, Turn


class OrdersKeeper(privacy.Keeper):
    """Names on cups, typed reasons, and whose an order was."""

    def export(self, person: Person) -> dict:
        """All one's orders, as the API has them, with the name on the cup."""
        mine = admission.orders_of(person).select_related("store", "barista").order_by("created_at")
        return {"orders": [{**describe.describe(order), "name": order.name} for order in mine]}

    def refusal(self, person: Person) -> Refusal | None:
        """A drink that is on its way needs somebody to hand it to."""
        live = admission.orders_of(person).filter(status__in=LIVE).first()
        if live is None:
            return None
        return Refusal(
            _("You have a drink on its way. Cancel it, or wait until it is yours; then your data can go."),
            code="already_ordering",
            order_id=live.pk,
            order_status=live.status,
            next_url=reverse("orders:order", args=[live.pk]),
            next_label=_("Show my order"),
        )

    def erase(self, person: Person) -> Counter[str]:
        """No names, no words. That this browser had a drink today stays until tomorrow."""
        mine = admission.orders_of(person)
        gone = _unname(mine)
        if person.user:
            gone["turns"] += Turn.objects.filter(user=person.user).delete()[0]
        return gone

    def purge(self, store) -> Counter[str]:
        """The same for all orders of a store that are not on their way, and nobody is linked to any."""
        orders = Order.objects.filter(store=store, status__in=TERMINAL)
        gone = _unname(orders)
        gone["links"] += orders.exclude(customer=None, browser="").update(customer=None, browser="")
        _unlink(store=store)
        return gone

    def needs(self, users):
        """Whoever ordered, scanned or waits at a store that is not over."""
        over = privacy.due_stores().values("pk")
        orders = Order.objects.exclude(store__in=over).values("customer")
        holds = Hold.objects.exclude(code__store__in=over).values("user")
        return users.filter(Q(pk__in=orders) | Q(pk__in=holds))

    def let_go(self, users: list[int]) -> Counter[str]:
        """Orders lose their customers by themselves; what else leads to them is cut here."""
        orders = Order.objects.filter(customer__in=users)
        gone = _unname(orders)
        orders.exclude(browser="").update(browser="")
        Hold.objects.filter(user__in=users).exclude(browser="").update(browser="")
        return gone


def _unname(orders) -> Counter[str]:
    names = orders.exclude(name="").update(name="")
    return Counter(names=names, reasons=orders.exclude(reason_text="").update(reason_text=""))


def _unlink(*, store) -> None:
    Hold.objects.filter(code__store=store).exclude(user=None, browser="").update(user=None, browser="")
    Turn.objects.filter(store=store).delete()
    Grant.objects.filter(store=store).delete()


KEEPER = privacy.register(OrdersKeeper())
