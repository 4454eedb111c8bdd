"""What `/metrics` reports about codes, read from the database on request."""

from django.db.models import F

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.metrics import Figure

from .models import Code


def samples() -> list[Figure]:
    """Drinks left on the codes that are on the walls."""
    stores = dict(Store.objects.filter(archived_at=None).values_list("pk", "slug"))
    now = clock.now()
    running = Code.objects.filter(store__in=stores, starts_at__lte=now, ends_at__gt=now, replaced_at=None)
    return [
        (
            "serverlesspresso_holds_left",
            "Drinks left on the code that is on the wall.",
            {"store": stores[store]},
            left,
        )
        for store, left in running.order_by("starts_at").values_list("store", F("budget") - F("used"))
    ]
