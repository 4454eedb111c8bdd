"""A log replayed gives exactly the totals it gave the first time.

    bin/with-services .venv/bin/python -m bench.replay --events 100000

Writes lives of orders into the log, over many stores; hands them to the subscriber that counts; replays them
all, from the beginning, and compares every row it keeps. Prints figures; exits with 1 if any differs.
Without servers it runs on SQLite, in a folder of its own.
"""

import argparse
import itertools
import os
import tempfile
import time

from .bus import lives


def main() -> int:
    """Run it; 0 if the totals are the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--stores", type=int, default=20)
    parser.add_argument("--subscriber", default="metrics")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="serverlesspresso-replay.") as folder:
        os.environ.update(
            DATA_DIR=folder, DJANGO_SETTINGS_MODULE="serverlesspresso.settings", LOG_LEVEL="WARNING"
        )
        return _run(options)


def _run(options) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from serverlesspresso.events.delivery import offsets

    name = options.subscriber
    written = _timed(_write, options)
    first = _timed(_hand_over, name)
    before = _rows(name)
    offsets.replay(name)
    again = _timed(_hand_over, name)
    after = _rows(name)
    same = before == after and bool(before)
    for what, figure in (
        ("events", f"{options.events} over {options.stores} stores"),
        ("written in", f"{written:.1f} s"),
        ("handed over in", f"{first:.1f} s ({options.events / first:.0f} a second)"),
        ("replayed in", f"{again:.1f} s ({options.events / again:.0f} a second)"),
        ("rows kept", sum(len(rows) for rows in before.values())),
        ("the same after the replay", "yes" if same else "NO"),
    ):
        print(f"{what:28} {figure}")  # noqa: T201
    return 0 if same else 1


def _timed(act, *args) -> float:
    began = time.monotonic()
    act(*args)
    return time.monotonic() - began


def _write(options) -> None:
    """Into the log, many at a time: as `publish` would, without its hints."""
    from django.db import transaction

    from serverlesspresso.core import clock
    from serverlesspresso.events.models import Event, Stream

    heads: dict[str, int] = {}
    at = clock.now()
    stream = itertools.islice(
        lives([f"S{number}" for number in range(1, options.stores + 1)]), options.events
    )
    while told := list(itertools.islice(stream, 2000)):
        events = []
        for store, order, kind, data in told:
            heads[store] = heads.get(store, 0) + 1
            events.append(Event(store=store, sequence=heads[store], type=kind, order=order, data=data, at=at))
        with transaction.atomic():
            Event.objects.bulk_create(events)
            for store, head in heads.items():
                Stream.objects.update_or_create(store=store, defaults={"sequence": head})


def _hand_over(name: str) -> None:
    from serverlesspresso.events.delivery import isolation

    while isolation.serve(name):
        pass


def _rows(name: str) -> dict[str, list]:
    """All that the subscriber's app keeps, without the rows' own numbers."""
    from django.apps import apps

    found = {}
    for model in apps.get_app_config(name).get_models():
        fields = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
        found[model.__name__] = sorted(map(repr, model._base_manager.values_list(*fields)))  # noqa: SLF001
    return found


if __name__ == "__main__":
    raise SystemExit(main())
