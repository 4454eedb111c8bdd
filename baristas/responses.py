"""What the tablet gets back for a tap: the change, as the socket also sends it, and a strip for this tablet
alone."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core.errors import invalid_field

from .access import StaffRequest


def done(request: StaffRequest, store: Store, html: str, strip: dict | None = None) -> HttpResponse:
    """The change; with a strip, also what was done and, for ten seconds, how to undo it.

    A strip has `said`; `undo`, the opposite act; `orders`, which it applies to; `to`, the person they go back
    to.
    """
    if not request.htmx:
        return redirect("baristas:board", store.slug)
    if strip and "undo" not in request.POST:
        html += render_to_string("baristas/_undo.html", strip)
    return HttpResponse(html)


def yes(request: StaffRequest, field: str) -> bool:
    """A yes-or-no field; raises Invalid for anything else: half a request changes nothing."""
    try:
        return {"yes": True, "no": False}[request.POST.get(field, "")]
    except KeyError:
        text = _("This page sent something we do not understand. Reload it and try again.")
        raise invalid_field(field, text) from None


def text(request: StaffRequest, field: str) -> str:
    """A text field without NUL, which no name has and PostgreSQL does not accept."""
    return request.POST.get(field, "").replace("\0", "").strip()
