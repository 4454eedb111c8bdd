"""The API's calls about a store itself: what it offers, whether it is open, what has run out."""

from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router
from ninja.decorators import decorate_view
from pydantic import BaseModel, Field, StrictBool

from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.accounts.permissions import STAFF
from serverlesspresso.api.api import api
from serverlesspresso.api.auth import Call, forbidden
from serverlesspresso.api.idempotency import idempotent
from serverlesspresso.api.responses import documented, json_response
from serverlesspresso.api.schemas import Answer, Name
from serverlesspresso.core.errors import NotFound
from serverlesspresso.events.log import publish

from . import lookup, models, services
from .serializers import describe

router = Router(tags=["Stores"])
api.add_router("", router)


class StoreStatus(BaseModel):
    """What is left out stays as it is."""

    open: StrictBool | None = Field(default=None, description="Managers only.")
    paused: StrictBool | None = None


class Availability(BaseModel):
    """A drink, or with `option` one of its options: sold out, or back."""

    drink: Name
    option: Name | None = Field(default=None, description="Counts for all drinks it comes with.")
    available: StrictBool


class Option(Answer):
    """One thing to choose."""

    name: str
    label: str = Field(description="The name in the caller's language.")
    available: bool


class Modifier(Answer):
    """A choice that comes with a drink: at least `min`, at most `max` of its options."""

    name: str
    label: str
    min: int
    max: int
    options: list[Option]


class MenuDrink(Answer):
    """Something on the menu."""

    name: str
    label: str
    icon: str
    available: bool
    modifiers: list[Modifier]


class Menu(Answer):
    """Everything a store offers, sold out or not."""

    drinks: list[MenuDrink]


class Store(Answer):
    """A bar at a conference."""

    store: str = Field(description="Its short name, as in addresses.")
    name: str
    open: bool
    paused: bool
    language: str = Field(description="Of the display, such as `en`.")
    menu: Menu


def find_store(slug: str) -> models.Store:
    """The store of that name, small letters or capitals; raises NotFound for an archived one too."""
    store = lookup.typed(slug)
    if store is None:
        raise NotFound(_("There is no such store."), code="not_found")
    return store


def require(user: User, store: models.Store, allowed) -> None:
    """Raises Forbidden unless the caller's role at the store is one of these.

    So it is for callers without any role there: that the store exists is no secret.
    """
    if permissions.role_of(user, store) not in allowed:
        raise forbidden()


@router.get(
    "stores/{slug:store}",
    auth=None,
    **documented(Store, 404, who="anyone", takes=("If-None-Match",), says=("ETag",)),
)
def get_store(request: Call, store: str) -> HttpResponse:
    """The store: its menu, whether it is open or paused. With an ETag: ask again with `If-None-Match`."""
    # The head before the rest: a change in between makes it look older, never newer.
    head = publish.latest_sequence(store)
    found = find_store(store)
    if found.slug != store:  # it was typed in other letters
        head, found = publish.latest_sequence(found.slug), find_store(found.slug)
    response = json_response(describe(found))
    patch_cache_control(response, no_cache=True)
    etag = f'W/"{head}-{get_language()}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


@router.put(
    "stores/{slug:store}/status",
    **documented(Store, 403, 404, 409, who="manager; `paused` also baristas", keyed=True),
)
@decorate_view(idempotent)
def put_status(request: Call, store: str, sent: StoreStatus) -> HttpResponse:
    """Open or close, pause or resume. Live orders are left alone."""
    found = find_store(store)
    require(request.auth, found, STAFF if sent.open is None else {Role.MANAGER})
    return json_response(describe(services.set_status(found, open=sent.open, paused=sent.paused)))


@router.put("stores/{slug:store}/availability", **documented(Store, 403, 404, who="staff", keyed=True))
@decorate_view(idempotent)
def put_availability(request: Call, store: str, sent: Availability) -> HttpResponse:
    """Mark a drink or an option as sold out, or as back. It acts at once."""
    found = find_store(store)
    require(request.auth, found, STAFF)
    services.set_available(found, sent.drink, sent.available, sent.option)
    return json_response(describe(found))
