"""Make or change a store, and print it as JSON."""

import json

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from config import demo, services
from config.models import Store
from config.serializers import describe
from serverlesspresso.server.bootstrap import AppCommand

NUMBERS = ("capacity", "per_code", "per_day", "code_s", "customer_s", "barista_s", "claim_s", "pickup_s")


class Command(AppCommand):
    help = "Make or change a store (with the usual menu), and print it as JSON."

    def add_arguments(self, parser):
        """Take numbers as text: the model says in one line what is wrong with them."""
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("--create", action="store_true", help="make it when there is none")
        doors = parser.add_mutually_exclusive_group()
        doors.add_argument("--open", action="store_true", default=None, dest="open")
        doors.add_argument("--closed", action="store_false", default=None, dest="open")
        for field in NUMBERS:
            text = Store._meta.get_field(field).verbose_name
            parser.add_argument(_option(field), metavar="S" if field.endswith("_s") else "N", help=str(text))
        parser.add_argument(
            "--sign-in",
            metavar="guest,phone,email",
            help="who may order; whoever types this answers for the codes: no test code is asked for",
        )

    def handle(self, *args, slug, create, open, sign_in, **options):
        """Change everything asked for, or nothing. Raises CommandError."""
        values = {field: options[field] for field in NUMBERS if options[field] is not None}
        if sign_in is not None:
            values["sign_in"] = [way.strip().lower() for way in sign_in.split(",")]
        with transaction.atomic():
            store = _find(slug)
            if store is None and not create:
                raise CommandError(f"There is no store {slug}. Add --create to make it.")
            store = _change(store, values, open) if store else _make(slug, values, open)
        limits = {field: getattr(store, field) for field in (*NUMBERS, "sign_in")}
        self.stdout.write(json.dumps(describe(store) | limits, ensure_ascii=False, indent=2))


def _find(slug: str) -> Store | None:
    return Store.objects.select_for_update(no_key=True).filter(slug__iexact=slug).first()


def _make(slug: str, values: dict, open: bool | None) -> Store:
    store = Store(slug=slug, name=slug, is_open=bool(open))
    _set(store, values)
    store.save()
    demo.make_menu(store)
    return store


def _change(store: Store, values: dict, open: bool | None) -> Store:
    _set(store, values)
    if values:
        store.save(update_fields=values)
    return services.set_status(store, open=open)


def _set(store: Store, values: dict) -> None:
    for field, value in values.items():
        setattr(store, field, value)
    try:
        store.full_clean()
    except ValidationError as error:
        raise CommandError(_one_line(error)) from None


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def _one_line(error: ValidationError) -> str:
    names = {"slug": "SLUG", NON_FIELD_ERRORS: "store"}
    known = {*NUMBERS, "sign_in"}
    return " ".join(
        f"{_option(field) if field in known else names.get(field, field)}: {' '.join(texts)}"
        for field, texts in error.message_dict.items()
    )
