"""Menus to and from files: the page first shows what would change, then changes all or nothing."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.menu import files, planning
from config.models import Store
from organisers.access import ManagerRequest, managed
from serverlesspresso.accounts.models import digest
from serverlesspresso.core import tables
from serverlesspresso.core.errors import Invalid

_WRITERS = {
    "json": (files.to_json, "application/json"),
    "csv": (files.to_csv, "text/csv; charset=utf-8"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def menu_import(request: ManagerRequest, store: Store) -> HttpResponse:
    """Upload a file, see what it would change, and apply it."""
    if request.method != "POST":
        return render(request, "organisers/menu.html", {"store": store})
    content = _sent(request)
    try:
        plan = files.read(content)
    except Invalid as refusal:
        context = {"store": store, "refusal": refusal}
        return render(request, "organisers/menu.html", context, status=refusal.status)
    now = digest(files.to_json(planning.plan_of(store)))
    if request.POST.get("sure") == now and (plan.drinks or "empty" in request.POST):
        planning.put_in_place(store, plan)
        messages.success(request, _("The menu has been changed on every screen."))
        return redirect("organisers:exchange", store.slug)
    context = {
        "store": store,
        "changes": planning.changes(store, plan),
        "content": files.to_json(plan),
        "sure": now,
        "empties": not plan.drinks,
        "guessed": not tables.decode(content).sure,
        "changed_since": request.POST.get("sure", now) != now,
    }
    return render(request, "organisers/menu_preview.html", context)


def _sent(request: ManagerRequest) -> bytes:
    """The uploaded file, or the one previewed before, which the page kept."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("content", "").encode()
    return file.read(files.BIGGEST + 1)


@require_GET
@managed
def export(request: ManagerRequest, store: Store, format: str) -> HttpResponse:
    """The menu as a file."""
    if format not in _WRITERS:
        raise Http404
    write, kind = _WRITERS[format]
    name = f"menu-{store.slug}.{format}"
    return HttpResponse(
        write(planning.plan_of(store)),
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
