"""`manage.py play`: play a recording into a store of its own."""

import math
from argparse import ArgumentTypeError
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import DatabaseError

from extensions.player import envelopes, mapping, setup
from extensions.player.playing import Account, Playing
from serverlesspresso.extension_api.errors import Refusal
from serverlesspresso.extension_api.network import absolute_url
from serverlesspresso.extension_api.web import AppCommand


class Command(AppCommand):
    help = "Play a recording of events into a store of its own, so that screens and extensions can be tried."

    def add_arguments(self, parser):
        """Declare the options, including the store to play in."""
        parser.add_argument("file", metavar="FILE", help="JSON of CloudEvents or EventBridge, also .gz")
        parser.add_argument(
            "--speed", type=_speed, default=60.0, metavar="N", help="times as fast [60]; 0: as fast as can be"
        )
        parser.add_argument("--store", metavar="SLUG", help="play it there, whatever store it names")

    def handle(self, *args, file, speed, store, verbosity=1, **options):
        """Read all of it before changing anything; play it; report what became of it."""
        try:
            script = mapping.write(envelopes.read(envelopes.text_of(_content(file))), store)
            if not script.stores:
                raise envelopes.Unreadable("Nothing in it can be played: these are no events of orders.")
            stores = setup.prepare({slug: script.menu(slug) for slug in script.stores})
        except envelopes.Unreadable as problem:
            raise CommandError(f"{file}: {problem} Nothing was changed.") from None
        except Refusal as refusal:
            raise CommandError(refusal.text) from None
        except ValidationError as error:
            raise CommandError(f"{' '.join(error.messages)} Nothing was changed.") from None
        playing, stopped = Playing(script, stores), ""
        if verbosity:
            for each in stores:
                self.stdout.write(f"Playing at {absolute_url(f'/display/{each.slug}/')} (a recording).")
        try:
            playing.run(speed, watch=self._progress(len(script.scenes), verbosity))
        except KeyboardInterrupt:
            stopped = "Stopped. "
        except DatabaseError as error:
            raise CommandError(f"{told(playing.account)}\nThe database did not answer: {error}") from None
        self.stdout.write(stopped + told(playing.account))

    def _progress(self, total: int, verbosity: int):
        def say(count: int) -> None:
            if verbosity and self.stdout.isatty():
                ending = "\n" if count == total else ""
                self.stdout.write(f"\r{count} of {total}", str, ending)  # back to the beginning of the line
                self.stdout.flush()

        return say


def told(account: Account) -> str:
    """The report of a playing: every event of the recording is in one of the counts."""
    count = account.played.total()
    lines = [f"Played {count} events of {account.orders} orders in {account.seconds:.1f} s."]
    lines += [f"  {number:6}  {name}" for name, number in sorted(account.played.items())]
    if account.added:
        lines.append(f"Added {account.added.total()} that the recording leaves out:")
        lines += [f"  {number:6}  {name}" for name, number in sorted(account.added.items())]
    if account.unplayed:
        lines.append(f"Not played: {account.unplayed.total()} events.")
        lines += [f"  {number:6}  {name}: {why}" for (name, why), number in sorted(account.unplayed.items())]
    return "\n".join(lines)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read: {error.strerror or error}. Nothing was changed."
        ) from None


def _speed(text: str) -> float:
    try:
        speed = float(text.replace(",", "."))
    except ValueError:
        speed = -1.0
    if not math.isfinite(speed) or speed < 0:
        raise ArgumentTypeError(
            f"{text!r} is no speed. Give a number such as 60, or 0 for as fast as can be."
        )
    return speed
