"""Whether anybody is behind the bar: a store whose baristas' screens have all gone dark pauses itself.

Only a screen that was live can go dark: a store that is run over the API never had one, and is left alone; so
is one where staff did something lately, by whatever means (rule book: stores).
"""

import datetime as dt
from collections.abc import Collection, Mapping

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from config import services
from config.models import Store
from config.models.pausing import DARK_FOR
from serverlesspresso.accounts.models import User
from serverlesspresso.accounts.permissions import STAFF
from serverlesspresso.core import clock
from serverlesspresso.core.db.prepared import PreparedQuery

from . import counting, deadlines
from .models import Watch

_LIT_FOR = dt.timedelta(seconds=20)
"""A screen that is on is recorded at each pulse; after more than two without, it is off."""
_FRESH = dt.timedelta(seconds=4)
"""Screens that another process recorded within this time are not written again."""
_BLIND = dt.timedelta(seconds=10)
"""After this long without a sweep nobody knows which screens were on, so their time begins anew."""


def note(slugs: Collection[str] | Mapping[str, Collection[int]]) -> None:
    """Record that baristas' screens of these stores are live, and whose, if given; a store that paused itself
    resumes at once."""
    now = clock.now()
    stores = list(Store.objects.current().filter(slug__in=list(slugs), is_open=True))
    fresh = Watch.objects.filter(store__in=stores, at__gt=now - _FRESH).values_list("pk", flat=True)
    stale = [Watch(store=store, at=now) for store in stores if store.pk not in set(fresh)]
    Watch.objects.bulk_create(stale, update_conflicts=True, update_fields=["at"], unique_fields=["store"])
    for store in stores:
        if store.paused_by_itself:
            services.resume_by_itself(store)

    if isinstance(slugs, Mapping):
        seen = {_sign(store, user): now for store in stores for user in slugs[store.slug]}
        cache.set_many(seen, timeout=_LIT_FOR.total_seconds())


def live(store: Store) -> list[str]:
    """Whose baristas' screens are on now at a store, by name: staff, administrators, and tablets they
    share."""
    here = Q(memberships__store=store, memberships__role__in=STAFF) | Q(is_superuser=True)
    staff = User.objects.filter(here, is_active=True).distinct()
    names = {_sign(store, each.pk): each.display_name for each in staff}
    since = clock.now() - _LIT_FOR
    return sorted(names[sign] for sign, at in cache.get_many(names).items() if at > since)


def _sign(store: Store, user: int) -> str:
    return f"at-the-bar:{store.pk}:{user}"


def dark_since(store: Store) -> dt.datetime | None:
    """Since when no barista's screen is on at an open store (UTC); None while one is, or where none has been
    since it opened."""
    if not store.is_open:
        return None
    if store.deserted_since:
        return store.deserted_since
    watch = Watch.objects.filter(store=store, at__lte=clock.now() - _LIT_FOR).first()
    return watch.at if watch else None


_dark = PreparedQuery(lambda since: Watch.objects.filter(at__lte=since).select_related("store"))


def pause_deserted() -> int:
    """Pause the open stores whose screens have gone dark; returns how many. Part of the sweep."""
    now = clock.now()
    if deadlines.unswept_since(now - _BLIND):
        Watch.objects.update(at=now)
        return 0
    return sum(_leave(watch, now) for watch in _dark.all(now - DARK_FOR))


@transaction.atomic
def _leave(watch: Watch, now: dt.datetime) -> bool:
    """Forget the screen that went dark, so that it pauses the store only once; returns whether it did."""
    store = watch.store
    if _at_work(store, now) or not Watch.objects.filter(pk=watch.pk, at=watch.at).delete()[0]:
        return False
    return services.pause_by_itself(store)


def _at_work(store: Store, now: dt.datetime) -> bool:
    queue = counting.queue_of(store.pk)
    worked = queue and queue.active_clock
    return (
        bool(worked and worked > store.patience_time(now) - DARK_FOR)
        and store.is_open
        and not store.is_paused
    )
