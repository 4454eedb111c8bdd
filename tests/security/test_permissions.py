"""The sweep: every address, call and socket, asked as every kind of person (permissions.md)."""

import re

import pytest
from django.contrib import admin

from .permissions import (
    MACHINES,
    Ask,
    addresses,
    answer,
    expected,
    is_taken,
    methods,
    observed,
    row,
    said,
    sockets_there_are,
)
from .scene import KINDS, make_scene

_GUARDED = {"order", "order_id", "id", "object_id"}
_OURS = "tests/security/permissions.md, or into permissions.md of the extension"


@pytest.fixture
def scene(db):
    return make_scene()


def test_every_address_has_a_row(scene):
    known = expected()
    new = [Ask(method, address) for address in addresses() for method in methods(address)]
    new = [ask for ask in new if ask not in known and is_taken(ask, scene)]
    rows = "\n".join(row(ask, observed(ask, scene)) for ask in new)
    assert not new, f"Check who may, then put these lines into {_OURS}:\n{rows}"


def test_the_scene_has_one_of_everything_the_admin_shows(scene):
    ours = [model for model in admin.site._registry if not model.__module__.startswith("extensions.")]
    missing = [model._meta.label for model in ours if not model._default_manager.exists()]
    assert not missing, f"make one of each in scene.py: {missing}"


def test_the_scene_knows_every_parameter(scene):
    named = {name for address in addresses() for name in re.findall(r"<(\w+)>", address)}
    unknown = named - set(scene.parameters) - {"object_id", "content_type_id"}
    assert not unknown, f"say in scene.py, or in tests/scene.py of the extension, what these are: {unknown}"


def test_every_socket_has_a_row():
    new = [ask for ask in sockets_there_are() if ask not in expected()]
    rows = "\n".join(row(ask, ["open, 4401 or 4403"] * len(KINDS)) for ask in new)
    assert not new, f"Say who may listen, in {_OURS}:\n{rows}"


def test_every_row_is_about_something_that_exists():
    there = set(addresses()) | {ask.address for ask in sockets_there_are()}
    gone = [str(ask) for ask in expected() if ask.address not in there]
    assert not gone, f"Take these lines out of {_OURS}: {gone}"


def test_every_row_speaks_of_everybody():
    assert [str(ask) for ask, cells in expected().items() if len(cells) != len(KINDS)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_gets_what_the_table_says(scene, kind):
    wrong = []
    for ask, cells in expected().items():
        if ask.method == "WS" or (ask.address in MACHINES and kind != "nobody"):
            continue
        got, wanted = said(answer(ask, scene, kind)), cells[KINDS.index(kind)]
        if got != wanted:
            wrong.append(f"{ask} as {kind}: the table says {wanted}, it answered {got}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["guest", "customer", "display", "manager elsewhere"])
def test_what_is_not_yours_looks_like_what_does_not_exist(scene, kind):
    compared, different = 0, []
    for ask, cells in expected().items():
        names = _GUARDED.intersection(re.findall(r"<(\w+)>", ask.address))
        if cells[KINDS.index(kind)] != "404" or not names or ask.method == "WS":
            continue
        nothing = "987654" if ask.address.startswith("/admin/") else "no-such-thing-anywhere"
        theirs = answer(ask, scene, kind)
        none = answer(ask, scene, kind, **dict.fromkeys(names, nothing))
        compared += 1
        if (theirs.status_code, _plain(theirs)) != (none.status_code, _plain(none)):
            different.append(str(ask))
    assert different == []
    assert compared >= 1


def _plain(response) -> str:
    """The body without what differs from answer to answer."""
    text = re.sub(
        r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"', "", _body(response)
    )
    return re.sub(r'data-now="[^"]*"|value="/orders/[^"]*"|/admin/[^"]*"', "", text)


def _body(response) -> str:
    return response.content.decode()


def test_an_order_of_another_bar_is_not_found_at_ones_own(scene):
    ask = Ask("POST", "/barista/<store>/orders/<order>/<act>/")
    assert answer(ask, scene, "barista elsewhere", store="XYZ").status_code == 404
    assert answer(ask, scene, "barista").status_code == 302
