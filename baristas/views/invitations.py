"""Inviting somebody who cannot scan the code, or a guest of the house."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from baristas.access import STAFF, StaffRequest, staff_required
from config.models import Store
from orders import invitations
from serverlesspresso.core import urls


@require_POST
@staff_required(STAFF)
def invite(request: StaffRequest, store: Store) -> HttpResponse:
    """Make an invitation, and show its six digits and link to whoever made it, this once."""
    wishes = {wish: request.POST.get(wish) == "yes" for wish in ("priority", "bring")}
    made = invitations.make(store, by=request.user, **wishes)
    if not request.htmx:
        return redirect("baristas:board", store.slug)
    link = urls.absolute_url(reverse("orders:invite", args=[made.pk]))
    shown = {"invite": made, "link": link, "digits": f"{made.digits[:3]} {made.digits[3:]}"}
    with timezone.override(store.zone):
        return HttpResponse(render_to_string("baristas/_invited.html", shown))
