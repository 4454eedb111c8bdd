"""The table of permissions (permissions.md here, and beside each extension), and what there is to ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.urls import get_resolver
from django.utils.regex_helper import normalize

from serverlesspresso.asgi import sockets

from .scene import KINDS, Scene

TABLE = Path(__file__).with_name("permissions.md")
MACHINES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Who asks makes no difference to these; they are asked once."""
_ROW = re.compile(r"\| *([A-Z]+(?:, [A-Z]+)*) *\| *`([^`]+)` *\|(.+)\|")
_DOORS = ("/accounts/login/", "/accounts/enter/", "/admin/login/", "/accounts/pair/")


@dataclass(frozen=True)
class Ask:
    """A method and an address with the names of its parameters, as a row of the table has them."""

    method: str
    address: str

    def __str__(self) -> str:
        return f"{self.method} {self.address}"


def tables() -> list[Path]:
    """The bar's own table, and those of the extensions that are switched on."""
    beside = [Path(app.path) / "permissions.md" for app in apps.get_app_configs()]
    return [TABLE, *(path for path in beside if path.is_file())]


def expected() -> dict[Ask, tuple[str, ...]]:
    """What the tables say, by row: an answer for each kind of person."""
    found = {}
    for path in tables():
        for methods, address, cells in _ROW.findall(path.read_text()):
            for method in methods.split(", "):
                found[Ask(method, address)] = tuple(cell.strip() for cell in cells.split("|"))
    return found


def row(ask: Ask, answers) -> str:
    """A line for the table."""
    return f"| {ask.method} | `{ask.address}` | {' | '.join(answers)} |"


# -- what there is ----------------------------------------------------------------------------------


def addresses() -> list[str]:
    """Every address of every page and call, with the names of its parameters."""
    found = {_readable(pattern) for pattern in _walk(get_resolver())}
    return sorted(found - {"/api/v1/", "/admin/<url>"} - {_shortcut(model) for model in admin.site._registry})


def sockets_there_are() -> list[Ask]:
    """Every socket."""
    routes = [str(each.pattern) for each in sockets if str(each.pattern)]
    return [Ask("WS", _readable(route)) for route in routes]


def _shortcut(model) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/<object_id>/"


def _walk(resolver, prefix: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        place = prefix + str(each.pattern).removeprefix("^")
        if hasattr(each, "url_patterns"):
            yield from _walk(each, place)
        else:
            yield place


def _readable(pattern: str) -> str:
    named = re.sub(r"<\w+:(\w+)>", r"<\1>", pattern)
    if "(?P<" in named:
        [(named, _names)] = normalize(named)[:1]
        named = re.sub(r"%\((\w+)\)s", r"<\1>", named)
    return "/" + named.removeprefix("/").removesuffix("$")


# -- asking -----------------------------------------------------------------------------------------


def url(ask: Ask, scene: Scene, **instead: str) -> str:
    """The address with its parameters filled in; what the scene does not know is nothing's name."""
    values = scene.parameters | _object_of(ask.address) | instead
    return re.sub(r"<(\w+)>", lambda found: str(values.get(found[1], "no-such-thing")), ask.address)


def _object_of(address: str) -> dict[str, str]:
    """For pages of the admin: the first thing there is of the kind."""
    for model in admin.site._registry:
        if address.startswith(f"/admin/{model._meta.app_label}/{model._meta.model_name}/"):
            first = model._default_manager.order_by("pk").first()
            key = str(first.pk) if first else "987654"
            return {"object_id": key, "id": key}
    return {"content_type_id": "1", "object_id": "1"} if address.startswith("/admin/") else {}


def answer(ask: Ask, scene: Scene, kind: str, **instead: str):
    """Ask as such a person and undo whatever it did; gives the response."""
    where, sent = url(ask, scene, **instead), scene.bodies.get(str(ask), {})
    api = ask.address.startswith("/api/")
    more: dict = {"headers": scene.bearer(kind)} if api else {}
    if api and ask.method != "GET":
        more["content_type"] = "application/json"
    with transaction.atomic():
        response = getattr(scene.client(kind), ask.method.lower())(where, sent, **more)
        transaction.set_rollback(True)
    return response


def said(response) -> str:
    """A response as the table has it."""
    if response.status_code in (301, 302, 303):
        return "sign in" if response["Location"].startswith(_DOORS) else "302"
    if "HX-Redirect" in response:
        return "sign in" if response["HX-Redirect"].startswith(_DOORS) else "302"
    return str(response.status_code)


def methods(address: str) -> tuple[str, ...]:
    """Which methods an address might take."""
    return ("GET", "POST", "PUT") if address.startswith("/api/") else ("GET", "POST")


def is_taken(ask: Ask, scene: Scene) -> bool:
    """Whether the address takes this method at all, from anybody."""
    answers = {said(answer(ask, scene, kind)) for kind in ("nobody", "manager", "administrator")}
    return not answers <= {"405", "sign in"} or "405" not in answers


def observed(ask: Ask, scene: Scene) -> list[str]:
    """What each kind of person is answered now."""
    if ask.address in MACHINES:
        return [said(answer(ask, scene, "nobody"))] * len(KINDS)
    return [said(answer(ask, scene, kind)) for kind in KINDS]
