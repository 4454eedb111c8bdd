"""Answers, and how the reference describes them."""

import json

from django.http import HttpResponse
from django.urls import reverse
from pydantic import BaseModel

from .schemas import Problem

ALWAYS = frozenset({405, 500, 503})
"""How any call can be refused."""


def json_response(data: dict, status: int = 200) -> HttpResponse:
    """Data as JSON. That of an order comes with its version as ETag, that of a new one with its address."""
    response = HttpResponse(json.dumps(data), status=status, content_type="application/json")
    if "version" in data:
        response["ETag"] = f'"{data["version"]}"'
    if status == 201:
        response["Location"] = reverse("api:get_order", args=[data["id"]])
    return response


def documented(
    form: type[BaseModel],
    *refusals: int,
    status: int = 200,
    who: str,
    keyed: bool = False,
    takes: tuple[str, ...] = (),
    says: tuple[str, ...] = (),
) -> dict:
    """What ninja's decorators need to describe a call: its answer, how it can be refused, who may call it,
    whether it takes an Idempotency-Key, which other headers it `takes` and which its answer `says`."""
    problems = ALWAYS | set(refusals)
    extra: dict = {"x-who": who}
    if who == "anyone":
        extra["security"] = []
    else:
        problems |= {401}
    if "version" in form.model_fields:
        says += ("ETag",)
    if status == 201:
        says += ("Location",)
    if keyed:
        takes += ("Idempotency-Key",)
        says += ("Idempotent-Replayed",)
        problems |= {400, 413, 415, 422}
    if takes:
        extra["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in takes]
    extra["responses"] = {status: {"headers": headers(*says)}} if says else {}
    if "If-None-Match" in takes:
        extra["responses"][304] = {
            "description": "Not changed since the `ETag` in `If-None-Match`.",
            "headers": headers("ETag"),
        }
    return {
        "response": {status: form} | dict.fromkeys(sorted(problems), Problem),
        "by_alias": True,
        "openapi_extra": extra,
    }


def headers(*names: str) -> dict:
    """Headers of an answer, as the description refers to them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
