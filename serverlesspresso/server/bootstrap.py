"""What a database needs before anything else: its tables and, for the bar in one process, the demo.

`bin/run` does this at each start; commands do it on a database that nobody has used yet, so that they may be
typed before the bar has ever run.
"""

import logging
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from serverlesspresso.core.terminal import lines

logger = logging.getLogger(__name__)


def prepare(*, demo: bool = True) -> None:
    """Bring the tables up to date; in one process also make the demo, where nobody is known but programs."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if demo and settings.EMBEDDED and not get_user_model().objects.filter(is_device=False).exists():
        call_command("seed", verbosity=0)


def checkpoint() -> None:
    """Write what SQLite still keeps in its log (the file that ends in `-wal`) into the database file, so that
    this file is whole by itself. The last act of a bar that stops; on PostgreSQL there is nothing to do.

    A warning is logged when somebody else still reads or writes: then the log belongs to the file.
    """
    if connection.vendor != "sqlite" or not Path(connection.settings_dict["NAME"]).exists():
        return
    busy: object
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        connection.close()
    except DatabaseError as error:
        busy = error
    if busy:
        logger.warning(
            "the database file is not whole without the one beside it that ends in -wal: copy both (%s)", busy
        )


class AppCommand(BaseCommand):
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
            if found := connection.validation.check():  # it asks by itself, where a pool only says "no"
                raise CommandError(found[0].msg) from None
            text = str(error).strip().splitlines()[0]
            hint = "If the bar was upgraded and has not run since, start it, or type: manage.py migrate"
            raise CommandError(f"The database did not do it: {text}. {hint}") from None
