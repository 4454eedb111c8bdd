"""Rows of the abuse matrix (asvs.md) that no other test covers."""

import json
import re

import pytest
from django.conf import settings as real
from django.db import transaction
from django.test import Client
from django.urls import reverse

from orders.models import Order
from serverlesspresso.accounts.models import User

from .fuzz import NASTY, fingerprint
from .permissions import Ask, expected, url
from .scene import Scene, make_scene

FORMS = [
    ask for ask in expected() if ask.method == "POST" and not ask.address.startswith(("/api/", "/admin/"))
]
CALLS = [ask for ask in expected() if ask.method in ("POST", "PUT") and ask.address.startswith("/api/")]


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


def call(scene: Scene, method: str, path: str, body, kind="manager", **more):
    sent = {"content_type": "application/json", "headers": scene.bearer(kind)} | more
    return getattr(Client(), method.lower())(path, body, **sent)


def test_calls_take_json_only(scene):
    before = fingerprint()
    for ask in CALLS:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            answer = call(scene, ask.method, url(ask, scene), "drink=Espresso", content_type=kind)
            assert answer.status_code == 415, ask
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000, 413),
        ("[" * 10_000, 400),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, 400),
        ('{"drink": NaN}', 400),
        ('{"drink": 1e400}', 400),
        ('{"drink": "\\ud800"}', 422),
        ('{"drink": "Espresso", "drink": ["x"]}', 422),
        ('"Espresso"', 422),
        ("null", 422),
        ("x" * (64 * 1024 + 1), 413),
        (b"\xff\xfe", 400),
    ],
    ids=lambda value: str(value)[:20],
)
def test_bodies_that_are_too_much_too_deep_or_no_json(scene, body, status):
    before = fingerprint()
    assert call(scene, "put", f"/api/v1/orders/{scene.order.pk}", body, "owner").status_code == status
    assert fingerprint() == before


def test_forms_take_no_json_no_ten_thousand_fields_and_no_megabytes(scene):
    many = "&".join(f"f{n}=1" for n in range(10_000))
    form = {"content_type": "application/x-www-form-urlencoded"}
    for ask in FORMS:
        for body, sent in (
            ('{"paused": "yes", "drink": "Espresso"}', {"content_type": "application/json"}),
            (many, form),
            ("drink=" + "x" * 2_000_000, form),
        ):
            with transaction.atomic():
                answer = scene.client("barista").post(url(ask, scene), body, **sent)
                transaction.set_rollback(True)
            assert answer.status_code < 500, ask
    before = fingerprint()
    pause = scene.client("barista").post(
        "/barista/ABC/pause/", '{"paused": "yes"}', content_type="application/json"
    )
    assert (pause.status_code, fingerprint()) == (422, before)


def test_too_many_fields_are_refused_before_anything_reads_them(scene):
    many = "paused=yes&" + "&".join(f"f{n}=1" for n in range(10_000))
    answer = scene.client("barista").post(
        "/barista/ABC/pause/", many, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400


def test_fields_that_nobody_asked_for_change_nothing(scene):
    extra = {"status": "ready", "number": 1, "store": "XYZ", "customer": 1, "is_staff": True, "version": 99}
    order = scene.order
    call(scene, "put", f"/api/v1/orders/{order.pk}", {"drink": "Espresso", "modifiers": [], **extra}, "owner")
    scene.client("owner").post(f"/orders/{order.pk}/submit/", {"drink": "Espresso", **extra})
    scene.client("owner").post(
        "/accounts/", {"name": "Alice", "is_superuser": "on", "email": "x@example.org", **extra}
    )
    order.refresh_from_db()
    assert (order.status, order.number, order.store.slug) == ("queued", 1, "ABC")
    alice = User.objects.get(pk=scene.people["owner"].pk)
    assert (alice.is_staff, alice.is_superuser, alice.email) == (False, False, "alice@example.org")


def test_a_manager_makes_nobody_an_administrator(scene):
    bob = scene.people["barista"]
    form = {"name": "Bob", "email": bob.email, "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    form |= {f"memberships-{name}": value for name, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}
    scene.client("manager").post(f"/admin/accounts/user/{bob.pk}/change/", form)
    bob.refresh_from_db()
    assert (bob.is_superuser, bob.is_staff) == (False, False)


def test_of_a_field_that_comes_twice_one_counts_and_it_is_checked(scene):
    answer = scene.client("barista").post(
        "/barista/ABC/pause/", "paused=no&paused=maybe", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/orders/..%2f1/",
        "/orders/%00/",
        "/orders/%c0%ae%c0%ae/",
        "/orders/x;jsessionid=1/",
        "/s/ABC%0d%0aSet-Cookie:a=b/",
        "/q/" + "x" * 5000,
        "/static/../manage.py",
        "/static/..%2f..%2fmanage.py",
        "/.git/config",
        "/.env",
        "/db.sqlite3",
        "/display/%F0%9F%92%A9/",
        "/accounts/pair/ABC/manager/",
    ],
)
def test_tricks_with_paths_lead_nowhere(client, db, path):
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert "Set-Cookie" not in answer.headers
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {"accept-language": "x" * 5000},
        {"accept-language": "en-\0,;q=nan"},
        {"cookie": "sessionid=" + "a" * 16_000},
        {"cookie": "csrftoken=\"; sessionid='; browser=1:2:3; language=../../x"},
        {"x-forwarded-for": "' OR 1=1", "forwarded": "for=_hidden", "x-real-ip": "::::"},
        {"x-request-id": "a\x1b[31mred"},
        {"range": "bytes=0-,0-,0-"},
        {"hx-request": "maybe", "hx-current-url": "javascript:alert(1)", "hx-target": "<x>"},
        {"if-none-match": '"' * 4000},
        {f"x-{n}": "y" for n in range(200)},
    ],
    ids=lambda value: str(value)[:30],
)
def test_headers_of_garbage_break_nothing(client, store, headers):
    for path in ("/s/ABC/", "/api/v1/stores/ABC", "/accounts/enter/"):
        assert client.get(path, headers=headers).status_code < 500


def test_whatever_is_asked_of_a_list_it_answers_in_words(scene):
    for text in NASTY:
        for name in ("status", "after", "limit"):
            answer = Client().get("/api/v1/stores/ABC/orders", {name: text}, headers=scene.bearer("manager"))
            assert answer.status_code in (200, 422), (name, text)
            assert not re.search(r"sqlite|psycopg|SELECT|Traceback", answer.content.decode())


def test_fields_of_people_cannot_be_asked_for(scene):
    page = Client().get(
        "/api/v1/stores/ABC/orders?fields=phone&include=customer&order_by=customer__phone",
        headers=scene.bearer("barista"),
    )
    assert "alice@example.org" not in page.content.decode()
    assert {"customer", "phone", "email", "name"}.isdisjoint(json.loads(page.content)["items"][0])


def test_ids_cannot_be_guessed_and_a_wrong_one_costs_and_tells_nothing(scene):
    assert len(scene.order.pk) >= 22, "128 bits"
    answers = {scene.client("customer").get(f"/orders/{n}/").status_code for n in range(50)}
    assert answers == {404}


def test_robots_and_previews_that_look_at_every_address_change_nothing(scene):
    before = fingerprint()
    for ask in expected():
        if ask.method == "GET" and not ask.address.startswith("/readyz"):
            Client(headers={"sec-purpose": "prefetch", "user-agent": "WhatsApp/2"}).get(url(ask, scene))
    assert fingerprint() == before


def test_the_queue_takes_json_and_nothing_that_runs_when_it_is_read():
    assert real.CELERY_ACCEPT_CONTENT == ["json"]
    assert real.CELERY_TASK_SERIALIZER == "json"


def test_a_number_in_other_digits_or_out_of_bounds_is_refused(scene):
    for limit in ("٣", "0", "-1", "501", "1e3", str(2**63), "1.5"):
        answer = Client().get("/api/v1/stores/ABC/orders", {"limit": limit}, headers=scene.bearer("manager"))
        assert answer.status_code in (200, 422)
        if answer.status_code == 200:
            assert limit == "٣", "a three is a three in any script"


def test_the_reference_page_says_nothing_but_what_it_is_for(client, db):
    page = client.get(reverse("api:docs")).content.decode()
    assert "SECRET" not in page
    assert Order.objects.count() == 0
    assert Ask("GET", "/api/v1/docs") in expected()
