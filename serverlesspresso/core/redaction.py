"""Masks: what must never be read in a log. Phones, e-mail addresses, the codes' tokens, everybody's secrets.

They are found in whole texts, after formatting, so that it does not matter how they got there: in a path, an
exception's words, a traceback, a database's complaint.
"""

import logging
import re

MASK = "***"
_MASKS = (
    # user:password@host in the address of a server
    (re.compile(r"(?<=://)[^\s/@\"']+(?=@)"), MASK),
    (re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), MASK),
    (re.compile(r"(?i)((?:/|%2f)(?:q|invited?|first|try)(?:/|%2f))[^\s\"'<>&?#]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[\w.~+/=-]+"), rf"\1\2{MASK}"),
    (
        re.compile(
            r"(?i)((?:token|password|secret|sessionid|digest|phone)[\"']?\s*\)?\s*[:=]\s*[(\"']*)"
            r"[^\s\"'&,;)}<>(]+"
        ),
        rf"\1{MASK}",
    ),
    # +351 912 345 678, also as an address writes it; 0151-2345678; and any bare run of as many digits
    (re.compile(r"(?:\+|%2B)\d(?:[ ().-]*\d){6,14}(?!\d)", re.IGNORECASE), MASK),
    (re.compile(r"(?<![\w.:/-])\(?0\d{1,4}\)?[ /-]{1,3}\d(?:[ -]?\d){4,10}(?![\w.:-])"), MASK),
    (re.compile(r"(?<![\w.-])\d{9,15}(?![\w.-]*[\w-])"), MASK),
)
_SIGNS: tuple[str, ...] = ("@", "%40", "/q/", "%2fq", "/q%2f", "invite", "bearer", "basic")
_SIGNS += ("/first/", "%2ffirst", "/try/", "%2ftry")
_SIGNS += ("token", "password", "secret", "sessionid", "digest", "phone")
_SEVEN_DIGITS = re.compile(r"(?:\d[ ()/.-]*){7}")
"""What none of the masks is found without. Most texts have none of it, and there are many in a second."""


def redact(text: str) -> str:
    """The text without anything personal or secret in it."""
    small = text.lower()
    if not any(sign in small for sign in _SIGNS) and not _SEVEN_DIGITS.search(text):
        return text
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


class RedactionFilter(logging.Filter):
    """Masks a record's words and its traceback, before any formatter sees them."""

    _plain = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it is always said."""
        record.msg, record.args = redact(_said(record)), ()
        if record.exc_info:
            record.exc_text = redact(record.exc_text or self._plain.formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a wrong log call must not become a wrong answer to somebody's click
        return f"{record.msg} {record.args}"
