"""The usual menu, and the demo store that shows it."""

from django.db import transaction

from .menu import templates
from .models import Store

DEMO_SLUG = "ABC"
DEMO_NAME = "Serverlesspresso Bar"

make_menu = templates.fill
"""Give a store without a menu the usual one."""


@transaction.atomic
def make_store() -> tuple[Store, bool]:
    """The demo store, open, with its menu, and whether it was just made. An existing one is left alone."""
    if store := Store.objects.filter(slug__iexact=DEMO_SLUG).first():
        return store, False
    store = Store.objects.create(slug=DEMO_SLUG, name=DEMO_NAME, is_open=True)
    make_menu(store)
    return store, True
