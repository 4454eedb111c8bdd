"""The reference says what the API does: it is current, complete, and ours alone."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from config import api as config_api
from conftest import choosing, making, queued
from display import api as display_api
from orders import api_schemas, commands
from orders.models import Status
from serverlesspresso.api import openapi_docs, schemas
from serverlesspresso.api.problems import CODES
from serverlesspresso.api.tests.caller import Caller

pytestmark = pytest.mark.django_db


def test_the_description_for_programs():
    answer = Caller().get("openapi.json")
    assert answer["Content-Type"] == "application/json"
    described = answer.json()
    assert described["openapi"].startswith("3.")
    scan = described["paths"]["/api/v1/stores/{store}/orders"]["post"]
    assert scan["operationId"] == "post_order"
    assert scan["responses"]["409"] == {"$ref": "#/components/responses/Problem409"}
    assert list(described["components"]["responses"]["Problem409"]["content"]) == ["application/problem+json"]
    assert {"$ref": "#/components/parameters/Idempotency-Key"} in scan["parameters"]
    assert described["servers"]
    assert {tag["name"] for tag in described["tags"]} == {"Orders", "Stores"}


def operations():
    """Every operation of the description, by method and path."""
    for path, found in openapi_docs.describe_api()["paths"].items():
        yield from (((method, path), operation) for method, operation in found.items())


def test_only_the_public_call_goes_without_a_token():
    assert {where for where, operation in operations() if operation["security"] == []} == {
        ("get", "/api/v1/stores/{store}")
    }


def test_a_body_may_be_left_out_where_every_field_may():
    bodies = {
        operation["operationId"]: operation["requestBody"]
        for _where, operation in operations()
        if "requestBody" in operation
    }
    assert {name for name, body in bodies.items() if not body["required"]} == {"make", "cancel", "put_status"}
    for body in bodies.values():
        assert body["content"]["application/json"]["schema"].keys() == {"$ref"}


def test_a_client_has_to_bear_new_fields():
    for name, schema in openapi_docs.describe_api()["components"]["schemas"].items():
        assert "additionalProperties" not in schema, name


def test_it_tells_which_headers_are_said_and_taken():
    said = {
        operation["operationId"]: {
            name for response in operation["responses"].values() for name in response.get("headers", {})
        }
        for _where, operation in operations()
    }
    assert said["get_store"] == {"ETag"}
    assert said["get_order"] == {"ETag"}
    assert said["post_order"] == {"ETag", "Location", "Idempotent-Replayed"}
    assert said["put_status"] == {"Idempotent-Replayed"}
    problems = openapi_docs.describe_api()["components"]["responses"]
    assert "WWW-Authenticate" in problems["Problem401"]["headers"]
    assert "Allow" in problems["Problem405"]["headers"]
    assert {name for name, each in problems.items() if "Retry-After" in each["headers"]} == {
        "Problem409",
        "Problem429",
        "Problem503",
    }
    taken = {name: operation.get("parameters", []) for (_method, name), operation in operations()}
    assert {"$ref": "#/components/parameters/If-None-Match"} in taken["/api/v1/stores/{store}"]
    assert {"$ref": "#/components/parameters/If-Match"} in taken["/api/v1/orders/{id}"]


def test_it_names_every_status_a_call_can_be_answered_with(store, alice, bob):
    """What was met is in the description: of a body that is no JSON, of a store that may not open."""
    paths = openapi_docs.describe_api()["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            known = {str(status) for status in operation["responses"]}
            assert {"405", "500", "503"} <= known
            if method in ("put", "post"):
                address = path.removeprefix("/api/v1/").format(store="ABC", id="nope")
                assert str(Caller(bob).send(method.upper(), address, "{").status_code) in known, path
    assert "409" in map(str, paths["/api/v1/stores/{store}/status"]["put"]["responses"])
    read = set(map(str, paths["/api/v1/stores/{store}"]["get"]["responses"]))
    assert read == {"200", "304", "404", "405", "500", "503"}


def test_times_and_statuses_are_described_as_what_they_are():
    order = openapi_docs.describe_api()["components"]["schemas"]["Order"]["properties"]
    assert order["created_at"]["format"] == "date-time"
    assert order["deadline_at"]["anyOf"][0]["format"] == "date-time"
    assert set(order["status"]["enum"]) == set(Status.values)


def test_every_reference_in_it_leads_somewhere():
    described = openapi_docs.describe_api()
    for kind, name in set(re.findall(r"#/components/(\w+)/([\w-]+)", repr(described))):
        assert name in described["components"][kind]


class TestPage:
    def test_it_shows_every_call_and_code(self):
        page = Caller().get("docs").content.decode()
        for call in openapi_docs.calls():
            assert f"{call.method} {call.path}" in page
        for code in CODES:
            assert f'id="{code}"' in page

    def test_it_works_under_our_policy(self):
        answer = Caller().get("docs")
        page = answer.content.decode()
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
        assert not re.search(r"<style|style=| on\w+=", page)
        assert re.findall(r"<script(?![^>]*nonce=)", page) == []

    def test_backticks_become_code_and_nothing_else_becomes_html(self):
        assert openapi_docs.marked("`<b>` & <i>`x`") == "<code>&lt;b&gt;</code> &amp; &lt;i&gt;<code>x</code>"


def test_every_code_the_domain_refuses_with_is_in_the_table():
    """Pages have some of their own, which no call of the API can meet."""
    only_pages = {"hold_ran_out", "no_owner", "still_open", "room_now", "waiting_list_full"}
    only_pages |= {"invite_over", "no_such_invite", "too_many_invites"}
    only_pages |= {"code_needed", "crowded_network", "name_first"}
    only_pages |= {"menu_unreadable", "no_figures", "not_proven", "not_a_recording"}
    raised = set()
    for app in ("config", "display", "orders", "serverlesspresso/api"):
        for path in (settings.BASE_DIR / app).glob("*.py"):
            if not path.name.startswith(("views", "admin", "forms", "context")):
                raised |= set(re.findall(r'code="(\w+)"', Path(path).read_text()))
    assert raised - only_pages - set(CODES) == set()


class TestAnswersAreAsDescribed:
    def test_orders_in_every_state(self, store, alice, bob):
        order = choosing(alice, store)
        shown = [Caller(alice).get(f"orders/{order.pk}").json()]
        commands.withdraw(order, by=alice)
        order = queued(alice, store)
        shown.append(Caller(alice).get(f"orders/{order.pk}").json())
        commands.complete(commands.claim(order, by=bob), by=bob)
        shown += Caller(alice).get("orders").json()["items"]
        for each in shown:
            api_schemas.Order.model_validate(each, strict=True)
            assert each.keys() == {
                field.alias or name for name, field in api_schemas.Order.model_fields.items()
            }
        assert {each["status"] for each in shown} == {"choosing", "cancelled", "queued", "ready"}

    @pytest.mark.parametrize(
        ("path", "form"),
        [
            ("stores/ABC", config_api.Store),
            ("stores/ABC/code", display_api.Code),
            ("stores/ABC/orders?limit=1", api_schemas.Orders),
            ("stores/ABC/events?limit=2", api_schemas.Events),
            ("orders", api_schemas.Orders),
            ("orders/nothing", schemas.Problem),
        ],
    )
    def test_everything_else(self, store, alice, bob, dana, path, form):
        making(alice, store, bob)
        choosing(dana, store)
        form.model_validate(Caller(dana).get(path).json(), strict=True)
