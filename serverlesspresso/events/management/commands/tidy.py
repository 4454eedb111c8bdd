"""`manage.py tidy`: events that every subscriber handled long ago leave the log."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError

from serverlesspresso.core import clock
from serverlesspresso.events.log import retention


class Command(BaseCommand):
    """Says how it goes on. Without it nothing ever leaves the log."""

    help = "Deletes events older than so many days, in small steps, while the bar runs."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=400, help="older than so many days [400]")

    def handle(self, *args, days, **options):
        """Delete, and say how many."""
        if not 1 <= days <= 36_500:
            raise CommandError("--days is a number from 1 to 36500. Nothing was deleted.")
        done = 0
        for done in retention.prune_events(clock.now() - dt.timedelta(days=days)):
            if done % (50 * retention.BATCH) < retention.BATCH and done >= retention.BATCH:
                self.stderr.write(f"{done} events so far …")
        self.stdout.write(f"{done} events deleted.")
