"""Calls about a store: what it offers, whether it is open, its code, its orders and its log."""

import functools
from collections.abc import Callable
from typing import Annotated

from django.http import HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import get_language
from ninja import Query, Router
from ninja.decorators import decorate_view

from config import services
from config.serializers import describe as describe_store
from display import qr_codes
from orders import admission, commands, deadlines
from orders.serializers import describe
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Role
from serverlesspresso.accounts.permissions import STAFF
from serverlesspresso.accounts.validators import clean_name
from serverlesspresso.core import clock, urls
from serverlesspresso.events.log import publish

from . import access, pagination, schemas
from .auth import Call, bearer
from .idempotency import idempotent
from .responses import documented, json_response

router = Router(tags=["Stores"])
SHOWS_CODE = frozenset({Role.DISPLAY, Role.MANAGER})


def settled(run: Callable) -> Callable:
    """Decorate the scan: what is overdue is settled first, outside the transaction of an Idempotency-Key."""

    @functools.wraps(run)
    def wrapper(request: Call, store: str) -> HttpResponse:
        if bearer(request):
            request.found = access.find_store(store)
            deadlines.settle_overdue(request.found)
        return run(request, store=store)

    return wrapper


@router.get(
    "stores/{slug:store}",
    auth=None,
    **documented(schemas.Store, 404, who="anyone", takes=("If-None-Match",), says=("ETag",)),
)
def get_store(request: Call, store: str) -> HttpResponse:
    """The store: its menu, whether it is open or paused. With an ETag: ask again with `If-None-Match`."""
    head = publish.latest_sequence(
        store
    )  # before the rest: a change in between makes it look older, never newer
    found = access.find_store(store)
    if found.slug != store:  # it was typed in other letters
        head, found = publish.latest_sequence(found.slug), access.find_store(found.slug)
    response = json_response(describe_store(found))
    patch_cache_control(response, no_cache=True)
    etag = f'W/"{head}-{get_language()}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


@router.put(
    "stores/{slug:store}/status",
    **documented(schemas.Store, 403, 404, 409, who="manager; `paused` also baristas", keyed=True),
)
@decorate_view(idempotent)
def put_status(request: Call, store: str, sent: schemas.StoreStatus) -> HttpResponse:
    """Open or close, pause or resume. Live orders are left alone."""
    found = access.find_store(store)
    access.require(request.auth, found, STAFF if sent.open is None else {Role.MANAGER})
    return json_response(describe_store(services.set_status(found, open=sent.open, paused=sent.paused)))


@router.put(
    "stores/{slug:store}/availability", **documented(schemas.Store, 403, 404, who="staff", keyed=True)
)
@decorate_view(idempotent)
def put_availability(request: Call, store: str, sent: schemas.Availability) -> HttpResponse:
    """Mark a drink or an option as sold out, or as back. It acts at once."""
    found = access.find_store(store)
    access.require(request.auth, found, STAFF)
    services.set_available(found, sent.drink, sent.available, sent.option)
    return json_response(describe_store(found))


@router.get("stores/{slug:store}/code", **documented(schemas.Code, 403, 404, who="display, manager"))
def get_code(request: Call, store: str) -> HttpResponse:
    """The QR code to show now."""
    found = access.find_store(store)
    access.require(request.auth, found, SHOWS_CODE)
    code = qr_codes.current_code(found)
    return json_response(
        {
            "token": code.token,
            "url": urls.absolute_url(reverse("orders:scan", args=[code.token])),
            "remaining": code.remaining,
            "starts_at": clock.text(code.starts_at),
            "ends_at": clock.text(code.ends_at),
        }
    )


@router.post(
    "stores/{slug:store}/orders",
    **documented(schemas.Order, 404, 409, 429, status=201, who="customer", keyed=True),
)
@decorate_view(idempotent, settled)
def post_order(request: Call, store: str, sent: schemas.Scan) -> HttpResponse:
    """Scan and order in one call, all or nothing. The drink is chosen with `PUT orders/{id}`."""
    person = Person(request.auth)
    order = admission.scan_and_create(request.found, sent.token, person, settled=True)
    return json_response(describe(order), status=201)


@router.post(
    "stores/{slug:store}/walk-ups",
    **documented(schemas.Order, 403, 404, 409, status=201, who="staff", keyed=True),
)
@decorate_view(idempotent)
def post_walk_up(request: Call, store: str, sent: schemas.WalkUp) -> HttpResponse:
    """Type in an order for somebody without a phone. Outside all limits."""
    found = access.find_store(store)
    access.require(request.auth, found, STAFF)
    name = clean_name(sent.name) if sent.name else ""
    order = commands.walk_up(found, by=request.auth, drink=sent.drink, modifiers=sent.modifiers, name=name)
    return json_response(describe(order), status=201)


@router.get("stores/{slug:store}/orders", **documented(schemas.Orders, 403, 404, 422, who="staff"))
def get_store_orders(
    request: Call,
    store: str,
    status: Annotated[str, Query(description="With commas: `queued,making`. All, if not given.")] = "",
    after: Annotated[str, Query(description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HttpResponse:
    """Orders by series and number; those that have no number yet come last."""
    found = access.find_store(store)
    access.require(request.auth, found, STAFF)
    return json_response(pagination.orders_of_store(found, pagination.statuses(status), after, limit))


@router.get("stores/{slug:store}/events", **documented(schemas.Events, 403, 404, 422, who="staff"))
def get_events(
    request: Call,
    store: str,
    after: Annotated[
        int, Query(ge=0, le=2**53, description="A sequence; what comes after it is answered.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> HttpResponse:
    """The store's log: CloudEvents, oldest first, without a gap."""
    found = access.find_store(store)
    access.require(request.auth, found, STAFF)
    return json_response(pagination.events_of_store(found, after, limit))
