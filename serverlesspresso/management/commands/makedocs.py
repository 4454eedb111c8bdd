"""Write the pages of docs/ that are made from the code."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from serverlesspresso.devtools import docs_generator


class Command(BaseCommand):
    help = (
        "Write the pages of docs/ that are made from the code, or with --check say whether they are current."
    )

    def add_arguments(self, parser):
        """--check changes nothing."""
        parser.add_argument("--check", action="store_true", help="fail if a page is not current")

    def handle(self, *args, check=False, **options):
        """Write what differs, or name it. Raises CommandError."""
        stale = [
            path
            for path, text in docs_generator.pages().items()
            if not path.exists() or path.read_text() != text
        ]
        names = ", ".join(str(path.relative_to(settings.BASE_DIR)) for path in stale)
        if check and stale:
            raise CommandError(f"Not current: {names}. Run bin/make-docs.")
        for path in stale:
            path.write_text(docs_generator.pages()[path])
        if names:
            self.stdout.write(f"Made {names}.")
