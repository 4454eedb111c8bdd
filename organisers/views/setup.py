"""The set-up of a store, page by page. Each page can be opened again later to change its settings."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config import schedule
from config.menu import templates
from config.models import Store
from display import qr_images
from organisers import forms, setup_steps
from organisers.access import ManagerRequest, managed, signed_in
from serverlesspresso.accounts import devices, staff_invitations
from serverlesspresso.accounts.models import Membership
from serverlesspresso.core.errors import Forbidden, Invalid, Refusal
from serverlesspresso.web import template_hooks
from serverlesspresso.web.error_pages import Request, shown

_PAGE = require_http_methods(["GET", "HEAD", "POST"])


def page(request: Request, store: Store, step: str, *, status: int = 200, **context) -> HttpResponse:
    """A step's page, beside the list of all of them."""
    common = {
        "store": store,
        "step": setup_steps.STEPS[step],
        "steps": setup_steps.path_of(store, step),
        "next": setup_steps.after(step),
    }
    return render(request, f"organisers/setup/{step}.html", common | context, status=status)


def _sent(request: Request):
    """The data sent to a form, even if empty; None for a GET."""
    return request.POST if request.method == "POST" else None


def go_on(store: Store, step: str) -> HttpResponse:
    """Go on to the next step."""
    return redirect(f"organisers:{setup_steps.after(step)}", store.slug)


@_PAGE
@signed_in
def new(request: ManagerRequest) -> HttpResponse:
    """The first step, for a store that does not exist yet. Only administrators make stores."""
    if not request.user.is_superuser:
        raise Forbidden(
            _("Only administrators can create stores. Ask one to create it and make you its manager."),
            code="forbidden",
        )
    form = forms.BarForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        store = form.save()
        return go_on(store, "bar")
    status = 422 if form.is_bound else 200
    return render(request, "organisers/setup/new.html", {"form": form}, status=status)


@_PAGE
@managed
def bar(request: ManagerRequest, store: Store) -> HttpResponse:
    """The store's names, where and when it is, and how phones reach it."""
    form = forms.BarForm(_sent(request), instance=store)
    if request.method == "POST" and form.is_valid():
        columns = [name for name in form.changed_data if name != "slug"]
        changed = form.save(commit=False)
        if columns:
            changed.save(update_fields=[*columns, "reached_at"])
        return go_on(store, "bar")
    return page(request, store, "bar", form=form, status=422 if form.is_bound else 200)


@_PAGE
@managed
def opening_hours(request: ManagerRequest, store: Store) -> HttpResponse:
    """When it opens and closes by itself."""
    days = forms.week(store, _sent(request))
    if request.method == "POST" and all([day.is_valid() for day in days]):  # noqa: C419  (every day says what is wrong)
        lines = [line for day in days for line in day.lines()]
        if lines or store.hours.exists():
            schedule.set_hours(store, lines)
        return go_on(store, "hours")
    return page(request, store, "hours", days=days, status=422 if request.method == "POST" else 200)


@_PAGE
@managed
def menu(request: ManagerRequest, store: Store) -> HttpResponse:
    """A menu to begin with, and later a link to change it."""
    form = forms.MenuForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        templates.fill(store, form.cleaned_data["template"])
        return go_on(store, "menu")
    drinks = store.drinks.prefetch_related("groups__options")
    return page(request, store, "menu", form=form, drinks=drinks, status=422 if form.is_bound else 200)


@_PAGE
@managed
def limits(request: ManagerRequest, store: Store) -> HttpResponse:
    """How many drinks per code, and how many places."""
    form = forms.LimitsForm(_sent(request), instance=store)
    if request.method == "POST" and form.is_valid():
        form.save(commit=False).save(update_fields=["per_code", "capacity", "per_day"])
        return go_on(store, "limits")
    return page(request, store, "limits", form=form, status=422 if form.is_bound else 200)


@_PAGE
@managed
def people(request: ManagerRequest, store: Store) -> HttpResponse:
    """Who works there; somebody new gets a link to scan, or to their phone or mailbox."""
    form, made, refusal = forms.PersonForm(_sent(request)), None, None
    if request.method == "POST" and form.is_valid():
        try:
            made = staff_invitations.invite(store, by=request.user, **form.cleaned_data)
        except Refusal as found:
            refusal = found
            for field, text in found.errors.items():
                form.add_error(field if field in form.fields else None, text)
        else:
            form = forms.PersonForm()
    crew = Membership.objects.filter(store=store, user__is_device=False, user__is_active=True)
    return page(
        request,
        store,
        "people",
        form=form,
        crew=crew.select_related("user").order_by("user__name"),
        made=made,
        svg=qr_images.svg(made.url) if made else "",
        refusal=shown(refusal, store, lead=False) if refusal and not isinstance(refusal, Invalid) else None,
        status=refusal.status if refusal else 422 if form.is_bound else 200,
    )


@managed
@require_http_methods(["GET", "HEAD"])
def screens(request: ManagerRequest, store: Store) -> HttpResponse:
    """The paired screens, and how to pair more."""
    return page(request, store, "screens", screens=devices.screens(store))


@managed
@require_http_methods(["GET", "HEAD"])
def opening(request: ManagerRequest, store: Store) -> HttpResponse:
    """What is still missing, a rehearsal if there are robots, and the button to open."""
    robots = bool(template_hooks.templates("rehearsal"))
    return page(request, store, "opening", missing=setup_steps.missing(store), robots=robots)
