"""The API's calls about orders: one's own, and those of a store, with its log.

Someone else's order is 404, in the same words as one that does not exist; 403 is for the wrong role.
"""

import functools
from collections.abc import Callable
from typing import Annotated

from django.http import HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.decorators import decorate_view

from config.api import find_store, require
from config.models import Store
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import User
from serverlesspresso.accounts.permissions import STAFF
from serverlesspresso.accounts.validators import clean_name
from serverlesspresso.api.api import api
from serverlesspresso.api.auth import Call, bearer, forbidden
from serverlesspresso.api.idempotency import idempotent
from serverlesspresso.api.responses import documented, json_response
from serverlesspresso.core.errors import Invalid, NotFound

from . import admission, api_lists, api_schemas, commands, deadlines, reasons
from .errors import changed_meanwhile
from .models import Order
from .processor import with_people
from .serializers import describe

store_router = Router(tags=["Stores"])
router = Router(tags=["Orders"])
api.add_router("", store_router)
api.add_router("", router)
BY_OWNER = documented(api_schemas.Order, 403, 404, 409, who="owner", keyed=True)
CHOICE = documented(api_schemas.Order, 403, 404, 409, 412, who="owner", keyed=True, takes=("If-Match",))
BY_STAFF = documented(api_schemas.Order, 403, 404, 409, who="staff", keyed=True)
BY_BOTH = documented(api_schemas.Order, 403, 404, 409, who="staff, owner", keyed=True)


class StoreCall(Call):
    """A call that has its store already."""

    found: Store


def settled(run: Callable) -> Callable:
    """Decorate the scan: what is overdue is settled first, outside the transaction of an Idempotency-Key."""

    @functools.wraps(run)
    def wrapper(request: StoreCall, store: str) -> HttpResponse:
        if bearer(request):
            request.found = find_store(store)
            deadlines.settle_overdue(request.found)
        return run(request, store=store)

    return wrapper


@store_router.post(
    "stores/{slug:store}/orders",
    **documented(api_schemas.Order, 404, 409, 429, status=201, who="customer", keyed=True),
)
@decorate_view(idempotent, settled)
def post_order(request: StoreCall, store: str, sent: api_schemas.Scan) -> HttpResponse:
    """Scan and order in one call, all or nothing. The drink is chosen with `PUT orders/{id}`."""
    person = Person(request.auth)
    order = admission.scan_and_create(request.found, sent.token, person, settled=True)
    return json_response(describe(order), status=201)


@store_router.post(
    "stores/{slug:store}/walk-ups",
    **documented(api_schemas.Order, 403, 404, 409, status=201, who="staff", keyed=True),
)
@decorate_view(idempotent)
def post_walk_up(request: Call, store: str, sent: api_schemas.WalkUp) -> HttpResponse:
    """Type in an order for somebody without a phone. Outside all limits."""
    found = find_store(store)
    require(request.auth, found, STAFF)
    name = clean_name(sent.name) if sent.name else ""
    order = commands.walk_up(found, by=request.auth, drink=sent.drink, modifiers=sent.modifiers, name=name)
    return json_response(describe(order), status=201)


@store_router.get("stores/{slug:store}/orders", **documented(api_schemas.Orders, 403, 404, 422, who="staff"))
def get_store_orders(
    request: Call,
    store: str,
    status: Annotated[str, Query(description="With commas: `queued,making`. All, if not given.")] = "",
    after: Annotated[str, Query(description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HttpResponse:
    """Orders by series and number; those that have no number yet come last."""
    found = find_store(store)
    require(request.auth, found, STAFF)
    return json_response(api_lists.orders_of_store(found, api_lists.statuses(status), after, limit))


@store_router.get("stores/{slug:store}/events", **documented(api_schemas.Events, 403, 404, 422, who="staff"))
def get_events(
    request: Call,
    store: str,
    after: Annotated[
        int, Query(ge=0, le=2**53, description="A sequence; what comes after it is answered.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> HttpResponse:
    """The store's log: CloudEvents, oldest first, without a gap."""
    found = find_store(store)
    require(request.auth, found, STAFF)
    return json_response(api_lists.events_of_store(found, after, limit))


def find_order(user: User, order_id: str, *, owner: bool = False, staff: bool = False) -> Order:
    """The order, for its owner, for its store's staff, or for both.

    Raises NotFound for somebody else's, Forbidden for one's own (or one's own store's) in the wrong role.
    """
    order = with_people.first(order_id)
    if order is None:
        raise _no_order()
    mine = order.customer_id == user.pk
    if owner and mine:
        return order
    role = permissions.role_of(user, order.store)
    if staff and role in permissions.STAFF:
        return order
    if mine or role:
        raise forbidden()
    raise _no_order()


def _no_order() -> NotFound:
    return NotFound(_("There is no such order, or it is not yours."), code="not_found")


@router.get("orders", **documented(api_schemas.Orders, 422, who="owner"))
def get_orders(
    request: Call,
    after: Annotated[str, Query(description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HttpResponse:
    """One's own orders at every store, newest first."""
    return json_response(api_lists.orders_of_user(request.auth, after, limit))


@router.get("orders/{id}", **documented(api_schemas.Order, 403, 404, who="owner, staff"))
def get_order(request: Call, id: str) -> HttpResponse:
    """The order as it is now."""
    return json_response(describe(find_order(request.auth, id, owner=True, staff=True)))


@router.put("orders/{id}", **CHOICE)
@decorate_view(idempotent)
def put_order(request: Call, id: str, sent: api_schemas.Drink) -> HttpResponse:
    """Choose the drink. In `validating` it runs the waiting steps first; in `queued` it swaps in place.

    With `If-Match` only as long as the order has the version of that `ETag`.
    """
    order = find_order(request.auth, id, owner=True)
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


@router.post("orders/{id}/extend", **BY_OWNER)
@decorate_view(idempotent)
def extend(request: Call, id: str) -> HttpResponse:
    """Ask for the whole time to choose again, 10 times at most."""
    return json_response(describe(commands.extend(find_order(request.auth, id, owner=True), by=request.auth)))


@router.post("orders/{id}/make", **BY_STAFF)
@decorate_view(idempotent)
def make(request: Call, id: str, sent: api_schemas.Make) -> HttpResponse:
    """Claim a waiting order."""
    order = find_order(request.auth, id, staff=True)
    return json_response(describe(commands.claim(order, by=request.auth, take_over=sent.take_over)))


@router.post("orders/{id}/unmake", **BY_STAFF)
@decorate_view(idempotent)
def unmake(request: Call, id: str) -> HttpResponse:
    """Put a claimed order back to its place in the queue."""
    return json_response(
        describe(commands.release(find_order(request.auth, id, staff=True), by=request.auth))
    )


@router.post("orders/{id}/complete", **BY_STAFF)
@decorate_view(idempotent)
def complete(request: Call, id: str) -> HttpResponse:
    """Say that the drink is ready; from `queued` too."""
    return json_response(
        describe(commands.complete(find_order(request.auth, id, staff=True), by=request.auth))
    )


@router.post("orders/{id}/recall", **BY_STAFF)
@decorate_view(idempotent)
def recall(request: Call, id: str) -> HttpResponse:
    """Take a ready drink back into the making, within 600 s."""
    return json_response(describe(commands.recall(find_order(request.auth, id, staff=True), by=request.auth)))


@router.post("orders/{id}/collect", **BY_BOTH)
@decorate_view(idempotent)
def collect(request: Call, id: str) -> HttpResponse:
    """Say that the drink was handed over."""
    order = find_order(request.auth, id, owner=True, staff=True)
    return json_response(describe(commands.collect(order, by=request.auth)))


@router.post("orders/{id}/cancel", **BY_BOTH)
@decorate_view(idempotent)
def cancel(request: Call, id: str, sent: api_schemas.Cancel) -> HttpResponse:
    """Owners cancel until making starts; staff cancel whatever is not over, with a reason."""
    order = find_order(request.auth, id, owner=True, staff=True)
    if (
        order.customer_id == request.auth.pk
        and permissions.role_of(request.auth, order.store) not in permissions.STAFF
    ):
        return json_response(describe(commands.withdraw(order, by=request.auth)))
    reason, text = reasons.clean(sent.reason or "")
    return json_response(describe(commands.cancel(order, by=request.auth, reason=reason, text=text)))
