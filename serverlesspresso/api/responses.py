"""Answers, and how the reference describes them."""

import json

from django.http import HttpResponse

from .schemas import Problem


def json_response(data: dict, status: int = 200) -> HttpResponse:
    """Data as JSON."""
    return HttpResponse(json.dumps(data), status=status, content_type="application/json")


def documented(
    form: type, *refusals: int, status: int = 200, who: str, keyed: bool = False, etag: bool = False
) -> dict:
    """What ninja's decorators need to describe a call: its answer, how it can be refused, who may call it,
    whether it takes an Idempotency-Key, and whether it can be asked for with `If-None-Match`."""
    problems = frozenset(refusals) | (frozenset() if who == "anyone" else {401})
    extra: dict = {"x-who": who}
    if keyed:
        extra["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
        problems |= {400, 413, 415, 422}
    if etag:
        extra["responses"] = {304: {"description": "Not changed since the `ETag` in `If-None-Match`."}}
    return {
        "response": {status: form} | dict.fromkeys(sorted(problems), Problem),
        "by_alias": True,
        "openapi_extra": extra,
    }
