"""The OpenAPI description, the page made from it, and what docs/reference/api.md is made from."""

import copy
import functools
import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .api import api
from .problems import CODES
from .responses import ALWAYS, headers

_ABOUT = """
Everything is under `/api/v1/`, without a slash at the end. The description for programs is at
`/api/v1/openapi.json`.

Send `Authorization: Bearer <token>`; `manage.py token NAME` makes tokens. No cookie counts here.

Bodies are JSON (`Content-Type: application/json`), 64 KiB at most, and may be left out where every field
may. Unknown fields are ignored. A parameter without a value counts as not given.

Sentences come in the language of `Accept-Language`. Drinks and options are sent by `name`, not by `label`.

Lists come in pages: `items`, and `next`, which goes into `after` for the next page and is null on the last.
A limit beyond the bounds is refused.

A store is public: staff calls on one at which the caller has no such role are 403. An order is not: to
anybody but its owner and its store's staff it looks as if it did not exist (404); a display of its store,
and an owner who tries what only staff may, get 403.

`cancel` by staff who own the order is a cancellation by staff. An act repeated by who did it is 200 and
changes nothing.

With an `Idempotency-Key` (1 to 255 characters) a POST or PUT happens once per caller and key: the first 2xx
answer is kept 48 hours and given again, byte by byte, marked `Idempotent-Replayed: true`. Another call, or a
body that differs in a byte, under the same key is 422 `key_reused`. What was refused is not kept. Of two
calls at once the second waits for the first.

An answer that is an order has its version as `ETag`; `position` and `eta` may change without it. `PUT
orders/{id}` with that in `If-Match` changes the order only if it still has this version, and is 412
`changed_meanwhile` otherwise. No other call looks at `If-Match`. A 201 says in `Location` where the order is.

What is not done comes as a problem, `application/problem+json` (RFC 9457), with `code` for programs and
`detail` for people. `Retry-After` says after how many seconds to try again, where that is known. Any call can
be answered 405, 500 or 503; that is not said again below.

Answers may get further fields, and problems further codes: pass over what you do not know.

There is no CORS: scripts in pages of other addresses cannot call the API, and `OPTIONS` is 405. Let such a
page ask a server of its own, which calls the API and keeps the token; a token in a page is everybody's.
"""
ABOUT = [" ".join(paragraph.split()) for paragraph in _ABOUT.split("\n\n")]
"""What holds for every call. Backticks mark what is typed."""

_TEXT = {"type": "string"}
_PARAMETERS = {
    name: {"name": name, "in": "header", "required": False, "description": description, "schema": schema}
    for name, description, schema in (
        (
            "Idempotency-Key",
            "Makes a repetition harmless; any text of the caller's, such as a UUID.",
            {**_TEXT, "minLength": 1, "maxLength": 255},
        ),
        ("If-Match", "The `ETag` of the order as it was read: a later one is left alone.", _TEXT),
        ("If-None-Match", "The `ETag` of an earlier answer: 304 if nothing has changed since.", _TEXT),
    )
}
_HEADERS = {
    name: {"description": description, "schema": schema}
    for name, description, schema in (
        ("Allow", "The methods the address takes.", _TEXT),
        ("ETag", "The version of what is answered.", _TEXT),
        ("Idempotent-Replayed", "`true` where the answer is that of an earlier call with this key.", _TEXT),
        ("Location", "The address of what was made.", _TEXT),
        ("Retry-After", "Seconds after which to try again, where that is known.", {"type": "integer"}),
        ("WWW-Authenticate", '`Bearer`; with `error="invalid_token"` where a token was sent.', _TEXT),
    )
}
_SAYS = {401: "WWW-Authenticate", 405: "Allow", 409: "Retry-After", 429: "Retry-After", 503: "Retry-After"}
"""What a problem of a status has among its headers."""


@dataclass(frozen=True)
class Row:
    """A field or a parameter: its name, its type in words, whether it must be there, what it means."""

    name: str
    type: str
    required: bool
    text: str


@dataclass(frozen=True)
class Call:
    """One line of the contract's table, in words."""

    method: str
    path: str
    who: str
    text: str
    parameters: list[Row]
    body: list[Row]
    status: str
    answer: str
    refusals: list[str]


@functools.cache
def describe_api() -> dict:
    """The OpenAPI description."""
    schema = copy.deepcopy(dict(api.get_openapi_schema()))
    schema["info"]["description"] = "\n\n".join(ABOUT)
    schema["components"] |= {"parameters": _PARAMETERS, "headers": _HEADERS, "responses": {}}
    for path in schema["paths"].values():
        for operation in path.values():
            _describe_problems(operation["responses"], schema["components"]["responses"])
            if "requestBody" in operation:
                form = operation["requestBody"]["content"]["application/json"]["schema"]
                name = form["$ref"].rsplit("/", 1)[1]
                operation["requestBody"]["required"] = "required" in schema["components"]["schemas"][name]
    return schema


def _describe_problems(responses: dict, shared: dict) -> None:
    """Let an operation's problems be those that all have in common: one for each status."""
    for status in [status for status in responses if status >= 400]:
        said = responses[status]
        shared[f"Problem{status}"] = {
            "description": said["description"],
            "content": {"application/problem+json": said["content"]["application/json"]},
            "headers": headers(_SAYS[status]) if status in _SAYS else {},
        }
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}


def openapi(request: HttpRequest) -> HttpResponse:
    """The description for programs."""
    return JsonResponse(describe_api())


def docs(request: HttpRequest) -> HttpResponse:
    """The description for people: our own page, because the usual ones load scripts from elsewhere."""
    context = {
        "about": [marked(text) for text in ABOUT],
        "calls": [
            {
                "call": call,
                "who": marked(call.who),
                "text": marked(call.text),
                "parameters": _marked_rows(call.parameters),
                "body": _marked_rows(call.body),
            }
            for call in calls()
        ],
        "forms": [(name, marked(text), _marked_rows(rows)) for name, text, rows in forms()],
        "codes": [(code, status, marked(text)) for code, (status, text) in CODES.items()],
    }
    return render(request, "api/docs.html", context)


def calls() -> list[Call]:
    """Every call, in the contract's order."""
    found = []
    for path, operations in describe_api()["paths"].items():
        found += [_call(method.upper(), path, operation) for method, operation in operations.items()]
    return found


def forms() -> list[tuple[str, str, list[Row]]]:
    """Every form that is answered: its name, what it is, its fields."""
    return [
        (name, schema.get("description", ""), _rows(schema))
        for name, schema in _schemas().items()
        if name not in _sent()
    ]


def _sent() -> set[str]:
    """The names of the forms that are sent."""
    operations = [each for path in describe_api()["paths"].values() for each in path.values()]
    bodies = [each["requestBody"]["content"] for each in operations if "requestBody" in each]
    return {_type(body["application/json"]["schema"]) for body in bodies}


def marked(text: str) -> SafeString:
    """Text in which backticks mark what is typed, as HTML."""
    parts = re.split(r"`([^`]+)`", text)  # every second one stood in backticks
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in enumerate(parts)),
    )


def _marked_rows(rows: list[Row]) -> list[tuple[Row, SafeString]]:
    return [(row, marked(row.text)) for row in rows]


def _call(method: str, path: str, operation: dict) -> Call:
    responses = {str(status): response for status, response in operation["responses"].items()}
    done = min(responses)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return Call(
        method=method,
        path=path.removeprefix("/api/v1/"),
        who=operation["x-who"],
        text=operation["description"],
        parameters=[
            Row(
                each["name"],
                _type(each["schema"]),
                each.get("required", False),
                _bounds(each["schema"], each),
            )
            for each in map(_resolved, operation.get("parameters", []))
            if each["in"] == "query"
        ],
        body=_rows(_resolved(body)) if body else [],
        status=done,
        answer=_type(responses[done]["content"]["application/json"]["schema"]),
        refusals=sorted(status for status in responses if int(status) >= 400 and int(status) not in ALWAYS),
    )


def _rows(schema: dict) -> list[Row]:
    required = schema.get("required", [])
    return [
        Row(name, _type(field), name in required, _bounds(field, field))
        for name, field in schema["properties"].items()
    ]


def _type(schema: dict) -> str:
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return {"integer": "whole number", "boolean": "true or false", "string": "text"}.get(
        schema["type"], schema["type"]
    )


def _bounds(schema: dict, described: dict) -> str:
    text = described.get("description", "")
    if "maximum" in schema:
        text = f"{text} {schema['minimum']:,} to {schema['maximum']:,}."
    if schema.get("default") not in (None, "", []):
        text = f"{text} Default {str(schema['default']).lower()}."
    return text.strip()


def _resolved(schema: dict) -> dict:
    if "$ref" not in schema:
        return schema
    _hash, _components, kind, name = schema["$ref"].split("/")
    return describe_api()["components"][kind][name]


def _schemas() -> dict:
    return describe_api()["components"]["schemas"]
