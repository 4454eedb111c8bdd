"""What is sent: read strictly, and within bounds, before anything acts on it."""

import json
import math

from django.utils.translation import gettext as _
from ninja.parser import Parser

from serverlesspresso.errors import Refusal

LIMIT = 64 * 1024
"""Bytes a body may have."""


def read(request) -> bytes:
    """The body, whatever its Content-Length claims; an absent one reads as an empty object.

    Raises Refusal `too_large` (413) and `unsupported_media_type` (415).
    """
    claimed = request.META.get("CONTENT_LENGTH") or "0"
    if claimed.isdigit() and int(claimed[:20]) > LIMIT:
        raise _too_large()
    body = request.read(LIMIT + 1)
    if len(body) > LIMIT:
        raise _too_large()
    if body and request.method != "GET" and not _is_json(request.content_type or ""):
        raise Refusal(
            _("Send the body as JSON, with the header Content-Type: application/json."),
            code="unsupported_media_type",
            status=415,
        )
    return body or b"{}"


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or (
        content_type.startswith("application/") and content_type.endswith("+json")
    )


def _too_large() -> Refusal:
    return Refusal(
        _("This is too much: a body may have %(limit)d KiB at most.") % {"limit": LIMIT // 1024},
        code="too_large",
        status=413,
    )


class StrictParser(Parser):
    """JSON as RFC 8259 has it: no NaN, no number beyond a double, no bytes that are not UTF-8."""

    def parse_body(self, request):
        """The body as data; raises what ninja turns into 400."""
        try:
            return json.loads(request.body.decode(), parse_constant=_refuse, parse_float=_finite)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error

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
