"""Find a store by its short name, as every click and every screen does."""

from collections.abc import Collection

from django.db.models.functions import Lower
from django.http import Http404

from serverlesspresso.core.db.prepared import PreparedQuery, PreparedValues

from .models import Store

_by_slug = PreparedQuery(lambda slug: Store.objects.filter(slug=slug))
_current = PreparedQuery(lambda slug: Store.objects.current().filter(slug=slug))
_typed = PreparedQuery(lambda small: Store.objects.current().alias(small=Lower("slug")).filter(small=small))
_spelled = PreparedValues(
    lambda small: Store.objects.alias(small=Lower("slug")).filter(small=small).order_by().values_list("slug")
)


def by_slug(slug: str) -> Store:
    """The store of that name, even an archived one. Raises Store.DoesNotExist."""
    store = _by_slug.first(slug)
    if store is None:
        raise Store.DoesNotExist(slug)
    return store


def looks(slugs: Collection[str]) -> dict[str, str]:
    """What each store's pages are made from, by store."""
    return {store.slug: store.look for store in Store.objects.filter(slug__in=slugs)}


def current(slug: str) -> Store | None:
    """The store of that name; None if there is none, or it is archived."""
    return _current.first(slug)


def store_or_404(slug: str, *, archived: bool = False) -> Store:
    """The store of that name, for a page; raises Http404 if there is none, or it is archived."""
    store = (_by_slug if archived else _current).first(slug)
    if store is None:
        raise Http404
    return store


def typed(slug: str) -> Store | None:
    """The store of a short name in any case; None as for `current`."""
    return current(slug) or (_typed.first(slug.lower()) if _could_be(slug) else None)


def spelled(slug: str) -> str:
    """The store's own spelling of a short name, even if archived; as typed if there is no such store."""
    if not _could_be(slug) or _by_slug.first(slug):
        return slug
    return _spelled.first(slug.lower()) or slug


def _could_be(slug: str) -> bool:
    return slug.isascii() and "\0" not in slug
