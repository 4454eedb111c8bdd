"""The set-up, step by step: what each step covers, and how far a store has come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from config.models import Store
from serverlesspresso.accounts import devices
from serverlesspresso.accounts.models import Membership, Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Step:
    """One page of the set-up. `said` tells in a few words what is set; it is empty while nothing is, which is
    fine if `without` says what then applies."""

    name: str
    title: "StrOrPromise"
    said: Callable[[Store], str]
    without: "StrOrPromise" = ""


def _bar(store: Store) -> str:
    return store.name


def _phones(store: Store) -> str:
    if not store.reach or store.reached_at:
        return _("Phones reach it")
    return ""


def _hours(store: Store) -> str:
    days = store.hours.values("weekday").distinct().count()
    return ngettext("%(count)d day a week", "%(count)d days a week", days) % {"count": days} if days else ""


def _menu(store: Store) -> str:
    drinks = store.drinks.count()
    return ngettext("%(count)d drink", "%(count)d drinks", drinks) % {"count": drinks} if drinks else ""


def _limits(store: Store) -> str:
    text = _("%(code)d drinks per code, %(places)d places")
    return text % {"code": store.per_code, "places": store.capacity}


def _sign_in(store: Store) -> str:
    return ", ".join(str(Store.SignIn(way).label) for way in store.sign_in)


def _people(store: Store) -> str:
    crew = Membership.objects.filter(store=store, user__is_active=True, user__is_device=False)
    count = crew.exclude(role=Role.DISPLAY).count()
    return ngettext("%(count)d person", "%(count)d people", count) % {"count": count} if count else ""


def _screens(store: Store) -> str:
    count = devices.screens(store).count()
    return ngettext("%(count)d screen", "%(count)d screens", count) % {"count": count} if count else ""


def _opening(store: Store) -> str:
    return _("It is open") if store.is_open else ""


STEPS = {
    step.name: step
    for step in (
        Step("bar", gettext_lazy("The bar"), _bar),
        Step("phones", gettext_lazy("Phones"), _phones),
        Step("hours", gettext_lazy("Opening hours"), _hours, gettext_lazy("by hand")),
        Step("menu", gettext_lazy("Menu"), _menu),
        Step("limits", pgettext_lazy("step of the set-up", "How many"), _limits),
        Step("sign-in", gettext_lazy("Who may order"), _sign_in),
        Step("people", gettext_lazy("People"), _people),
        Step("screens", gettext_lazy("Screens"), _screens),
        Step("opening", gettext_lazy("Rehearse and open"), _opening),
    )
}
"""Every step, in order."""


def after(name: str) -> str | None:
    """The step after this one; None after the last."""
    names = list(STEPS)
    place = names.index(name) + 1
    return names[place] if place < len(names) else None


def path_of(store: Store, current: str) -> list[dict]:
    """All steps for the list beside the page: name, title, what is set, and whether it is the current one."""
    return [
        {
            "name": step.name,
            "title": step.title,
            "said": step.said(store),
            "without": step.without,
            "current": step.name == current,
        }
        for step in STEPS.values()
    ]


def missing(store: Store) -> list[dict]:
    """The steps still missing before the bar can serve a drink; opening is the last."""
    path = path_of(store, "opening")
    return [step for step in path if not (step["said"] or step["without"] or step["current"])]
