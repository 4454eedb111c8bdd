"""What the tests of the admin share: addresses, and pages filled in."""

from django.urls import reverse
from django.utils.html import strip_tags

from serverlesspresso.events.models import Event

MODELS = ("store", "drink", "modifiergroup")


def address(model, action="changelist", *args) -> str:
    return reverse(f"admin:config_{model}_{action}", args=args)


def rows(response) -> list:
    return list(response.context["cl"].result_list)


def changed(store) -> int:
    return Event.objects.filter(store=store.slug, type="ConfigService.ConfigChanged").count()


def errors_of(response) -> str:
    """Everything the page says is wrong, one after the other."""
    assert response.status_code == 200, "the form was accepted"
    return strip_tags(" ".join(str(text) for text in response.context["errors"]))


def store_form(store, **fields) -> dict:
    return {
        "name": store.name,
        "language": "en",
        "kind": "real",
        "capacity": 20,
        "per_code": 10,
        "per_day": 1,
        "sign_in": ["guest"],
        "code_s": 300,
        "customer_s": 300,
        "barista_s": 900,
        "claim_s": 900,
        "pickup_s": 600,
        "warn_s": 180,
        "late_s": 360,
        "auto_pause": "on",
        "timezone": "UTC",
        "ends_on": store.ends_on,
        "initial-ends_on": store.ends_on,
    } | fields


def drink_form(**fields) -> dict:
    return {
        "name": "Mocha",
        "icon": "cup",
        "available": "on",
        "initial-available": "True",
        "position": 3,
    } | fields


def group_form(*options, **fields) -> dict:
    form = {"name": "Syrup", "min": 0, "max": 1, "position": 1}
    form |= {
        "options-TOTAL_FORMS": len(options),
        "options-INITIAL_FORMS": sum("id" in option for option in options),
    }
    for index, option in enumerate(options):
        filled = {"available": "on", "initial-available": "True", "position": index} | option
        form |= {f"options-{index}-{key}": value for key, value in filled.items() if value is not None}
    return form | fields
