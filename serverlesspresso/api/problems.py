"""Problems: everything the API says no with, as application/problem+json (RFC 9457), in one place."""

import datetime as dt
import json
import logging
import math
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from serverlesspresso.core import clock
from serverlesspresso.core.errors import NotFound, Refusal
from serverlesspresso.web.error_pages import OUTAGE, RETRY_S, count

logger = logging.getLogger(__name__)

TITLES = {
    400: gettext_lazy("This cannot be read"),
    401: gettext_lazy("Who are you?"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    409: gettext_lazy("Not possible now"),
    412: gettext_lazy("Changed meanwhile"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Not JSON"),
    422: gettext_lazy("Invalid data"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Our mistake"),
    503: gettext_lazy("Too busy"),
}
CODES = {
    "malformed": (400, "The body is no JSON, or the request cannot be read."),
    "code_invalid": (400, "No QR code of this store has this token."),
    "unauthenticated": (401, "No token was sent, or it is unknown, has expired or was revoked."),
    "forbidden": (403, "The caller's role at this store does not allow it."),
    "not_found": (404, "There is no such thing, or it is not the caller's."),
    "method_not_allowed": (405, "The address takes other methods; `Allow` names them."),
    "already_ordering": (409, "One live order per customer and store; `order_id` is the one."),
    "store_closed": (409, "The store is closed."),
    "store_paused": (409, "The store takes no new orders for a while."),
    "limit_reached": (409, "The daily limit; `retry_at` is the next day at the store."),
    "code_expired": (409, "The QR code is no longer accepted."),
    "code_used_up": (409, "The QR code's drinks are gone; `retry_at` is when the next code comes."),
    "queue_full": (409, "No room in the queue; `retry_at` is when to try again."),
    "sold_out": (409, "The drink or an option has run out."),
    "not_reached": (409, "The store cannot open before a phone has reached it, or a manager skipped that."),
    "too_late": (409, "The order cannot do this, or not any more; `order_status` says what became of it."),
    "too_late_to_recall": (409, "A drink can be recalled within 600 s of being ready."),
    "no_more_time": (409, "The owner has asked for more time 10 times, or once while others are waiting."),
    "changed_meanwhile": (412, "The order's version is not that of `If-Match`, or not any more."),
    "too_large": (413, "A body may have 64 KiB at most."),
    "unsupported_media_type": (415, "A body is JSON and says so in `Content-Type`."),
    "invalid": (422, "Something sent is not right; `errors` says what, by field."),
    "name_missing": (422, "A name of blanks."),
    "name_too_long": (422, "A name has 30 characters at most."),
    "key_invalid": (422, "An `Idempotency-Key` has 1 to 255 characters."),
    "key_reused": (422, "The `Idempotency-Key` was used for another call or body."),
    "too_many_holds": (429, "At most 3 scans an hour per person."),
    "failed": (500, "Something unexpected; it was logged."),
    "busy": (
        503,
        "The database did not answer in time; `Retry-After` says when to send the same again, with its key.",
    ),
}
"""Every problem a caller can meet: its status, and what it means to a programmer; `detail` is for people."""

_WRONG = {
    "missing": gettext_lazy("This is required."),
    "string_type": gettext_lazy("This must be text."),
    "string_unicode": gettext_lazy("This text has characters that cannot be stored."),
    "string_too_long": gettext_lazy("At most %(max_length)d characters are allowed."),
    "bool_type": gettext_lazy("This must be true or false."),
    "list_type": gettext_lazy("This must be a list."),
    "too_long": gettext_lazy("At most %(max_length)d entries are allowed."),
    "int_parsing": gettext_lazy("This must be a whole number."),
    "int_parsing_size": gettext_lazy("This must be a whole number."),
    "int_from_float": gettext_lazy("This must be a whole number."),
    "greater_than_equal": gettext_lazy("This must be at least %(ge)d."),
    "less_than_equal": gettext_lazy("This must be at most %(le)d."),
    "model_type": gettext_lazy("The body must be a JSON object."),
    "model_attributes_type": gettext_lazy("The body must be a JSON object."),
}
"""What pydantic finds wrong, in words for people."""


class Problem(HttpResponse):
    """A problem as an answer. After a deadlock all is undone, and may be tried once more as a whole."""

    deadlocked = False


def problem(status: int, code: str, detail, **more) -> Problem:
    """A problem as an answer. `more` are further members; those that are None are left out."""
    body = {
        "type": f"{reverse('api:docs')}#{code}",
        "title": str(TITLES.get(status, TITLES[500])),
        "status": status,
        "code": code,
        "detail": str(detail),
        **{name: value for name, value in more.items() if value is not None},
    }
    return Problem(json.dumps(body), status=status, content_type="application/problem+json")


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What the domain said no to."""
    count(refusal)
    response = problem(
        refusal.status,
        refusal.code,
        refusal.text,
        errors={field: str(text) for field, text in refusal.errors.items()} or None,
        order_status=refusal.order_status and str(refusal.order_status),
        order_id=refusal.order_id,
        retry_at=clock.text(refusal.retry_at),
    )
    if refusal.retry_at:
        seconds = (refusal.retry_at - clock.now()) / dt.timedelta(seconds=1)
        response["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not have the form the reference describes."""
    errors = {_field(each["loc"]): _sentence(each) for each in error.errors}
    detail = _("Please correct this: %(fields)s.") % {"fields": ", ".join(errors)}
    return problem(422, "invalid", detail, errors=errors)


def _field(loc: tuple) -> str:
    """The field's name: without where it came from, the argument it went to, and its place in a list."""
    source, *names = loc
    if source == "body":
        names = names[1:]
    return next((str(name) for name in names if isinstance(name, str)), "body")


def _sentence(error: dict) -> str:
    if error["type"] == "text":
        return error["msg"]
    return str(_WRONG.get(error["type"], gettext_lazy("This is not valid."))) % error.get("ctx", {})


def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or none of ours. Which of the two it was is said as RFC 6750 has it."""
    detail = _("Send a valid token in the header, as “Authorization: Bearer” and the token.")
    response = problem(401, "unauthenticated", detail)
    looked_up = hasattr(request, "bearer")
    response["WWW-Authenticate"] = 'Bearer realm="Serverlesspresso"' + ', error="invalid_token"' * looked_up
    return response


def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A request that Django itself finds wrong, or that broke off."""
    return problem(400, "malformed", _("This request cannot be read."))


def missing(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere."""
    return refused(request, NotFound(_("There is nothing at this address."), code="not_found"))


def not_allowed(response: HttpResponse) -> HttpResponse:
    """The right address, the wrong method. Where one may GET, one may HEAD."""
    methods = set(response["Allow"].split(", "))
    allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    answer = problem(
        405, "method_not_allowed", _("This address accepts only: %(methods)s.") % {"methods": allowed}
    )
    answer["Allow"] = allowed
    return answer


def busy(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is away, or did not get to it in time. A change may or may not have been made."""
    logger.warning("the database did not answer %s %s: %s", request.method, request.path, error)
    response = problem(
        503, "busy", _("The server did not answer in time. Nothing is lost: please try again in a moment.")
    )
    response["Retry-After"] = str(RETRY_S)
    response.deadlocked = getattr(error.__cause__, "sqlstate", "") == "40P01"
    return response


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """What should not happen. The log has the details, the answer none."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return problem(
        500, "failed", _("Something went wrong here. It has been logged; please try again in a moment.")
    )


def install(api: NinjaAPI) -> None:
    """Let the API answer every exception with a problem."""
    handlers: list[tuple[type[Exception], Callable[..., HttpResponse]]] = [
        (Refusal, refused),
        (ValidationError, invalid),
        (AuthenticationError, unauthenticated),
        (SuspiciousOperation, unreadable),
        (UnreadablePostError, unreadable),
        (Http404, missing),
        *[(kind, busy) for kind in OUTAGE],
        (Exception, failed),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)
