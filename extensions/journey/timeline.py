"""The story of one order: which moves of the state table it made, when, and how long each took."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serverlesspresso.extension_api.orders import CHAINS, EDGES, TERMINAL, OrderView, Status

from .models import Step

_TARGETS = {edge.event: edge.target for edge in EDGES.values() if edge.event}
_SENTENCES = {
    "Validator.NewOrder": gettext_lazy("The order started"),
    "OrderProcessor.WorkflowStarted": gettext_lazy("Time to choose a drink"),
    "OrderProcessor.ShopUnavailable": gettext_lazy("The bar could not take it"),
    "OrderManager.WaitingCompletion": gettext_lazy("In the queue, with a number"),
    "OrderManager.MakeOrder": gettext_lazy("A barista started making it"),
    "OrderManager.UnmakeOrder": gettext_lazy("Back in its place in the queue"),
    "OrderManager.OrderCompleted": gettext_lazy("Ready to be picked up"),
    "OrderManager.OrderRecalled": gettext_lazy("Not ready after all"),
    "OrderManager.OrderCollected": gettext_lazy("Picked up"),
    "OrderManager.OrderCancelled": gettext_lazy("Cancelled"),
    "OrderManager.OrderChanged": gettext_lazy("Another drink, same place"),
    "OrderProcessor.OrderTimeOut": gettext_lazy("Time ran out"),
    "OrderProcessor.OrderFinished": gettext_lazy("Over, and everything is accounted for"),
}

_CHAINS = {
    "OrderProcessor.WorkflowStarted": "open",
    "OrderProcessor.ShopUnavailable": "open",
    "OrderManager.WaitingCompletion": "queue",
    "OrderProcessor.OrderFinished": "close",
}
"""The chain behind each event."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `lasted` is how long that state lasted, in seconds; None for the last one."""

    type: str
    sentence: str
    at: dt.datetime
    status: Status
    lasted: float | None
    data: dict
    sequence: int


@dataclass(frozen=True)
class Timeline:
    """The moments of an order, its statuses (first time in UTC, and how often) and the moves made."""

    moments: list[Moment] = field(default_factory=list)
    visits: dict[Status, list[dt.datetime]] = field(default_factory=dict)
    moves: set[tuple[Status, Status]] = field(default_factory=set)

    @property
    def total(self) -> float | None:
        """From the first moment to the end of the order, in seconds; None while it runs."""
        if not self.moments or self.moments[-1].status not in TERMINAL:
            return None
        end = next(m.at for m in self.moments if m.status in TERMINAL)
        return (end - self.moments[0].at).total_seconds()


def steps_of(order_id: str) -> list[Step]:
    """An order's steps, first to last."""
    return list(Step.objects.filter(order=order_id).order_by("sequence"))


def timeline_of(steps: Sequence[Step]) -> Timeline:
    """The timeline that the steps make."""
    story = Timeline()
    status: Status | None = None
    for index, step in enumerate(steps):
        for target in _passed(step, status):
            if status is not None:
                story.moves.add((status, target))
            if target != status:
                story.visits.setdefault(target, []).append(step.at)
            status = target
        if status is None:
            continue  # the first steps have not arrived yet
        following = steps[index + 1].at if index + 1 < len(steps) and status not in TERMINAL else None
        lasted = None if following is None else (following - step.at).total_seconds()
        story.moments.append(
            Moment(step.type, _sentence(step), step.at, status, lasted, step.data, step.sequence)
        )
    return story


def _passed(step: Step, status: Status | None) -> list[Status]:
    """The statuses a step leads through, in order. Choosing a drink has no event of its own: the queue's
    event implies it."""
    if step.type == "Validator.NewOrder":
        return [Status.VALIDATING if step.data.get("source") in ("scan", None) else Status.SUBMITTED]
    target = _TARGETS.get(step.type)
    if target is None:
        return []
    if target == Status.QUEUED and status == Status.CHOOSING:
        return [Status.SUBMITTED, Status.QUEUED]
    return [target]


def _sentence(step: Step) -> str:
    if step.type == "OrderManager.OrderCollected" and step.data.get("reason") == "not_collected":
        return _("Nobody came for it")
    if step.type == "OrderManager.MakeOrder" and step.data.get("take_over"):
        return _("Another barista took it over")
    return str(_SENTENCES.get(step.type, step.type))


def chain(view: OrderView, moment: Moment) -> str:
    """The Celery chain that caused a moment, with its steps, for staff; empty if a person or a clock did."""
    name = _CHAINS.get(moment.type)
    return f"{name}: {' → '.join(CHAINS[name])}" if name and view.staff else ""


def facts(view: OrderView, moment: Moment) -> dict:
    """The event data that a reader sees: all of it for staff; the owner has read it on the order's page."""
    return moment.data if view.staff else {}
