"""What is kept about people: the page that says it, and one's own data to take along or to have forgotten."""

from django.contrib.auth import logout
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from serverlesspresso.accounts.identity import person
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.web.error_pages import shown

from . import personal_data


@require_safe
def page(request) -> HttpResponse:
    """What is kept, why and for how long."""
    return render(request, "accounts/privacy.html", {"days": personal_data.KEPT_DAYS})


@never_cache
@require_safe
def data(request) -> HttpResponse:
    """Everything that is kept about whoever asks, as a file."""
    who = person(request)
    ends = clock.text(request.session.get_expiry_date()) if request.session.session_key else None
    about = {"this_browser": {"number": who.browser, "session_ends": ends}, **personal_data.export(who)}
    response = JsonResponse(about, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-coffee-data.json"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request) -> HttpResponse:
    """Ask whether they are sure; then forget them, sign them out and show the receipt."""
    who = person(request)
    try:
        if request.method != "POST":
            personal_data.check_erasable(who)
            return render(request, "accounts/erase.html")
        receipt = personal_data.erase(who)
    except Refusal as refusal:
        context = {"refusal": shown(refusal, lead=False)}
        return render(request, "accounts/erase.html", context, status=refusal.status)
    logout(request)
    return render(request, "accounts/erased.html", {"receipt": receipt, "went": _went(receipt)})


def _went(receipt) -> list[tuple[str, int]]:
    words = {
        "accounts": _("Accounts, with name and contact data"),
        "names": _("Names on cups"),
        "reasons": _("Typed reasons"),
        "turns": _("Places on waiting lists"),
    }
    return [(words.get(name, name), count) for name, count in receipt.counts.items()]
