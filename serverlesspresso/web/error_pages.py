"""Refusals as people see them: the one place that turns a domain's "no" into a page or a fragment."""

import datetime as dt
import logging
import math
import sys
from dataclasses import dataclass

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import defaultfilters
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.csrf import csrf_failure as csrf_page
from django.views.defaults import server_error
from django_htmx.middleware import HtmxDetails

from config.models import Store
from serverlesspresso.core import clock, log_context, metrics
from serverlesspresso.core.errors import Bound, Refusal

logger = logging.getLogger(__name__)

OUTAGE = (OperationalError, InterfaceError)
"""The database is away, cut us off, or did not get to it in time."""
RETRY_S = 2
LATE_S = 5
_MOMENT_S = 10
"""What comes so soon is said without a number: it would be wrong before it is read."""
_TITLES = {
    "already_ordering": gettext_lazy("You have an order here"),
    "store_closed": gettext_lazy("The bar is closed"),
    "store_paused": gettext_lazy("A short break"),
    "limit_reached": gettext_lazy("That was today’s coffee"),
    "code_invalid": gettext_lazy("We do not know this code"),
    "code_expired": gettext_lazy("This code has expired"),
    "code_used_up": gettext_lazy("This code is used up"),
    "queue_full": gettext_lazy("The queue is full"),
    "too_many_holds": gettext_lazy("One moment, please"),
    "hold_ran_out": gettext_lazy("Please scan again"),
    "no_hold": gettext_lazy("Please scan first"),
    "room_now": gettext_lazy("There is room"),
    "waiting_list_full": gettext_lazy("The waiting list is full"),
    "code_needed": gettext_lazy("Please scan first"),
    "name_first": gettext_lazy("Who are you?"),
    "crowded_network": gettext_lazy("One moment, please"),
    "no_such_invite": gettext_lazy("This invitation is not valid"),
    "invite_over": gettext_lazy("This invitation is not valid"),
    "too_many_invites": gettext_lazy("Enough invitations for now"),
    "sold_out": gettext_lazy("Sold out"),
    "no_cookie": gettext_lazy("The bar needs a cookie"),
    "too_late": gettext_lazy("Too late for that"),
    "no_more_time": gettext_lazy("No more time"),
    "wrong_method": gettext_lazy("This address is not a page"),
    403: gettext_lazy("You don’t have access to this page"),
    404: gettext_lazy("There is nothing here"),
    413: gettext_lazy("Too large"),
    422: gettext_lazy("Something is missing"),
    429: gettext_lazy("One moment, please"),
    503: gettext_lazy("One moment, please"),
}
_ICONS = {
    "already_ordering": "cup",
    "store_closed": "door",
    "store_paused": "pause",
    "limit_reached": "cup",
    "code_invalid": "qr",
    "code_expired": "qr",
    "code_used_up": "qr",
    "hold_ran_out": "qr",
    "no_hold": "qr",
    "code_needed": "qr",
    "room_now": "qr",
    "waiting_list_full": "clock",
    "queue_full": "clock",
    "too_many_holds": "clock",
}


_METHOD = {"code": "wrong_method", "status": 405}


class Request(HttpRequest):
    """A request as the views get it. A view that knows which store it is about says so in `store`."""

    htmx: HtmxDetails
    store: Store


@dataclass(frozen=True)
class ErrorPage:
    """What `refusal.html` and `_refusal.html` show of a refusal."""

    title: str
    text: str
    code: str
    icon: str
    retry: str
    next_url: str
    next_label: str
    waiting_url: str
    """Where `seen` can be sent instead, to get on the waiting list; empty where that is no way."""
    seen: str


def count(refusal: Refusal) -> None:
    """Somebody is told no: it is counted, and named in the request's log line."""
    metrics.count_refusal(refusal.code)
    log_context.add(refusal=refusal.code)


def shown(refusal: Refusal, store: Store | None = None, *, lead: bool = True) -> ErrorPage:
    """A refusal in the reader's words; times are those of the store, if one is given.

    With `lead` there is always a next step to press; without, only one that the refusal itself names,
    for a page that shows the next steps anyway.
    """
    count(refusal)
    title = _TITLES.get(refusal.code) or _TITLES.get(refusal.status) or _("That did not work")
    url, label = refusal.next_url, refusal.next_label
    if lead and not url:
        url = reverse("orders:store", args=[store.slug]) if store else "/"
        label = _("To the bar’s page") if store else _("To the start page")
    icon = _ICONS.get(refusal.code, "alert")
    retry = _when(refusal.retry_at, store.zone if store else None) if refusal.retry_at else ""
    waiting_url = reverse("orders:waiting", args=[store.slug]) if store and refusal.seen else ""
    text, label = str(refusal.text), str(label or "")
    return ErrorPage(str(title), text, refusal.code, icon, retry, url or "", label, waiting_url, refusal.seen)


def answer(request: Request, refusal: Refusal, *, page: str = "refusal.html", **context) -> HttpResponse:
    """The refusal as a whole page, or for htmx as the fragment that goes into the notice."""
    template = "_refusal.html" if request.htmx else page
    context["refusal"] = shown(refusal, getattr(request, "store", None), lead=not request.htmx)
    return marked(render(request, template, context, status=refusal.status), refusal)


def marked(response: HttpResponse, refusal: Refusal) -> HttpResponse:
    """Add what programs read: Retry-After in seconds where it is known; and never cache a "no"."""
    if refusal.retry_at:
        response["Retry-After"] = str(_seconds_until(refusal.retry_at))
    add_never_cache_headers(response)
    return response


def csrf_failure(request: Request, reason: str = "") -> HttpResponse:
    """A form that cannot show it is ours: it was open for too long, or the browser keeps no cookies."""
    cookies = bool(request.COOKIES)
    if request.headers.get("HX-Request"):
        text = _("This page was open for too long. Nothing was sent: reload it and try again.")
        if not cookies:
            text = _("Your browser sent no cookie, and the bar needs one. Allow cookies here, then reload.")
        request.htmx = HtmxDetails(request)  # the middleware that would say so has not run yet
        return answer(request, Refusal(text, code="stale_page" if cookies else "no_cookie", status=403))
    return csrf_page(request, reason, template_name="403_csrf.html" if cookies else "403_cookies.html")


def service_unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database does not answer: 503, and when to come back. Made without asking it anything.

    Nobody knows whether a change that was just being committed was made, so the answer does not say.
    """
    logger.warning("the database did not answer %s %s: %s", request.method, request.path, error)
    text = _("The server did not answer in time. Nothing is lost: please try again in a moment.")
    refusal = Refusal(text, code="busy", status=503)
    template = "_refusal.html" if request.headers.get("HX-Request") else "503.html"
    page = render_to_string(template, {"refusal": shown(refusal, lead=False)})
    response = HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_S)})
    add_never_cache_headers(response)
    return response


def handle_server_error(request: HttpRequest) -> HttpResponse:
    """What no view and no middleware caught: an outage, where the database is away, else our mistake."""
    error = sys.exc_info()[1]
    return service_unavailable(request, error) if isinstance(error, OUTAGE) else server_error(request)


class RefusalMiddleware:
    """Answers with the refusal that a view let through. The API answers its own, as problem+json.

    Where a view has said which store it is about, times are the store's.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # the web server has left away a body beyond that
        if content_length_exceeds(request, most) and not request.path.startswith("/api/"):
            return answer(request, _oversized())
        if getattr(request, "scope", {}).get("late"):
            return _late(request)
        response = self.get_response(request)
        if response.status_code == 405 and not response.content and not request.path.startswith("/api/"):
            allowed = response["Allow"]
            response = answer(
                request,
                Refusal(_("Nothing was changed. Please go back to the page you came from."), **_METHOD),
            )
            response["Allow"] = allowed
        return response

    def process_exception(self, request: Request, exception: Exception) -> HttpResponse | None:
        """Django calls this with whatever a view raised."""
        if isinstance(exception, Bound):
            _note_bound(request, exception)
        if isinstance(exception, Refusal) and not request.path.startswith("/api/"):
            return answer(request, exception)
        if isinstance(exception, OUTAGE) and not request.path.startswith("/api/"):
            return service_unavailable(request, exception)
        if isinstance(exception, IntegrityError) and "unique" in str(exception).lower():
            return _twice(request, exception)
        return None


def _twice(request: Request, error: IntegrityError) -> HttpResponse:
    """Two saved at once what there can be only once; each had been found free a moment before."""
    logger.warning("%s %s came second: %s", request.method, request.path, error)
    text = _(
        "Somebody saved the same, or something that looks like it, at the same moment. Yours was not saved: "
        "reload the page and look."
    )
    return answer(request, Refusal(text, code="changed_meanwhile", status=409))


def _note_bound(request: HttpRequest, bound: Bound) -> None:
    """Somebody may be at it on purpose: it is counted, and said once a minute for each network."""
    metrics.bounded(bound.bound)
    address = get_ip(request)
    if cache.add(f"bound:{bound.bound}:{address}", "y", 60):
        logger.warning("%s did more than one network may: %s, %s", address, bound.bound, request.path)


def content_length_exceeds(request: HttpRequest, most: int) -> bool:
    """Whether a request says that its body is longer than so many bytes; it may say nothing, or anything."""
    claimed = request.META.get("CONTENT_LENGTH") or "0"
    return claimed.isdecimal() and int(claimed[:20]) > most


def _oversized() -> Refusal:
    most = defaultfilters.filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    text = _("This is too much to send at once. The limit is %(most)s. Nothing was changed.") % {"most": most}
    return Refusal(text, code="too_large", status=413)


def _late(request: Request) -> HttpResponse:
    """Too many sign in at once (`server.concurrency`): 503, before anything is hashed or changed."""
    text = _(
        "Too many people are signing in right now. Nothing was changed. Please try again in a few seconds."
    )
    response = answer(request, Refusal(text, code="too_many_sign_ins", status=503))
    response["Retry-After"] = str(LATE_S)
    return response


def _seconds_until(moment) -> int:
    return max(1, math.ceil((moment - clock.now()).total_seconds()))


def _when(moment, zone) -> str:
    """A moment as "at 14:05, in about 3 minutes", in the store's time: never earlier than it is."""
    seconds = _seconds_until(moment)
    local = (moment + dt.timedelta(seconds=-moment.timestamp() % 60)).astimezone(zone or dt.UTC)
    time = formats.time_format(local, "H:i") + ("" if zone else " UTC")  # clock: says so
    if seconds <= _MOMENT_S:
        return _("Try again at %(time)s, in a moment.") % {"time": time}
    if seconds < 60:
        return _("Try again at %(time)s, in less than a minute.") % {"time": time}
    minutes = round(seconds / 60)
    hours = round(minutes / 60)
    if minutes > 90:
        text = ngettext(
            "Try again at %(time)s, in about %(n)d hour.",
            "Try again at %(time)s, in about %(n)d hours.",
            hours,
        )
        return text % {"time": time, "n": hours}
    text = ngettext(
        "Try again at %(time)s, in about %(n)d minute.",
        "Try again at %(time)s, in about %(n)d minutes.",
        minutes,
    )
    return text % {"time": time, "n": minutes}
