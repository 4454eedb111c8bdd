"""Inviting somebody who cannot scan the code, or a guest of the house."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from config.models import Store
from orders import invites
from serverlesspresso import addresses

from .access import STAFF, StaffRequest, behind_the_bar


@require_POST
@behind_the_bar(STAFF)
def invite(request: StaffRequest, store: Store) -> HttpResponse:
    """Make an invitation, and show its six digits and its link to whoever made it, for the only time."""
    wishes = {wish: request.POST.get(wish) == "yes" for wish in ("priority", "bring")}
    made = invites.make(store, by=request.user, **wishes)
    if not request.htmx:
        return redirect("baristas:board", store.slug)
    link = addresses.absolute(reverse("orders:invite", args=[made.pk]))
    shown = {"invite": made, "link": link, "digits": f"{made.digits[:3]} {made.digits[3:]}"}
    with timezone.override(store.zone):
        return HttpResponse(render_to_string("baristas/_invited.html", shown))
