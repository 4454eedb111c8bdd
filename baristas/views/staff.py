"""What staff do besides making drinks: take over, acknowledge cancellations, find a number, say who they
are."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from baristas import lookup, shared_tablet, topics
from baristas.access import STAFF, StaffRequest, staff_required, to_board
from baristas.responses import done, text
from config.models import Store
from orders import staff_commands
from orders.models import Order
from serverlesspresso.accounts import pins as digits
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.accounts.permissions import is_staff, role_at
from serverlesspresso.core.errors import NotFound, Refusal
from serverlesspresso.core.typed_text import narrow


@require_POST
@staff_required(STAFF)
def take_over(request: StaffRequest, store: Store) -> HttpResponse:
    """Take over everything a colleague is making."""
    colleague = _somebody(text(request, "whose"))
    taken = staff_commands.take_over_all(store, colleague, by=request.barista)
    count = len(taken)
    said = ngettext("You have taken over %(count)d drink.", "You have taken over %(count)d drinks.", count)
    strip: dict = {"said": said % {"count": count}, "orders": taken}
    if taken and is_staff(colleague.pk, store):
        strip |= {"undo": "hand-back", "to": colleague.pk}
    return done(request, store, topics.changed(store, {order.pk for order in taken}), strip)


@require_POST
@staff_required(STAFF)
def hand_back(request: StaffRequest, store: Store) -> HttpResponse:
    """Give back what was taken over."""
    colleague = _somebody(text(request, "to"))
    if not is_staff(colleague.pk, store):
        raise _gone()
    ids = [pk.replace("\0", "") for pk in request.POST.getlist("order")][:200]
    staff_commands.hand_back(store, ids, to=colleague, by=request.barista)
    return done(request, store, topics.changed(store, set(ids)))


@require_POST
@staff_required(STAFF)
def seen(request: StaffRequest, store: Store) -> HttpResponse:
    """Take a cancelled ticket off the bar."""
    order = text(request, "order")
    staff_commands.see_cancelled(store, [order])
    found = Order.objects.filter(store=store, pk=order).values_list("pk", flat=True)
    return done(request, store, topics.changed(store, set(found)))


@require_GET
@staff_required(STAFF)
def find(request: StaffRequest, store: Store) -> HttpResponse:
    """The orders of a number; without one, the drinks handed over last."""
    number = narrow(request.GET.get("number", "")).removeprefix("#")
    context = {"store": store, "number": number, "found": lookup.find(store, number)}
    if not request.htmx:
        return to_board(request, store)
    return render(request, "baristas/_search_results.html", context)


@require_POST
@staff_required(STAFF)
def who(request: StaffRequest, store: Store) -> HttpResponse:
    """Say with a PIN who is at this tablet now, or that nobody in particular is."""
    person = text(request, "person")
    if person:
        shared_tablet.sign_on(request, store, digits.verify_pin(store, _number(person), text(request, "pin")))
    else:
        shared_tablet.sign_off(request, store)
    return to_board(request, store)


@require_http_methods(["GET", "POST"])
@staff_required(STAFF)
def pins(request: StaffRequest, store: Store) -> HttpResponse:
    """List who has a PIN for shared tablets; people set their own here, managers anybody's."""
    refusal = None
    if request.method == "POST":
        try:
            digits.set_pin(store, _number(text(request, "person")), text(request, "pin"), by=request.user)
            return redirect("baristas:pins", store.slug)
        except Refusal as refused:
            refusal = refused
    manages = role_at(request.user.pk, store) == Role.MANAGER and not request.user.is_device
    context = {
        "store": store,
        "crew": [
            (each, manages or (each.user_id == request.user.pk and not request.user.is_device))
            for each in digits.staff(store)
        ],
        "refusal": refusal,
    }
    return render(request, "baristas/pins.html", context, status=refusal.status if refusal else 200)


def _somebody(user_id: str) -> User:
    """A person or tablet; raises NotFound if there is none."""
    user = User.objects.filter(pk=_number(user_id)).first()
    if user is None:
        raise _gone()
    return user


def _gone() -> NotFound:
    return NotFound(_("This person no longer works at this bar."), code="not_found")


def _number(user_id: str) -> int:
    """A person's number as sent; 0, meaning nobody, for anything else."""
    return int(user_id) if user_id.isascii() and user_id.isdigit() and len(user_id) < 10 else 0
