"""The organisers' topic: one store's overview, for its managers."""

from collections.abc import Collection

from django.template.loader import render_to_string
from django.utils import timezone

from config.models import Store
from display.models import Code
from orders import presence, wait_times
from orders.events import ORDER_FINISHED
from serverlesspresso.accounts.models import Role
from serverlesspresso.accounts.permissions import role_at
from serverlesspresso.core import clock
from serverlesspresso.events.live.topics import Frame, Topic, register
from serverlesspresso.events.models import Event

from . import overview


class OverviewTopic(Topic):
    """Topic "overview", by the store's slug. Any change renders it anew: it is small and few people watch
    it."""

    name = "overview"

    def store(self, key: str) -> str | None:
        """The slug itself, if there is such a store."""
        return Store.objects.filter(slug=key).values_list("slug", flat=True).first()

    def allowed(self, user_id: int | None, key: str) -> bool:
        store = Store.objects.filter(slug=key).first()
        return store is not None and role_at(user_id, store) == Role.MANAGER

    def snapshot(self, key: str) -> Frame:
        return Frame(frame(Store.objects.get(slug=key)))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        """All events except the settling of an order that has left the bar."""
        return event.type != ORDER_FINISHED

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        """The code on the screens, what is left of it, whether the queue stands still, and who is there:
        these change without an event."""
        now = clock.now()
        running = Code.objects.filter(
            store__slug__in=keys, starts_at__lte=now, ends_at__gt=now, replaced_at=None
        )
        codes = {slug: (pk, used) for slug, pk, used in running.values_list("store__slug", "pk", "used")}
        return dict.fromkeys(keys, 0) | {
            store.slug: hash(
                (
                    codes.get(store.slug),
                    wait_times.standstill(store).is_long(now),
                    presence.dark_since(store),
                    *presence.live(store),
                )
            )
            for store in Store.objects.filter(slug__in=keys)
        }


def frame(store: Store) -> str:
    """The overview as an out-of-band swap, in the store's time."""
    with timezone.override(store.zone):
        return render_to_string("organisers/_overview.html", overview.context(store))


register(OverviewTopic())
