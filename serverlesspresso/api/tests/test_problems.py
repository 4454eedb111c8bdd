"""Bad input, and how it is answered: named, translated, without effect, never a 500."""

import json

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from conftest import choosing
from orders import commands
from orders.models import Order
from serverlesspresso.api.tests.caller import Caller, said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nonsense",
        '{"drink": }',
        "{'drink': 'Espresso'}",
        '{"drink": NaN}',
        '{"drink": Infinity}',
        '{"drink": 1e400}',
        '{"drink": -1e400}',
        '{"drink": "a\nb"}',
        "[" * 60_000,
        '{"a":' * 12_000,
        "9" * 60_000,
        b'\xff\xfe{"drink": "Espresso"}',
        b'{"drink": "\xed\xa0\x80"}',
        '\ufeff{"drink": "Espresso"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_400(store, alice, body):
    order = choosing(alice, store)
    assert said(Caller(alice).put(f"orders/{order.pk}", body)) == (400, "malformed")
    assert Order.objects.get().status == "choosing"


def test_not_even_where_no_body_is_asked_for(store, alice):
    order = choosing(alice, store)
    assert said(Caller(alice).post(f"orders/{order.pk}/extend", "{")) == (400, "malformed")
    assert Order.objects.get().extensions == 0


@pytest.mark.parametrize("body", ["[]", '"drink"', "7", "true", "null", "[{}]"])
def test_what_is_no_object_is_422(store, alice, body):
    answer = Caller(alice).put(f"orders/{choosing(alice, store).pk}", body)
    assert said(answer) == (422, "invalid")
    assert list(answer.json()["errors"]) == ["body"]


@pytest.mark.parametrize("drink", ['"\\ud800"', '"\\u0000"', '"\\udfff\\ud800"'])
def test_what_no_database_can_keep_is_422(store, alice, drink):
    answer = Caller(alice).put(f"orders/{choosing(alice, store).pk}", f'{{"drink": {drink}}}')
    assert said(answer) == (422, "invalid")
    assert list(answer.json()["errors"]) == ["drink"]


@pytest.mark.parametrize("reason", ['"\\ud800"', '"\\u0000"', '"so \\udfff"'])
def test_nor_is_a_reason_of_such_characters_kept(store, alice, bob, reason):
    order = choosing(alice, store)
    answer = Caller(bob).post(f"orders/{order.pk}/cancel", f'{{"reason": {reason}}}')
    assert said(answer) == (422, "invalid")
    assert list(answer.json()["errors"]) == ["reason"]
    assert Order.objects.get().status == "choosing"


def test_a_text_that_is_too_long_is_said_to_be_so_in_characters(store, alice, bob):
    order = choosing(alice, store)
    answer = Caller(bob).post(f"orders/{order.pk}/cancel", {"reason": "x" * 201})
    assert answer.json()["errors"] == {"reason": "At most 200 characters are allowed."}
    answer = Caller(alice).put(f"orders/{order.pk}", {"drink": "x" * 61, "modifiers": []})
    assert answer.json()["errors"] == {"drink": "At most 60 characters are allowed."}


def test_of_a_field_sent_twice_the_last_counts(store, alice):
    body = '{"drink": "Tea", "drink": "Espresso"}'
    assert Caller(alice).put(f"orders/{choosing(alice, store).pk}", body).json()["drink"] == "Espresso"


class TestSize:
    def test_64_kib_is_not_too_much(self, store, alice):
        body = '{"drink": "Espresso", "padding": "'
        body += "x" * (64 * 1024 - len(body) - 2) + '"}'
        assert Caller(alice).put(f"orders/{choosing(alice, store).pk}", body).status_code == 200

    def test_one_byte_more_is(self, store, alice):
        body = '{"drink": "Espresso", "padding": "'
        body += "x" * (64 * 1024 - len(body) - 1) + '"}'
        answer = Caller(alice).put(f"orders/{choosing(alice, store).pk}", body)
        assert said(answer) == (413, "too_large")
        assert Order.objects.get().status == "choosing"

    def test_however_much_it_is(self, alice):
        assert said(Caller(alice).put("orders/x", b" " * 3_000_000)) == (413, "too_large")

    @pytest.mark.parametrize("claimed", ["99999999999999999999999999", "65537"])
    def test_whatever_it_claims(self, alice, claimed):
        answer = Caller(alice).client.put("/api/v1/orders/x", b"{}", CONTENT_LENGTH=claimed)
        assert said(answer) == (413, "too_large")

    @pytest.mark.asyncio
    @pytest.mark.django_db(transaction=True)
    async def test_even_if_it_claims_nothing(self):
        from asgiref.testing import ApplicationCommunicator

        from serverlesspresso.asgi import application

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "PUT",
            "path": "/api/v1/orders/x",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        }
        call = ApplicationCommunicator(application, scope)
        for _part in range(3):
            await call.send_input({"type": "http.request", "body": b" " * 40_000, "more_body": True})
        await call.send_input({"type": "http.request", "body": b"", "more_body": False})
        assert (await call.receive_output(10))["status"] == 413
        body = await call.receive_output(1)
        assert json.loads(body["body"])["code"] == "too_large"
        await call.wait()


class TestContentType:
    @pytest.mark.parametrize(
        "content_type",
        ["application/json; charset=utf-8", "application/merge-patch+json", "APPLICATION/JSON"],
    )
    def test_json_by_any_name(self, store, alice, content_type):
        order = choosing(alice, store)
        answer = Caller(alice).send(
            "PUT", f"orders/{order.pk}", {"drink": "Espresso"}, content_type=content_type
        )
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
    )
    def test_anything_else_is_415(self, store, alice, content_type):
        order = choosing(alice, store)
        answer = Caller(alice).send(
            "PUT", f"orders/{order.pk}", {"drink": "Espresso"}, content_type=content_type
        )
        assert said(answer) == (415, "unsupported_media_type")
        assert Order.objects.get().status == "choosing"

    def test_without_a_body_it_does_not_matter(self, store, alice):
        order = choosing(alice, store)
        assert (
            Caller(alice).send("POST", f"orders/{order.pk}/extend", content_type="text/plain").status_code
            == 200
        )


class TestAddresses:
    @pytest.mark.parametrize(
        "path", ["", "nowhere", "stores", "stores/ABC/", "orders/", "orders/x/brew", "docs/"]
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_an_address_that_leads_nowhere_is_404(self, store, alice, path, method):
        assert said(Caller(alice).send(method, path)) == (404, "not_found")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("POST", "stores/ABC", {"GET", "HEAD"}),
            ("DELETE", "orders/x", {"GET", "HEAD", "PUT"}),
            ("GET", "orders/x/make", {"POST"}),
            ("PATCH", "stores/ABC/orders", {"GET", "HEAD", "POST"}),
            ("BREW", "orders", {"GET", "HEAD"}),
            ("POST", "openapi.json", {"GET", "HEAD"}),
            ("PUT", "docs", {"GET", "HEAD"}),
        ],
    )
    def test_the_wrong_method_is_405(self, store, alice, method, path, allowed):
        answer = Caller(alice).send(method, path)
        assert said(answer) == (405, "method_not_allowed")
        assert set(answer["Allow"].split(", ")) == allowed

    def test_head_is_answered_as_get_is(self, store, bob):
        asked = Caller(bob).send("HEAD", "stores/ABC/orders")
        assert (asked.status_code, asked["Content-Type"]) == (200, "application/json")
        assert Caller().send("HEAD", "stores/ABC/orders").status_code == 401
        assert said(Caller(bob).send("HEAD", "stores/ABC/walk-ups")) == (405, "method_not_allowed")

    def test_a_foreign_form_needs_no_csrf_token_to_be_refused(self, store):
        answer = Client(enforce_csrf_checks=True).post("/api/v1/nowhere", {"a": "b"})
        assert said(answer)[0] in (404, 415)

    def test_a_thousand_parameters_are_400(self, store, bob):
        query = "&".join(f"p{n}=1" for n in range(1500))
        assert said(Caller(bob).get(f"stores/ABC/orders?{query}")) == (400, "malformed")


class TestLanguage:
    def test_sentences_come_in_the_callers_language(self, store, alice):
        answer = Caller(alice, **{"Accept-Language": "pt-BR,pt;q=0.9"}).get("stores/XYZ")
        with translation.override("pt-br"):
            assert answer.json()["detail"] == gettext("There is no such store.")
            assert answer.json()["title"] == gettext("Not found")
        assert answer["Content-Language"] == "pt-br"
        assert "Accept-Language" in answer["Vary"]

    def test_fields_too(self, store, alice):
        order = choosing(alice, store)
        answer = Caller(alice, **{"Accept-Language": "pt-BR"}).put(
            f"orders/{order.pk}", {"drink": "Cappuccino"}
        )
        assert "Leite" in answer.json()["errors"]["modifiers"]

    def test_and_reasons(self, store, alice, bob):
        order = commands.cancel(choosing(alice, store), by=bob, reason="machine")
        answer = Caller(alice, **{"Accept-Language": "pt-BR"}).get(f"orders/{order.pk}")
        with translation.override("pt-br"):
            assert answer.json()["reason"]["text"] == gettext("Sorry, the machine needs a break.")


class TestOurOwnMistakes:
    def test_they_are_500_without_details_and_logged(self, store, alice, monkeypatch, caplog):
        def broken(*args, **kwargs):
            raise ZeroDivisionError("the secret of the house")

        monkeypatch.setattr(commands, "extend", broken)
        answer = Caller(alice).post(f"orders/{choosing(alice, store).pk}/extend")
        assert said(answer) == (500, "failed")
        assert "secret" not in answer.content.decode()
        assert "the secret of the house" in caplog.text

    def test_a_busy_database_is_503(self, store, alice, monkeypatch):
        def locked(*args, **kwargs):
            raise OperationalError("database is locked")

        monkeypatch.setattr(commands, "extend", locked)
        answer = Caller(alice).post(f"orders/{choosing(alice, store).pk}/extend")
        assert said(answer) == (503, "busy")
        assert answer["Retry-After"] == "2"
