"""What is sent: read strictly, and within bounds, before anything acts on it."""

import json
import math

from django.utils.translation import gettext as _
from ninja.parser import Parser

from serverlesspresso.core.errors import Refusal
from serverlesspresso.web.error_pages import content_length_exceeds

LIMIT = 64 * 1024
"""Bytes a body may have."""


def read_body(request) -> None:
    """Read and parse a request's body, whatever its Content-Length claims; an absent one is an empty object.

    Raises Refusal `too_large` (413), `unsupported_media_type` (415) and `malformed` (400).
    """
    body = _read(request)
    request._body = body or b"{}"  # noqa: SLF001  (Django itself would read without bounds)
    if not body or request.method in ("GET", "HEAD"):
        request.sent = {}
    elif not _is_json(request.content_type or ""):
        raise Refusal(
            _("Send the body as JSON, with the header Content-Type: application/json."),
            code="unsupported_media_type",
            status=415,
        )
    else:
        request.sent = _parse(body)


def _read(request) -> bytes:
    too_large = content_length_exceeds(request, LIMIT)
    body = b"" if too_large else request.read(LIMIT + 1)
    if too_large or len(body) > LIMIT:
        text = _("The body is too large: the limit is %(limit)d KiB.") % {"limit": LIMIT // 1024}
        raise Refusal(text, code="too_large", status=413)
    return body


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or (
        content_type.startswith("application/") and content_type.endswith("+json")
    )


def _parse(body: bytes):
    """JSON as RFC 8259 has it: no NaN, no number beyond a double, no bytes that are not UTF-8."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):  # the second when nested too deeply
        text = _("This is not JSON we can read. Look at quotes, commas and numbers.")
        raise Refusal(text, code="malformed", status=400) from None


class JsonParser(Parser):
    """Ninja's parser, for bodies that were taken."""

    def parse_body(self, request):
        """The body as data."""
        return request.sent

    def parse_querydict(self, data, list_fields, request):
        """The query; a parameter without a value (`?after=&limit=`) is one that was not given."""
        found = super().parse_querydict(data, list_fields, request)
        return {name: value for name, value in found.items() if value != ""}


def _refuse(constant: str):
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number
