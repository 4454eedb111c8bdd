"""`manage.py robots`: customers and baristas over the JSON API, at a store marked for it."""

import math
import time
from argparse import ArgumentTypeError

from django.core.management.base import CommandError

from extensions.robots import server, setup
from extensions.robots.report import Report
from extensions.robots.run import Plan, Run
from serverlesspresso.extension_api.errors import Refusal
from serverlesspresso.extension_api.network import absolute_url
from serverlesspresso.extension_api.web import AppCommand

_SAYS_S = 2.0


class Command(AppCommand):
    help = "Send robots to a bar of their own: customers and baristas that use the JSON API over HTTP."

    def add_arguments(self, parser):
        """Declare the options, including the robots' pace."""
        parser.add_argument("--store", required=True, metavar="SLUG", help="made and marked if there is none")
        parser.add_argument(
            "--orders", required=True, type=_count(10_000), metavar="N", help="so many customers"
        )
        parser.add_argument(
            "--baristas", default=2, type=_count(50), metavar="N", help="so many baristas [2]"
        )
        parser.add_argument("--rush", action="store_true", help="all come at once, as in a break")
        parser.add_argument("--url", help="a bar that runs on this database [found or started]")
        parser.add_argument(
            "--pace", default=60.0, type=_pace, metavar="N", help="they live so many times as fast [60]"
        )
        parser.add_argument("--seed", type=int, metavar="N", help="the same characters as last time")

    def handle(self, *args, store, orders, baristas, rush, url, pace, seed, **options):
        """Find or make store and bar, run the robots, and report; ends with 1 if anything is unexplained."""
        plan = Plan(orders, rush=rush, pace=pace, seed=seed)
        try:
            place, made = setup.find_or_make(store, pace)
            self._say(f"Store {place.slug}: {'made for robots' if made else 'it is theirs'}.")
            with (
                setup.cast(place, orders, baristas) as cast,
                server.bar(url, cast.manager, self._say) as there,
            ):
                self._say(f"Watch them at {absolute_url(f'/display/{place.slug}/')}.")
                account = self._play(Run(there, place.slug, cast, plan), orders)
        except Refusal as refusal:
            raise CommandError(refusal.text) from None
        except server.NoBar as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(account.told())
        if account.unexplained:
            raise CommandError(f"{len(account.unexplained)} things happened that nobody can explain.")

    def _play(self, run: Run, orders: int) -> Report:
        said = time.monotonic()

        def watch(account: Report) -> bool:
            nonlocal said
            if time.monotonic() - said >= _SAYS_S:
                said = time.monotonic()
                self._say(
                    f"{account.done} of {orders} customers are done, {len(account.orders)} have ordered."
                )
            return False

        try:
            return run.play(watch)
        except KeyboardInterrupt:
            run.world.stopped.set()
            self._say("Stopped: the bar is cleared.")
            return run.account

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _count(most: int):
    def count(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise ArgumentTypeError(f"{text!r} is not a number from 1 to {most}.")
        return int(text)

    return count


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = math.nan
    if not 1 <= pace <= 600:
        raise ArgumentTypeError(f"{text!r} is no pace. Give a number from 1 (as people) to 600.")
    return pace
