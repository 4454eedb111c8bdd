"""Finding a store by its short name: every click and every screen does."""

from serverlesspresso.composed import Composed

from .models import Store

_by_slug = Composed(lambda slug: Store.objects.filter(slug=slug))
_current = Composed(lambda slug: Store.objects.current().filter(slug=slug))


def by_slug(slug: str) -> Store:
    """The store of that name, an archived one too. Raises Store.DoesNotExist."""
    store = _by_slug.first(slug)
    if store is None:
        raise Store.DoesNotExist(slug)
    return store


def current(slug: str) -> Store | None:
    """The store of that name; None if there is none, or none any more."""
    return None if "\0" in slug else _current.first(slug)  # which no database has
