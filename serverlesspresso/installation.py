"""What a database needs before anything else: its tables and, for the bar in one process, the demo.

`bin/run` does this at each start; commands do it on a database that nobody has used yet, so that they may be
typed before the bar has ever run.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from serverlesspresso.terminal import lines


def prepare(*, demo: bool = True) -> None:
    """Bring the tables up to date; in one process also make the demo, where nobody is known but programs."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if demo and settings.EMBEDDED and not get_user_model().objects.filter(is_device=False).exists():
        call_command("seed", verbosity=0)


class BarCommand(BaseCommand):
    """A command that works on the bar's data, also on a database nobody has used yet."""

    wants_demo = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        red = self.stderr.style_func
        self.stdout.style_func = lines  # both where they are terminals
        self.stderr.style_func = lambda text: red(lines(text))

    def execute(self, *args, **options):
        """Prepare a new database first. What goes wrong with a database is one line, as all else is."""
        try:
            if not MigrationRecorder(connection).has_table():
                prepare(demo=self.wants_demo)
            return super().execute(*args, **options)
        except DatabaseError as error:
            if options.get("traceback"):
                raise
            text = str(error).strip().splitlines()[0]
            hint = "If the bar was upgraded and has not run since, start it, or type: manage.py migrate"
            raise CommandError(f"The database did not do it: {text}. {hint}") from None
