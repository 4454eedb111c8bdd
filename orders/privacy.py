"""Personal data in orders, and how it is deleted; what was made, when and how fast, stays."""

from collections import Counter

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from display.models import Hold
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.privacy import personal_data
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

from . import admission, serializers
from .models import LIVE, TERMINAL, Grant, Order, Turn

_OF_A_SCAN = ("taken_at", "expires_at", "used_at", "returned_at")
_OF_A_TURN = ("asked_at", "expires_at", "offered_until", "ended_at")


class OrdersKeeper(personal_data.PersonalDataProvider):
    """Names on cups, typed reasons, and whose an order was."""

    def export(self, person: Person) -> dict:
        """All of a person's orders, as in the API, with the name on the cup; also scans, turns and grants."""
        mine = admission.orders_of(person).select_related("store", "barista").order_by("created_at")
        scans = Hold.objects.filter(_of(person)).select_related("code__store").order_by("taken_at")
        turns = Turn.objects.filter(_of(person)).select_related("store").order_by("asked_at")
        grants = Grant.objects.filter(customer=person.user).select_related("store").order_by("pk")
        return {
            "orders": [{**serializers.describe(order), "name": order.name} for order in mine],
            "scans": [{"store": each.code.store.slug, **_moments(each, _OF_A_SCAN)} for each in scans],
            "waiting_list": [{"store": each.store.slug, **_moments(each, _OF_A_TURN)} for each in turns],
            "one_more": [{"store": each.store.slug, "day": str(each.day)} for each in grants],
        }

    def refusal(self, person: Person) -> Refusal | None:
        """A drink that is on its way needs somebody to hand it to."""
        live = admission.orders_of(person).filter(status__in=LIVE).first()
        if live is None:
            return None
        return Refusal(
            _(
                "You have an order in progress. Cancel it, or wait until you have your drink; then "
                "we can delete your data."
            ),
            code="already_ordering",
            order_id=live.pk,
            order_status=live.status,
            next_url=reverse("orders:order", args=[live.pk]),
            next_label=_("Show my order"),
        )

    def erase(self, person: Person) -> Counter[str]:
        """Delete names and typed texts. That this browser had a drink today stays until tomorrow."""
        mine = admission.orders_of(person)
        gone = _unname(mine)
        gone["turns"] += Turn.objects.filter(_of(person)).delete()[0]
        return gone

    def purge(self, store) -> Counter[str]:
        """Do the same for all finished orders of a store, and unlink their customers."""
        orders = Order.objects.filter(store=store, status__in=TERMINAL)
        gone = _unname(orders)
        gone["links"] += orders.exclude(customer=None, browser="").update(customer=None, browser="")
        _unlink(store=store)
        return gone

    def needs(self, users):
        """Whoever ordered, scanned or waits at a store that is not over."""
        over = personal_data.due_stores().values("pk")
        orders = Order.objects.exclude(store__in=over).values("customer")
        holds = Hold.objects.exclude(code__store__in=over).values("user")
        return users.filter(Q(pk__in=orders) | Q(pk__in=holds))

    def let_go(self, users: list[int]) -> Counter[str]:
        """Cut what still leads to a person; orders lose their customers by themselves."""
        orders = Order.objects.filter(customer__in=users)
        gone = _unname(orders)
        orders.exclude(browser="").update(browser="")
        Hold.objects.filter(user__in=users).exclude(browser="").update(browser="")
        return gone


def _of(person: Person) -> Q:
    """A person's scans and turns: by user, or by browser for guests and people not signed in."""
    mine = Q(user=person.user) if person.user else Q(pk__in=())
    if person.browser:
        mine |= Q(Q(user=None) | Q(user__is_guest=True), browser=person.browser)
    return mine


def _moments(row: Model, names: tuple[str, ...]) -> dict[str, str | None]:
    return {name: clock.text(getattr(row, name)) for name in names}


def _unname(orders) -> Counter[str]:
    names = orders.exclude(name="").update(name="")
    return Counter(names=names, reasons=orders.exclude(reason_text="").update(reason_text=""))


def _unlink(*, store) -> None:
    Hold.objects.filter(code__store=store).exclude(user=None, browser="").update(user=None, browser="")
    Turn.objects.filter(store=store).delete()
    Grant.objects.filter(store=store).delete()


KEEPER = personal_data.register(OrdersKeeper())
