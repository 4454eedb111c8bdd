"""The dashboard's live topic: today's figures of one store, for its staff."""

from collections.abc import Collection

from config.models import Store
from serverlesspresso.accounts import permissions
from serverlesspresso.events.live.topics import Frame, Topic, register
from serverlesspresso.events.models import Event

from . import context, counting
from .models import Counted

_PREFIX = counting.screen("")


class FiguresTopic(Topic):
    """Today's figures. They move when they were counted, a moment after the log did."""

    name = "figures"

    def store(self, key: str) -> str | None:
        return Store.objects.current().filter(slug=_slug(key)).values_list("slug", flat=True).first()

    def allowed(self, user_id: int | None, key: str) -> bool:
        store = Store.objects.current().filter(slug=_slug(key)).first()
        return store is not None and permissions.is_staff(user_id, store)

    def snapshot(self, key: str) -> Frame:
        store = Store.objects.get(slug=_slug(key))
        return Frame(context.render(store, context.today(store)))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        return False

    def versions(self, keys: Collection[str]) -> dict[str, int]:
        counted = Counted.objects.filter(pk__in=[_slug(key) for key in keys])
        return {counting.screen(store): at for store, at in counted.values_list("store", "sequence")}


def _slug(key: str) -> str:
    return key.removeprefix(_PREFIX)


FIGURES = register(FiguresTopic())
