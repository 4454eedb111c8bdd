"""Log lines: what they are about, and how they read (docs/how-to/operate.md)."""

import contextlib
import datetime as dt
import json
import logging
from collections.abc import Iterator
from contextvars import ContextVar

from django.conf import settings

from .redaction import redact
from .terminal import one_line

FIELDS = (
    "request_id",
    "task",
    "method",
    "route",
    "path",
    "status",
    "duration_ms",
    "user",
    "store",
    "order",
    "subscriber",
    "refusal",
)
"""What a line may say beside its time, level, logger, message and error, in this order."""
_known: ContextVar[dict | None] = ContextVar("log", default=None)


@contextlib.contextmanager
def bind(**fields) -> Iterator[dict]:
    """Every line that is logged within says these fields too; gives the dictionary that `note` adds to."""
    known = (_known.get() or {}) | fields
    before = _known.set(known)
    try:
        yield known
    finally:
        _known.reset(before)


def add(**fields) -> None:
    """What became known meanwhile, such as the order a scan became. Outside of `about` it is nothing."""
    known = _known.get()
    if known is not None:
        known.update({name: value for name, value in fields.items() if value is not None})


def known(name: str) -> str | None:
    """What the lines that are logged now say in this field."""
    return (_known.get() or {}).get(name)


def routine_level() -> int:
    """At which level to log what happens all the time: on a terminal somebody is reading."""
    return logging.INFO if settings.LOG_FORMAT == "json" else logging.DEBUG


class ContextFilter(logging.Filter):
    """Gives a record the fields of `about`; those the record was given itself count more."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it is always said."""
        for name, value in (_known.get() or {}).items():
            record.__dict__.setdefault(name, value)
        return True


class QuietFilter(logging.Filter):
    """Somebody else's mistake is no warning. How requests were answered is in their own lines, so of Django's
    only tracebacks are kept; what it finds suspicious about a request, such as a stale form or a wrong Host,
    is information."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave out, or make less of it."""
        if record.name == "django.request":
            return bool(record.exc_info) and getattr(record, "status_code", 500) >= 500
        if record.name.startswith("django.security"):
            record.levelno, record.levelname = logging.INFO, "INFO"
        return record.levelno >= logging.getLogger(record.name).getEffectiveLevel()


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON. Without `Masking` before it, texts of messages and errors are as they came."""
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
                timespec="milliseconds"
            ),  # clock: UTC, as the docs say
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if error := record.exc_text or record.stack_info:
            line["error"] = error
        return json.dumps(line, default=str).replace("\x7f", "\\u007f")  # the one that JSON leaves as it is


class LineFormatter(logging.Formatter):
    """A line for a person at a terminal, which obeys nothing that others wrote into it. A traceback follows,
    set in, so that no line of it looks like one of the log's own."""

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """The message, and behind it what it is about."""
        said = super().formatMessage(record)
        more = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        return one_line(f"{said} [{more}]" if more else said)

    def format(self, record: logging.LogRecord) -> str:
        """The line, and what went wrong."""
        record.message = record.getMessage()
        record.asctime = self.formatTime(record)
        error = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")
        below = "\n".join(part for part in (error, record.stack_info) if part)
        return self.formatMessage(record) + "".join(
            f"\n    {one_line(each)}" for each in below.split("\n") if each
        )


def _fields(record: logging.LogRecord) -> dict:
    own = {name: record.__dict__[name] for name in FIELDS if record.__dict__.get(name) not in (None, "")}
    return {name: redact(value) if isinstance(value, str) else value for name, value in own.items()}
