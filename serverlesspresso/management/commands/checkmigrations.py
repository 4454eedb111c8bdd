"""Says which migrations the code of the release before could not live with."""

from django.core.management.base import BaseCommand, CommandError

from serverlesspresso.devtools import migration_checks


class Command(BaseCommand):
    help = "Fail if a migration takes away what the release before may need (docs/how-to/operate.md)."

    def handle(self, *args, **options):
        """Name what is wrong. Raises CommandError."""
        if wrong := migration_checks.all_problems():
            raise CommandError("\n".join(wrong))
        self.stdout.write("Expand, then contract: every migration does.")
