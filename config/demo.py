"""The usual menu, and the demo store that shows it."""

from django.db import transaction

from . import menu_templates
from .models import Store

DEMO_SLUG = "ABC"
DEMO_NAME = "Serverlesspresso Bar"

make_menu = menu_templates.fill
"""Give a store without a menu the usual one."""


@transaction.atomic
def make_store() -> tuple[Store, bool]:
    """The demo store, open, with its menu, and whether it was made now. One that exists is left alone."""
    store, made = Store.objects.get_or_create(slug=DEMO_SLUG, defaults={"name": DEMO_NAME, "is_open": True})
    if made:
        make_menu(store)
    return store, made
