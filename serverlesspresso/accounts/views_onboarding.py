"""Pages on which people make their account by themselves: the first of all, and whoever was invited."""

from collections.abc import Callable

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from serverlesspresso.core.errors import Invalid

from . import first_run, staff_invitations
from .guests import BACKEND
from .models import User

_FIELDS = ("name", "email", "password")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_account(request, token: str) -> HttpResponse:
    """For whoever set the bar up: their account, and on to the first store."""
    first_run.check(token)

    def claim(sent: dict[str, str]) -> User:
        return first_run.claim(token, **sent)

    return _filled_in(request, claim, template="accounts/first.html", go_on="organisers:home")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request, user: int, token: str) -> HttpResponse:
    """For new staff: their password, and behind the bar."""
    person = staff_invitations.invited(user, token)

    def accept(sent: dict[str, str]) -> User:
        return staff_invitations.accept(user, token, email=sent["email"], password=sent["password"])

    page = "accounts/invited.html"
    return _filled_in(request, accept, template=page, go_on="baristas:home", person=person)


def _filled_in(request, make: Callable[[dict[str, str]], User], *, template: str, go_on: str, **shown):
    """The form; sent, the account that it makes, signed in and led on; or the form with what is wrong."""
    if request.method != "POST":
        return render(request, template, shown)
    sent = {field: request.POST.get(field, "")[:254] for field in _FIELDS}
    try:
        user = make(sent)
    except Invalid as refusal:
        typed = {field: text for field, text in sent.items() if field != "password"}
        errors = refusal.errors or {"name": refusal.text}
        return render(request, template, {**shown, **typed, "errors": errors}, status=refusal.status)
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method="password")
    return redirect(go_on)
