"""What the journey shows, the same for page, poll and socket."""

from django.template.loader import render_to_string
from django.utils import timezone

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.bus import latest_sequence
from serverlesspresso.extension_api.orders import OrderView
from serverlesspresso.extension_api.text import humanize

from . import diagram, timeline


def of(view: OrderView) -> dict:
    """The picture and the moments of an order, for whoever may see `view`."""
    told = timeline.timeline_of(timeline.steps_of(view.id))
    return {
        "order": view,
        "nodes": diagram.nodes(told, view.status),
        "arrows": diagram.arrows(told),
        "width": diagram.WIDTH,
        "height": diagram.HEIGHT,
        "moments": [
            {
                "moment": moment,
                "lasted": humanize(moment.lasted) if moment.lasted and moment.lasted >= 1 else "",
                "facts": timeline.facts(view, moment),
                "chain": timeline.chain(view, moment),
            }
            for moment in told.moments
        ],
        "total": None if told.total is None else humanize(told.total),
    }


def poll(view: OrderView) -> str:
    """What the journey's socket would send now, for a browser that asks over HTTP."""
    head = latest_sequence(view.store.slug)  # before the rows are read, so that they are at least as new
    return render(view) + render_to_string("_pulse.html", {"head": head, "at": clock.screen_time()})


def render(view: OrderView) -> str:
    """The live part of the page, in the store's time."""
    with timezone.override(view.store.zone):
        return render_to_string("journey/_journey.html", of(view))
