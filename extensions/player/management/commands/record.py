"""`manage.py record`: write a store's log to a file that `play` understands."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from django.core.management.base import CommandError

from extensions.player.models import Played
from serverlesspresso.extension_api.bus import Event, cloudevent
from serverlesspresso.extension_api.stores import Store
from serverlesspresso.extension_api.web import AppCommand

_PAGE, _LOOK_S = 1000, 1.0


class Command(AppCommand):
    help = "Write a store's log into a file: one CloudEvent a line, oldest first."

    def add_arguments(self, parser):
        """Declare the options, including which part of the log."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--store", metavar="SLUG", required=True, help="whose log")
        parser.add_argument(
            "--after", type=int, default=0, metavar="N", help="only what comes after this sequence"
        )
        parser.add_argument("--follow", action="store_true", help="go on with what happens, until Ctrl-C")

    def handle(self, *args, file, store, after, follow, **options):
        """Write it beside FILE first, so that a recording is whole or missing."""
        found = Store.objects.filter(slug__iexact=store).first()
        if found is None:
            raise CommandError(f"There is no store {store}.")
        store = found.slug
        path = Path(file)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            with fresh.open("w", encoding="utf-8") as lines:
                count, head = _write(_log(store, after), lines)
                if follow:
                    self.stdout.write(f"{count} events so far. Ctrl-C ends the recording.")
                    count += _follow(store, head or after, lines)
            fresh.replace(path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise CommandError(f"{file} cannot be written: {error.strerror or error}.") from None
        self.stdout.write(f"Recorded {count} events of {store} into {file}.")


def _log(store: str, after: int) -> Iterator[Event]:
    """The log; events played into it have their times in the recording."""
    while page := list(Event.objects.filter(store=store, sequence__gt=after).order_by("sequence")[:_PAGE]):
        after = page[-1].sequence
        played = Played.objects.filter(store=store, sequence__gte=page[0].sequence, sequence__lte=after)
        times = dict(played.values_list("sequence", "at"))
        for event in page:
            event.at = times.get(event.sequence, event.at)
            yield event


def _write(events: Iterator[Event], lines: TextIO) -> tuple[int, int]:
    count = head = 0
    for event in events:
        lines.write(json.dumps(cloudevent(event), ensure_ascii=False) + "\n")
        count, head = count + 1, event.sequence
    lines.flush()
    return count, head


def _follow(store: str, after: int, lines: TextIO) -> int:
    total = 0
    try:
        while True:
            time.sleep(_LOOK_S)
            count, head = _write(_log(store, after), lines)
            total, after = total + count, head or after
    except KeyboardInterrupt:
        return total
