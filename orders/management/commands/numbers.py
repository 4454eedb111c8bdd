"""Show a store's numbers, or continue after lost ones."""

import json

from django.core.management.base import CommandError

from config.models import Store
from orders import counting
from orders.models import Queue
from serverlesspresso.server.bootstrap import AppCommand


class Command(AppCommand):
    help = (
        "Print the series and the last number of a store as JSON. After a backup is restored, --after keeps"
        " numbers from being given twice."
    )

    def add_arguments(self, parser):
        """Declare the options: at most one change."""
        parser.add_argument("slug", metavar="SLUG")
        changes = parser.add_mutually_exclusive_group()
        changes.add_argument("--after", type=int, metavar="N", help="the next number is N + 1")
        changes.add_argument("--new-series", action="store_true", help="begin again at 1")

    def handle(self, *args, slug, after, new_series, **options):
        """Change and print. Raises CommandError for an unknown store or a lower number."""
        store = Store.objects.filter(slug__iexact=slug).first()
        if store is None:
            raise CommandError(f"There is no store {slug}.")
        queue = counting.start_series(store) if new_series else self._go_on(store, after or 0)
        self.stdout.write(json.dumps({"series": queue.series, "last_number": queue.last_number}))

    def _go_on(self, store: Store, after: int) -> Queue:
        try:
            return counting.go_on_after(store, after)
        except ValueError as error:
            raise CommandError(str(error)) from None
