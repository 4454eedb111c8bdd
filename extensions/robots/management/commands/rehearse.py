"""`manage.py rehearse`: started by a worker for a rehearsal requested in the admin."""

from django.core.management.base import BaseCommand

from extensions.robots import rehearsals


class Command(BaseCommand):
    help = "Play a rehearsal that was asked for in the admin (which starts this by itself)."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("rehearsal", type=int, metavar="ID")

    def handle(self, *args, rehearsal, **options):
        """Run the rehearsal; the admin shows its progress."""
        rehearsals.perform(rehearsal)
