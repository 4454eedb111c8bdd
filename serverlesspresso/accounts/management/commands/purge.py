"""`manage.py purge`: personal data that is due goes now instead of within the hour."""

from django.core.management.base import CommandError

from config.models import Store
from serverlesspresso.accounts.privacy import personal_data
from serverlesspresso.core.errors import Refusal
from serverlesspresso.server.bootstrap import AppCommand


class Command(AppCommand):
    """Prints a line for each receipt."""

    help = "Deletes the personal data that is due; with --store that of a closed store, due or not."

    def add_arguments(self, parser):
        """The contract's arguments."""
        parser.add_argument("--store", metavar="SLUG", help="this store only, even before its time")

    def handle(self, *args, store, **options):
        """Let it go and say what went."""
        receipts = [_one(store)] if store else personal_data.purge()
        for receipt in receipts:
            where = f" ({receipt.store})" if receipt.store else ""
            self.stdout.write(f"{receipt.get_kind_display()}{where}: {receipt.said or 'nothing to delete'}")
        if not receipts:
            self.stdout.write("Nothing is due.")


def _one(slug: str):
    store = Store.objects.filter(slug__iexact=slug).first()
    if store is None:
        raise CommandError(f"There is no store {slug}.")
    try:
        return personal_data.purge_store(store)
    except Refusal as refusal:
        raise CommandError(str(refusal.text)) from None
