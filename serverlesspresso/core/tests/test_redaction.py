"""What must never be read in a log."""

import logging

import pytest

from serverlesspresso.core.redaction import RedactionFilter, redact

SECRETS = {
    "a phone": ("call +351912345678 now", "call *** now"),
    "a phone with spaces": ("call +351 912 345 678 now", "call *** now"),
    "a phone in an address": ("?phone=%2B351912345678&x=1", "?phone=***&x=1"),
    "a national phone": ("0151-23456789", "***"),
    "a phone of digits only": ("typed 912345678", "typed ***"),
    "an e-mail address": ("alice@example.org said no", "*** said no"),
    "an e-mail address in an address": ("?login=alice%40example.org", "?login=***"),
    "a database's complaint": ("Key (email)=(a@b.co) already exists", "Key (email)=(***) already exists"),
    "a code's token": ("GET /q/Zk3_-abc?x=1", "GET /q/***?x=1"),
    "the first account's address": ("GET /accounts/first/0a1b2c/", "GET /accounts/first/***"),
    "an invitation to the staff": ("GET /accounts/invited/4/d-5f8/", "GET /accounts/invited/***"),
    "a test address": ("GET /organise/try/WzEs:1:x/", "GET /organise/try/***"),
    "a code's token in an address": ("?next=%2Fq%2FZk3abc&x=1", "?next=%2Fq%2F***&x=1"),
    "a bearer token": ("Authorization: Bearer abc.DEF-1", "Authorization: Bearer ***"),
    "a token by its name": ("{'token': 'Zk3abc', 'drink': 'Oat'}", "{'token': '***', 'drink': 'Oat'}"),
    "a server's password": ("redis://:pass@10.0.0.1:6379/0", "redis://***@10.0.0.1:6379/0"),
}


@pytest.mark.parametrize(("text", "masked"), SECRETS.values(), ids=SECRETS)
def test_it_is_masked(text, masked):
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 18:16:36.123456+00:00",
        "order LgG3_-123456789ab moved on in 0.123456789 s",
        "550e8400-e29b-41d4-a716-446655440000",
        "no sweep ran for 0:05:00: all deadlines move by that",
        "http://192.168.100.200:65000/orders/ took 12 ms",
        "workflow@bar and celery@bar answer",
        "Alice's order 12 of 2026-11-22 is ready",
    ],
)
def test_what_operators_need_stays_readable(text):
    assert redact(text) == text


def said(log):
    """What a logger says through the filter."""
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(logging.Formatter("%(message)s").format(record))
    handler.addFilter(RedactionFilter())
    logger = logging.Logger("test")  # noqa: LOG001  (one that nobody else hears)
    logger.addHandler(handler)
    log(logger)
    return "\n".join(records)


def test_arguments_are_masked_however_they_get_into_the_message():
    text = said(lambda log: log.warning("SMS to %s: %r", "+351912345678", {"to": "alice@example.org"}))
    assert text == "SMS to ***: {'to': '***'}"


def test_so_are_the_words_of_exceptions_and_of_their_causes():
    def fail(log):
        try:
            try:
                raise ValueError("no such user: alice@example.org")
            except ValueError as error:
                raise RuntimeError("Bearer abcdef was refused for +351912345678") from error
        except RuntimeError:
            log.exception("at /q/sometoken")

    text = said(fail)
    assert "RuntimeError: Bearer *** was refused for ***" in text
    assert "ValueError: no such user: ***" in text
    assert "at /q/***" in text


def test_a_wrong_log_call_says_what_it_can_and_breaks_nothing():
    assert "***" in said(lambda log: log.warning("%d for", "alice@example.org"))
