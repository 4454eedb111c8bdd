"""A whole menu as a plan, from a file or a template: checked, compared, and put in place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.models import Drink, ModifierGroup, Option, Store
from serverlesspresso.core.typed_text import find, key

NAMES = {
    "name": gettext_lazy("name"),
    "labels": gettext_lazy("name in other languages"),
    "available": gettext_lazy("available"),
    "min": gettext_lazy("choose at least"),
    "max": gettext_lazy("choose at most"),
    "icon": gettext_lazy("icon"),
    "choices": gettext_lazy("choices"),
    "options": gettext_lazy("options"),
}


@dataclass(frozen=True)
class PlannedOption:
    """An option of a choice; `available` None leaves it unchanged, and means yes for a new one."""

    name: str
    labels: dict[str, str]
    available: bool | None = None


@dataclass(frozen=True)
class PlannedChoice:
    """A choice with its options, in the order of the menu."""

    name: str
    labels: dict[str, str]
    min: int
    max: int
    options: tuple[PlannedOption, ...]


@dataclass(frozen=True)
class PlannedDrink:
    """A drink, and the names of the choices that come with it."""

    name: str
    labels: dict[str, str]
    icon: str = Drink.Icon.CUP.value
    available: bool | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class MenuPlan:
    """Everything on a menu, in order."""

    choices: tuple[PlannedChoice, ...]
    drinks: tuple[PlannedDrink, ...]


def plan_of(store: Store) -> MenuPlan:
    """The plan of a store's current menu."""
    groups = store.groups.prefetch_related("options")
    return MenuPlan(
        tuple(
            PlannedChoice(
                group.name,
                group.labels,
                group.min,
                group.max,
                tuple(PlannedOption(o.name, o.labels, o.available) for o in group.options.all()),
            )
            for group in groups
        ),
        tuple(
            PlannedDrink(d.name, d.labels, d.icon, d.available, tuple(group.name for group in d.groups.all()))
            for d in store.drinks.prefetch_related("groups")
        ),
    )


# -- comparing -------------------------------------------------------------------------------------


def changes(store: Store, plan: MenuPlan) -> list[str]:
    """The changes that this plan would make, one sentence each; empty if there are none."""
    now = plan_of(store)
    said = [
        *_compared(_("choice"), now.choices, plan.choices),
        *_compared(_("drink"), now.drinks, plan.drinks),
    ]
    if not said and _order_of(now) != _order_of(plan):
        said = [_("The order on the menu changes.")]
    return said


def _compared(kind: str, before: Iterable, after: Iterable) -> Iterator[str]:
    gone = {each.name: each for each in before}
    for each in after:
        was = find(each.name, gone.values())
        if was is None:
            yield _("New %(kind)s: %(name)s.") % {"kind": kind, "name": each.name}
        elif differing := _differing(gone.pop(was.name), each):
            said = ", ".join(str(NAMES[field]) for field in differing)
            names = {"kind": kind, "name": each.name, "what": said}
            yield _("Changed %(kind)s: %(name)s (%(what)s).") % names
    for name in gone:
        yield _("Removed %(kind)s: %(name)s.") % {"kind": kind, "name": name}


def _differing(before, after) -> list[str]:
    names = [field.name for field in fields(before)]
    return [name for name in names if not _same(getattr(before, name), getattr(after, name))]


def _same(before, after) -> bool:
    if isinstance(before, tuple) and before and isinstance(before[0], PlannedOption):
        return len(before) == len(after) and all(
            not _differing(*pair) for pair in zip(before, after, strict=True)
        )
    return after is None or before == after


def _order_of(plan: MenuPlan) -> list[str]:
    return [choice.name for choice in plan.choices] + [drink.name for drink in plan.drinks]


# -- putting in place ------------------------------------------------------------------------------


@transaction.atomic
def put_in_place(store: Store, plan: MenuPlan) -> None:
    """Make the store's menu match the plan; what it does not name is deleted. Orders keep their drinks."""
    drinks = _kept(store.drinks.all(), plan.drinks)
    groups = {
        choice.name: _put_choice(group or ModifierGroup(store=store), choice, place)
        for place, (choice, group) in enumerate(_kept(store.groups.all(), plan.choices), start=1)
    }
    for place, (planned, found) in enumerate(drinks, start=1):
        sets = {"name": planned.name, "labels": planned.labels, "icon": planned.icon, "position": place}
        drink = _put(found or Drink(store=store), sets, planned.available)
        wanted = {groups[name] for name in planned.choices}
        if set(drink.groups.all()) != wanted:
            drink.groups.set(wanted)


def _kept(things: Iterable, plans: Iterable) -> list[tuple]:
    """Each planned thing with the existing one, or None. First deletes what is not planned, since a new thing
    may take its name."""
    things = list(things)
    kept = [(planned, find(planned.name, things)) for planned in plans]
    for thing in things:
        if all(thing is not one for _planned, one in kept):
            thing.delete()
    return kept


def _put_choice(group: ModifierGroup, choice: PlannedChoice, place: int) -> ModifierGroup:
    sets = {"name": choice.name, "labels": choice.labels, "min": choice.min, "max": choice.max}
    _put(group, sets | {"position": place})
    for number, (option, found) in enumerate(_kept(group.options.all(), choice.options), start=1):
        sets = {"name": option.name, "labels": option.labels, "position": number}
        _put(found or Option(group=group), sets, option.available)
    return group


def _put(thing, sets: dict, available: bool | None = None):
    """Save a thing only if something changes, because every save notifies every screen."""
    if available is not None:
        sets = sets | {"available": available}
    if thing.pk is None or any(getattr(thing, field) != value for field, value in sets.items()):
        for field, value in sets.items():
            setattr(thing, field, value)
        thing.save()
    return thing


def named_twice(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, as people see them."""
    once: dict[str, str] = {}
    return sorted({name for name in names if once.setdefault(key(name), name) is not name})
