"""No log and no event ever has anything about a person in it."""

import json
import logging
import re

from django.test import Client

from conftest import bearer
from display import qr_codes
from orders.models import Order
from serverlesspresso.accounts.sms import backends
from serverlesspresso.api.models import IdempotencyKey
from serverlesspresso.api.tasks import purge_keys
from serverlesspresso.core import clock
from serverlesspresso.core.log_context import JsonFormatter
from serverlesspresso.core.redaction import RedactionFilter
from serverlesspresso.events.models import Event

from .planted import NAME, PHONE, TYPED


def test_logs_and_events_never_had_any(store, bob, settings, caplog, on_commit):
    """Sign in with a number, say a name, order, be cancelled with words; then look for all of it."""
    settings.SMS_BACKEND = "serverlesspresso.accounts.sms.backends.MemoryBackend"
    store.sign_in = ["guest", "phone"]
    store.save()
    caplog.set_level(logging.DEBUG)
    browser = Client()
    token = qr_codes.current_code(store).token
    with on_commit():
        browser.post(f"/q/{token}")
        browser.post("/accounts/login/code/", {"contact": PHONE, "store": "ABC"})
    with on_commit():
        code = re.search(r"\d{6}", backends.outbox[-1].text)[0]
        browser.post("/accounts/login/code/confirm/", {"code": code})
        browser.post("/accounts/", {"name": NAME})
        browser.post("/s/ABC/")
    waiting = Order.objects.get()
    with on_commit():
        browser.post(f"/orders/{waiting.pk}/submit/", {"drink": "Espresso"})
        call = {"content_type": "application/json", "headers": {**bearer(bob), "Idempotency-Key": "k"}}
        Client().post(f"/api/v1/orders/{waiting.pk}/cancel", {"reason": TYPED}, **call)
    waiting.refresh_from_db()
    assert (waiting.customer.phone, waiting.reason_text) == (PHONE, TYPED), "the scene was played"
    events = json.dumps(list(Event.objects.values_list("data", flat=True)))
    logs = "".join(_as_written(record) for record in caplog.records)
    assert len(Event.objects.all()) >= 4
    assert "submit" in logs
    for planted in (PHONE, PHONE[4:], NAME, TYPED, token, code):
        assert planted not in events
        assert planted not in logs
    clock.advance(49 * 3600)
    purge_keys()
    assert not IdempotencyKey.objects.exists(), "what a barista typed is in a kept answer, for 48 hours"


def _as_written(record) -> str:
    RedactionFilter().filter(record)
    return JsonFormatter().format(record)
