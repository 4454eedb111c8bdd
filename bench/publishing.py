"""Publishes lives of orders over some stores at a steady rate and looks how far the slowest subscriber is;
prints JSON.

Run by `bench.scenes.bus` with the stand's own code and database.
"""

import json
import os
import sys
import time
from pathlib import Path

RATE = 200
LOOK_S = 0.01
PATIENCE_S = 30


def main(slugs: list[str], seconds: float) -> None:
    """For so many seconds."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    import django

    django.setup()
    from django.db import transaction

    from bench.bus import lives
    from serverlesspresso.events.delivery.subscribers import all_subscribers
    from serverlesspresso.events.log.publish import publish

    names = [each.name for each in all_subscribers()]
    told: dict[tuple[str, int], float] = {}
    done: dict[tuple[str, int], float] = {}
    began = looked = time.perf_counter()
    for store, order, type_, data in lives(slugs):
        if time.perf_counter() > began + seconds:
            break
        with transaction.atomic():
            event = publish(type_, store=store, order=order, **data)
        told[store, event.sequence] = time.perf_counter()
        if time.perf_counter() - looked > LOOK_S:
            looked = _look(slugs, names, told, done)
        time.sleep(max(began + len(told) / RATE - time.perf_counter(), 0))
    rate = len(told) / (time.perf_counter() - began)
    until = time.perf_counter() + PATIENCE_S
    while len(done) < len(told) and time.perf_counter() < until:
        _look(slugs, names, told, done)
        time.sleep(LOOK_S)
    lags = [done[each] - told[each] for each in done]
    left = len(told) - len(done)
    print(json.dumps({"rate": rate, "lags": lags, "left": left, "subscribers": len(names)}))  # noqa: T201


def _look(slugs: list[str], names: list[str], told: dict, done: dict) -> float:
    """Note what everybody has had by now."""
    from django.db.models import Count, Min

    from serverlesspresso.events.models import Cursor

    rows = Cursor.objects.filter(store__in=slugs, subscription__in=names).values("store")
    places = {row["store"]: row for row in rows.annotate(least=Min("sequence"), count=Count("pk"))}
    now = time.perf_counter()
    for store, sequence in told.keys() - done.keys():
        place = places.get(store)
        if place and place["count"] == len(names) and sequence <= place["least"]:
            done[store, sequence] = now
    return now


if __name__ == "__main__":
    main(sys.argv[1].split(","), float(sys.argv[2]))
