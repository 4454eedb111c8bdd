"""Publishes facts of one store at a steady rate and looks how far each subscriber is; prints JSON.

Run by `bench.scenes.bus` with the stand's own code and database.
"""

import json
import os
import sys
import time
from pathlib import Path

RATE = 200
LOOK_S = 0.05
PATIENCE_S = 30


def main(slug: str, seconds: float) -> None:
    """For so many seconds."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    import django

    django.setup()
    from django.db import transaction

    from config.models import Store
    from serverlesspresso.events.publisher import publish
    from serverlesspresso.events.subscribers import all_subscribers

    store = Store.objects.get(slug=slug)
    wanting = [each.name for each in all_subscribers() if each.wants("ConfigService.ConfigChanged")]
    at: dict[int, float] = {}
    handled: dict[int, float] = {}
    began = looked = time.perf_counter()
    while time.perf_counter() < began + seconds:
        with transaction.atomic():
            event = publish(
                "ConfigService.ConfigChanged", store=slug, what="store", open=store.is_open, paused=False
            )
        at[event.sequence] = time.perf_counter()
        if time.perf_counter() - looked > LOOK_S:
            looked = _look(slug, wanting, at, handled)
        time.sleep(max(began + len(at) / RATE - time.perf_counter(), 0))
    rate = len(at) / (time.perf_counter() - began)
    until = time.perf_counter() + PATIENCE_S
    while len(handled) < len(at) and time.perf_counter() < until:
        _look(slug, wanting, at, handled)
        time.sleep(LOOK_S)
    lags = [handled[each] - at[each] for each in handled]
    left = len(at) - len(handled)
    print(json.dumps({"rate": rate, "lags": lags, "left": left, "subscribers": len(wanting)}))  # noqa: T201


def _look(slug: str, wanting: list[str], at: dict[int, float], handled: dict[int, float]) -> float:
    """Note what everybody has had by now."""
    from serverlesspresso.events.models import Cursor

    places = dict(
        Cursor.objects.filter(store=slug, subscription__in=wanting).values_list("subscription", "sequence")
    )
    least = min((places.get(name, 0) for name in wanting), default=0)
    now = time.perf_counter()
    for sequence in at:
        if sequence <= least:
            handled.setdefault(sequence, now)
    return now


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
