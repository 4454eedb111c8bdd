"""Writes docs/api.md."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from serverlesspresso.api.markdown import markdown


class Command(BaseCommand):
    help = "Write docs/api.md from the OpenAPI description, or with --check say whether it is current."

    def add_arguments(self, parser):
        """--check changes nothing."""
        parser.add_argument("--check", action="store_true", help="fail if docs/api.md is not current")

    def handle(self, *args, check=False, **options):
        """Write or compare."""
        path = settings.BASE_DIR / "docs" / "api.md"
        text = markdown()
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            raise CommandError("docs/api.md is not current: run manage.py apidocs")
