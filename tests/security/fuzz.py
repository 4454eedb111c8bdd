"""Requests nobody would think of: the API as its description allows and beyond, forms, addresses.

Short in the tests (`test_fuzz.py`), long by `python -m bench.fuzz`.
"""

import datetime as dt
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import schemathesis
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from config.models import Drink, Option, Store
from display.models import Code, Hold
from orders.models import Invite, Order, Turn
from serverlesspresso.accounts.models import Membership, User
from serverlesspresso.api.openapi_docs import describe_api
from serverlesspresso.core import clock
from serverlesspresso.events.models import Stream

from .forms import FILE, Fields, forms_of
from .permissions import MACHINES, Ask, expected, url
from .scene import KINDS, Scene
from .writes import Writes

NASTY = (
    "",
    " ",
    "\0",
    "a\0b",
    "' OR 1=1 --",
    '"; DROP TABLE orders_order; --',
    "%s%n%x",
    "{{7*7}}",
    "{% debug %}",
    "../../etc/passwd",
    "..%2f..%2f",
    "<script>alert(1)</script>",
    "\u202eabc",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356",
    "👩‍👩‍👧‍👦",
    "٣٤",
    "-1",
    "0",
    "9" * 40,
    "1e400",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "x" * 10_000,
    "0001-01-01",
    "9999-12-31",
    "=cmd|' /C calc'!A0",
    "\r\nSet-Cookie: a=b",
    "ABC",
    "XYZ",
    "Espresso",
)
TEXT = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
FIELDS = (
    "drink", "name", "contact", "code", "next", "store", "text", "reason", "paused", "open", "live",
    "available", "role", "end", "language", "login", "password", "action", "_selected_action", "seen",
    "limit", "group-1", "from_page", "sure", "status", "number", "customer", "is_staff", "pin", "token",
    "option", "q", "after", "digits",
)  # fmt: skip
"""What forms here are made of, and what somebody might add to any."""
TELL_S = 60
"""A long run says so often how far it is."""


@dataclass
class Report:
    """How often what was answered, and what should not have been."""

    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(self.answers.values())


def fingerprint() -> tuple:
    """What a refused request must not have changed."""
    return (
        Stream.objects.aggregate(Sum("sequence")),
        Order.objects.aggregate(Count("pk"), Sum("version")),
        Hold.objects.count(),
        User.objects.filter(is_guest=False, is_device=True).count() + Membership.objects.count(),
        list(Store.objects.values_list("is_open", "paused_at", "capacity", "per_day")),
        Drink.objects.filter(available=True).count() + Option.objects.filter(available=True).count(),
    )


class Fuzzer:
    """Sends, compares, undoes. `rounds` are one after the other until there were enough requests."""

    def __init__(self, scene: Scene, number: int = 1, tell: Callable[[str], None] = lambda line: None):
        """`number` is the seed; `tell` hears once a minute how far it is."""
        self.scene, self.number, self.report, self.tell = scene, number, Report(), tell
        _nothing_runs_out()
        self.before, self.writes = fingerprint(), Writes()
        schema = schemathesis.openapi.from_dict(describe_api())
        self.operations = [found.ok() for found in schema.get_all_operations()]
        posts = [ask for ask in expected() if ask.method == "POST" and not ask.address.startswith("/api/")]
        self.forms = [ask for ask in posts if "logout" not in ask.address]
        self.looks = [ask for ask in expected() if ask.method == "GET" and ask.address not in MACHINES]
        self.fields = self._fields()

    def _fields(self) -> dict[str, Fields]:
        """What stands in the forms, by address. Those of the admin lie where they are sent to."""
        pages = [url(ask, self.scene) for ask in self.looks if not ask.address.startswith(("/admin", "/api"))]
        admin = [url(ask, self.scene) for ask in self.forms if ask.address.startswith("/admin/")]
        return forms_of(self.scene, pages, ("nobody", "owner", "manager")) | forms_of(
            self.scene, admin, ("administrator",)
        )

    def run(self, requests: int, seconds: float = 3600) -> Report:
        """About so many requests, or for so long: half to the API, a third to forms, the rest are looks at
        odd addresses."""
        self.began = self.told = time.monotonic()
        self.until = self.began + seconds
        with connection.execute_wrapper(self.writes):
            while self.report.requests < requests and time.monotonic() < self.until:
                self.number += 1
                most = min(200, max(5, requests // 60))
                for operation in self.operations:
                    self._round(operation.as_strategy(), self._call, most)
                form = st.dictionaries(st.sampled_from(FIELDS), TEXT, max_size=6)
                self._round(self._filled_in(form), self._post, most * 12)
                self._round(st.tuples(st.sampled_from(self.looks), TEXT, form), self._look, most * 8)
        return self.report

    def _filled_in(self, form) -> st.SearchStrategy:
        """A form as its page has it, with some of it exchanged, left out or added; or nothing of it."""

        def of(ask: Ask) -> st.SearchStrategy:
            there = self.fields.get(url(ask, self.scene)) or {}
            if not there:
                return st.tuples(st.just(ask), form)
            names = st.sampled_from(sorted(there))
            changed = st.dictionaries(names, TEXT, max_size=2)
            parts = st.tuples(st.integers(0, 9), st.sets(names, max_size=1), changed)
            return st.tuples(st.just(ask), st.one_of(parts.map(lambda drawn: _fill_in(there, *drawn)), form))

        return st.sampled_from(self.forms).flatmap(of)

    def _round(self, strategy, send, most: int) -> None:
        cache.clear()
        kinds = st.sampled_from(KINDS)

        @seed(self.number)
        @settings(
            max_examples=most,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy, kinds)
        def one(drawn, kind):
            if time.monotonic() < self.until:
                send(drawn, kind)

        one()

    def _call(self, case, kind: str) -> None:
        path = re.sub(
            r"{(\w+)}", lambda found: quote(str(case.path_parameters.get(found[1], "x")), safe=""), case.path
        )
        if self.report.requests % 3:  # two of three ask for something that exists
            path = re.sub(r"{(\w+)}", lambda found: self.scene.parameters.get(found[1], "x"), case.path)
        query = {name: str(value) for name, value in (case.query or {}).items()}
        body = case.body if isinstance(case.body, (dict, list, str, int, float, bool, type(None))) else None
        headers = {
            k: str(v) for k, v in (case.headers or {}).items() if str(v).isascii() and str(v).isprintable()
        }
        self._send(
            case.method.lower(),
            path + _query(query),
            kind,
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={**headers, **self.scene.bearer(kind)},
        )

    def _post(self, drawn: tuple[Ask, dict], kind: str) -> None:
        ask, form = drawn
        htmx = {"HX-Request": "true"} if self.report.requests % 2 else {}
        self._send("post", url(ask, self.scene), kind, data=form, headers=htmx)

    def _look(self, drawn: tuple[Ask, str, dict], kind: str) -> None:
        ask, text, form = drawn
        odd = re.sub(r"<\w+>", lambda _found: quote(text, safe=""), ask.address)
        path = odd if self.report.requests % 2 else url(ask, self.scene)
        self._send("get", path + _query(form), kind, headers=self.scene.bearer(kind))

    def _send(self, method: str, path: str, kind: str, **sent) -> None:
        browser = self.scene.client(kind)
        browser.raise_request_exception = False
        said = f"{method} {path[:200]!r} as {kind} with {str(sent.get('data'))[:200]}"
        self.writes.seen.clear()
        with transaction.atomic():
            response = getattr(browser, method)(path, **sent)
            status = response.status_code
            self.report.answers[status] += 1
            if status >= 500:
                self.report.wrong.append(f"{status}: {said}: {_error(response)}")
            elif status >= 400 and self.writes.seen and fingerprint() != self.before:
                self.report.wrong.append(f"{status}, and yet something changed: {said}")
            transaction.set_rollback(True)
        if time.monotonic() - self.told > TELL_S:
            self.told = time.monotonic()
            self.tell(
                f"{self.report.requests:,} in {self.told - self.began:.0f} s, {len(self.report.wrong)} wrong"
            )


def _nothing_runs_out() -> None:
    """Else, after a quarter of an hour, the next scan times Alice's order out, as it should."""
    later = clock.now() + dt.timedelta(days=1)
    Store.objects.update(barista_s=86_400)
    Code.objects.update(ends_at=later)
    Turn.objects.update(expires_at=later)
    Invite.objects.update(expires_at=later)


def _fill_in(there: Fields, which: int, without: set[str], changed: dict[str, str]) -> dict:
    """The form with one of the values that each field may have; a file's content is text."""
    form: dict = {
        name: values[which % len(values) if which % 3 else 0]
        for name, values in there.items()
        if name not in without
    } | changed
    return {
        name: SimpleUploadedFile("menu.json", changed.get(name, "{}").encode())
        if there[name] == [FILE]
        else value
        for name, value in form.items()
    }


def _error(response) -> str:
    """The exception behind a 500, if it was let through."""
    _kind, error, _trace = getattr(response, "exc_info", None) or (None, None, None)
    return repr(error)[:300]


def _query(pairs: dict) -> str:
    said = "&".join(f"{quote(str(name))}={quote(str(value))}" for name, value in pairs.items())
    return f"?{said}" if said else ""
