"""Calls about an order: its owner's, and its store's staff's."""

from typing import Annotated

from django.http import HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.decorators import decorate_view

from orders import commands, reasons
from orders.errors import changed_meanwhile
from orders.models import Order
from orders.serializers import describe
from serverlesspresso.accounts import permissions
from serverlesspresso.core.errors import Invalid

from . import access, pagination, schemas
from .auth import Call
from .idempotency import idempotent
from .responses import documented, json_response

router = Router(tags=["Orders"])
OWNER = documented(schemas.Order, 403, 404, 409, who="owner", keyed=True)
CHOICE = documented(schemas.Order, 403, 404, 409, 412, who="owner", keyed=True, takes=("If-Match",))
STAFF = documented(schemas.Order, 403, 404, 409, who="staff", keyed=True)
BOTH = documented(schemas.Order, 403, 404, 409, who="staff, owner", keyed=True)


@router.get("orders", **documented(schemas.Orders, 422, who="owner"))
def get_orders(
    request: Call,
    after: Annotated[str, Query(description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HttpResponse:
    """One's own orders at every store, newest first."""
    return json_response(pagination.orders_of_user(request.auth, after, limit))


@router.get("orders/{id}", **documented(schemas.Order, 403, 404, who="owner, staff"))
def get_order(request: Call, id: str) -> HttpResponse:
    """The order as it is now."""
    return json_response(describe(access.find_order(request.auth, id, owner=True, staff=True)))


@router.put("orders/{id}", **CHOICE)
@decorate_view(idempotent)
def put_order(request: Call, id: str, sent: schemas.Drink) -> HttpResponse:
    """Choose the drink. In `validating` it runs the waiting steps first; in `queued` it swaps in place.

    With `If-Match` only as long as the order has the version of that `ETag`.
    """
    order = access.find_order(request.auth, id, owner=True)
    version = order.version if _is_tied(request, order) else None
    order = commands.submit(
        order, drink=sent.drink, modifiers=sent.modifiers, by=request.auth, version=version
    )
    return json_response(describe(order))


def _is_tied(request: Call, order: Order) -> bool:
    """Whether the change is meant for this version of the order alone. Raises `changed_meanwhile` for
    another one's ETag. What compresses answers makes ETags weak on the way; here they count all the same."""
    if "If-Match" not in request.headers:
        return False
    wanted = parse_etags(request.headers["If-Match"])
    if not wanted:
        text = _("Send If-Match as an answer's ETag was, with its quotation marks.")
        raise Invalid(text, code="invalid", errors={"If-Match": text})
    if wanted == ["*"]:
        return False
    if f'"{order.version}"' not in {etag.removeprefix("W/") for etag in wanted}:
        raise changed_meanwhile(order)
    return True


@router.post("orders/{id}/extend", **OWNER)
@decorate_view(idempotent)
def extend(request: Call, id: str) -> HttpResponse:
    """Ask for the whole time to choose again, 10 times at most."""
    return json_response(
        describe(commands.extend(access.find_order(request.auth, id, owner=True), by=request.auth))
    )


@router.post("orders/{id}/make", **STAFF)
@decorate_view(idempotent)
def make(request: Call, id: str, sent: schemas.Make) -> HttpResponse:
    """Claim a waiting order."""
    order = access.find_order(request.auth, id, staff=True)
    return json_response(describe(commands.claim(order, by=request.auth, take_over=sent.take_over)))


@router.post("orders/{id}/unmake", **STAFF)
@decorate_view(idempotent)
def unmake(request: Call, id: str) -> HttpResponse:
    """Put a claimed order back to its place in the queue."""
    return json_response(
        describe(commands.release(access.find_order(request.auth, id, staff=True), by=request.auth))
    )


@router.post("orders/{id}/complete", **STAFF)
@decorate_view(idempotent)
def complete(request: Call, id: str) -> HttpResponse:
    """Say that the drink is ready; from `queued` too."""
    return json_response(
        describe(commands.complete(access.find_order(request.auth, id, staff=True), by=request.auth))
    )


@router.post("orders/{id}/recall", **STAFF)
@decorate_view(idempotent)
def recall(request: Call, id: str) -> HttpResponse:
    """Take a ready drink back into the making, within 600 s."""
    return json_response(
        describe(commands.recall(access.find_order(request.auth, id, staff=True), by=request.auth))
    )


@router.post("orders/{id}/collect", **BOTH)
@decorate_view(idempotent)
def collect(request: Call, id: str) -> HttpResponse:
    """Say that the drink was handed over."""
    order = access.find_order(request.auth, id, owner=True, staff=True)
    return json_response(describe(commands.collect(order, by=request.auth)))


@router.post("orders/{id}/cancel", **BOTH)
@decorate_view(idempotent)
def cancel(request: Call, id: str, sent: schemas.Cancel) -> HttpResponse:
    """Owners cancel until making starts; staff cancel whatever is not over, with a reason."""
    order = access.find_order(request.auth, id, owner=True, staff=True)
    if (
        order.customer_id == request.auth.pk
        and permissions.role_of(request.auth, order.store) not in permissions.STAFF
    ):
        return json_response(describe(commands.withdraw(order, by=request.auth)))
    reason, text = reasons.clean(sent.reason or "")
    return json_response(describe(commands.cancel(order, by=request.auth, reason=reason, text=text)))
