"""Log lines as operators read them."""

# ruff: noqa: F401, F811  (fixtures of other modules)

import copy
import io
import json
import logging
import logging.config
import runpy
import sys

import pytest
from django.urls import reverse

from conftest import bearer, queued
from orders import workflow
from serverlesspresso.core import log_context
from tests.test_backups import manage, walk_up
from tests.test_serve import bar
from tests.test_servers import servers


class Told:
    """The lines that were logged, by the handler of the settings."""

    def __init__(self, handler):
        self.stream = handler.stream

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of_requests(self) -> list[dict]:
        return [line for line in self.lines if "status" in line]


@pytest.fixture
def told(settings, request):
    """Logs as JSON (or as the test asks) to read them back."""
    settings.LOG_FORMAT = getattr(request, "param", "json")
    config = copy.deepcopy(settings.LOGGING)  # what is read of it is used up
    dressed = logging.config.DictConfigurator(
        {name: config[name] for name in ("version", "filters", "formatters")}
    )
    handler = logging.StreamHandler(io.StringIO())
    for name in config["handlers"]["console"]["filters"]:
        handler.addFilter(dressed.configure_filter(config["filters"][name]))
    handler.setFormatter(dressed.configure_formatter(config["formatters"][settings.LOG_FORMAT]))
    logging.getLogger().addHandler(handler)
    yield Told(handler)
    logging.getLogger().removeHandler(handler)


def test_a_request_is_told_with_all_that_is_known_of_it(told, client, alice, bob, store):
    order = queued(alice, store)
    client.force_login(bob)
    url = reverse("baristas:act", args=[store.slug, order.pk, "make"])
    response = client.post(url, headers={"HX-Request": "true", "X-Request-ID": "proxy-0001.abc"})
    (line,) = told.of_requests()
    assert response["X-Request-ID"] == "proxy-0001.abc"
    assert line.pop("duration_ms") > 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "serverlesspresso.web.middleware",
        "message": "POST baristas:act 200",
        "request_id": "proxy-0001.abc",
        "method": "POST",
        "route": "baristas:act",
        "path": url,
        "status": 200,
        "user": bob.pk,
        "store": store.slug,
        "order": order.pk,
    }


def test_a_program_is_known_by_its_token_and_a_refusal_by_its_code(told, client, alice, store):
    client.post(
        f"/api/v1/stores/{store.slug}/orders",
        {"token": "sometoken"},
        content_type="application/json",
        headers=bearer(alice),
    )
    (line,) = told.of_requests()
    assert (line["user"], line["status"], line["refusal"]) == (alice.pk, 400, "code_invalid")
    assert "sometoken" not in told.text


def test_nobody_is_asked_for_the_sake_of_a_line(told, client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz")
        client.get("/static/nothing.js")
    (line,) = told.of_requests()  # machines' questions are not told
    assert (line["route"], line["status"]) == ("static", 404)
    assert "user" not in line


@pytest.mark.parametrize(
    "given", ["short", "two words here", "x" * 65, "-starts-with-a-dash", 'quote"injection', ""]
)
def test_a_request_id_that_is_not_sane_is_replaced(client, db, given):
    made = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert made != given
    assert len(made) == 32


def test_a_mistake_of_somebody_else_is_no_warning(told, client, db):
    client.get("/nothing/here/")
    client.get("/healthz", headers={"Host": "evil.example.com:70000"})
    assert {line["level"] for line in told.lines} == {"INFO"}
    (line, *_) = told.of_requests()
    assert (line["path"], line["status"]) == ("/nothing/here/", 404)


def test_our_own_mistake_is_told_with_its_traceback_once_and_masked(told, client, db, monkeypatch):
    def broken(request):
        raise RuntimeError("no room for alice@example.org")

    client.raise_request_exception = False
    monkeypatch.setattr(
        "django.core.handlers.base.BaseHandler.resolve_request", lambda self, r: (broken, (), {})
    )
    client.get("/readyz", headers={"X-Request-ID": "broken-01"})
    (error,) = [line for line in told.lines if line["level"] == "ERROR"]
    assert "RuntimeError: no room for ***" in error["error"]
    assert error["request_id"] == "broken-01"
    assert "alice" not in told.text


def test_a_task_says_which_order_it_is_about(told, alice, store):
    order = queued(alice, store)
    workflow.await_barista.delay(order.pk)
    (line,) = [line for line in told.lines if line.get("task") == "orders.tasks.await_barista"]
    assert line["order"] == order.pk
    assert line["duration_ms"] >= 0


def test_a_task_that_fails_says_so_with_its_order(told, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("lost alice@example.org")

    monkeypatch.setattr("orders.workflow.hit", fails)
    workflow.settle.delay("an-order")
    failed = [line for line in told.lines if line.get("order") == "an-order"]
    assert any(line["message"] == "orders.tasks.settle failed" for line in failed)
    assert any("RuntimeError: lost ***" in line.get("error", "") for line in failed)


@pytest.mark.parametrize("told", ["line"], indirect=True)
def test_on_a_terminal_only_what_changes_something_or_fails_is_told(told, client, db):
    client.get("/")
    assert told.text == ""
    client.get("/nothing/")
    assert "GET none 404 [request_id=" in told.text
    assert "path=/nothing/ status=404" in told.text


@pytest.mark.parametrize("told", ["line"], indirect=True)
def test_on_a_terminal_a_move_of_an_order_is_a_short_line_and_what_moves_none_is_not_told(
    told, client, alice, bob, store
):
    order = queued(alice, store)
    client.force_login(bob)
    client.post(
        reverse("baristas:pause", args=[store.slug]), {"paused": "yes"}, headers={"HX-Request": "true"}
    )
    assert "baristas:pause" not in told.text
    client.post(reverse("baristas:act", args=[store.slug, order.pk, "make"]), headers={"HX-Request": "true"})
    (line,) = [line for line in told.text.splitlines() if "baristas:act" in line]
    assert "POST baristas:act 200" in line and f"order={order.pk}" in line
    assert len(line) < 170 and "request_id" not in line


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize(
    ("stdout", "stderr", "said"), [(1, 1, "line"), (1, 0, "line"), (0, 1, "line"), (0, 0, "json")]
)
def test_the_format_is_for_people_where_a_terminal_is(monkeypatch, stdout, stderr, said):
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stderr", io.StringIO())
    sys.stdout.isatty, sys.stderr.isatty = (lambda: bool(stdout)), (lambda: bool(stderr))
    assert runpy.run_module("serverlesspresso.settings.logging")["LOG_FORMAT"] == said
    monkeypatch.setenv("LOG_FORMAT", "json")
    assert runpy.run_module("serverlesspresso.settings.logging")["LOG_FORMAT"] == "json"


def test_a_line_is_one_line_whatever_is_in_it(told):
    logging.getLogger("test").warning('two\nlines "and" é\u2028 alice@example.org')
    assert told.text.count("\n") == 1
    assert told.lines[0]["message"] == 'two\nlines "and" é\u2028 ***'


OBEYED = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]


@pytest.mark.parametrize("told", ["json", "line"], indirect=True)
def test_no_character_of_a_message_or_a_field_is_obeyed_by_a_terminal(told):
    bad = "".join(map(chr, OBEYED))
    logging.getLogger("test").warning("message %s end", bad, extra={"path": f"/x{bad}"})
    assert told.text.count("\n") == 1 and told.text.endswith("\n")
    assert not set(told.text.strip("\n")) & set(bad)


@pytest.mark.parametrize("told", ["json", "line"], indirect=True)
def test_a_path_forges_no_line_and_colours_none(told, client, db):
    client.post("/x%0a2026-11-30%2022:00:00,000%20CRITICAL%20forged%1b[31m%1b]0;owned%07%c2%9b")
    assert told.text.count("\n") == 1
    assert "forged" in told.text
    assert not {"\x1b", "\x07", "\x9b"} & set(told.text)


@pytest.mark.parametrize("told", ["line"], indirect=True)
def test_a_traceback_is_set_in_and_forges_no_line(told):
    try:
        raise ValueError("wrong\n2026-11-30 22:00:00,000 CRITICAL forged\x1b[31m")
    except ValueError:
        logging.getLogger("test").exception("it broke", stack_info=True)
    first, *rest = told.text.rstrip("\n").split("\n")
    assert "it broke" in first
    assert len(rest) > 4 and all(line.startswith("    ") for line in rest)
    assert "ValueError: wrong" in told.text and "\x1b" not in told.text


def test_what_is_known_ends_with_what_it_was_known_in():
    with log_context.bind(request_id="outer") as outer:
        with log_context.bind(order="inner") as inner:
            log_context.add(store="ABC", refusal=None)
        assert inner == {"request_id": "outer", "order": "inner", "store": "ABC"}
        assert outer == {"request_id": "outer"}
    log_context.add(order="nobody listens")


def causes(running, folder, **environment) -> None:
    """A request makes an order, and the lines of the steps that followed have its id."""
    running.wait()
    token = manage(folder, "token", "Bob", "--role", "barista", "--create", **environment).strip()
    made = walk_up(running, token, **{"X-Request-ID": "walk-up-0001"})
    _, err, _ = running.end()
    steps = [json.loads(line) for line in err.splitlines() if '"orders.tasks.a' in line]
    ids = {line["task"]: line.get("request_id") for line in steps if line["order"] == made["id"]}
    assert ids == dict.fromkeys(("orders.tasks.assign_number", "orders.tasks.await_barista"), "walk-up-0001")


@pytest.mark.own_database
def test_the_tasks_that_a_request_caused_carry_its_id(bar, tmp_path):
    causes(bar(LOG_FORMAT="json"), tmp_path / "data")


@pytest.mark.own_database
@pytest.mark.services
def test_the_tasks_that_a_request_caused_carry_its_id_to_other_processes(bar, tmp_path, servers):
    manage(tmp_path / "data", "seed", **servers)
    causes(bar(LOG_FORMAT="json", **servers), tmp_path / "data", **servers)
