"""The environment: what an installation decides (docs/reference/settings.md), or a line about what is wrong.

Values are not repeated where they may hold a password.
"""

import json
import logging
import math
import os
import re
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_KINDS: dict[Any, str] = {
    int: "a whole number from 0 on, such as 10",
    float: "a number from 0 on, such as 0.1",
    bool: "on or off",
}
_OFF = ("off", "false", "no", "n", "0")


def _not_installed(listed: Path) -> list[str]:
    """Which of the packages that an extension lists are not there."""
    missing = []
    for name in listed.read_text().split() if listed.exists() else ():
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    return missing


class Environment(environ.Env):
    """Reads the environment; a number or a switch that is empty counts as not given. Raises SystemExit for
    what cannot be."""

    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False):
        """The value of a variable, as `environ` reads it."""
        given = os.environ.get(var)
        if cast in _KINDS and given is not None and not given.strip():
            return default
        try:
            value = super().get_value(var, cast, default, parse_default)
            if given is not None and cast in (int, float) and not 0 <= value < math.inf:
                raise ValueError
            if given is not None and cast is bool and not value and given.strip().lower() not in _OFF:
                raise ValueError  # it would be taken for "off", whatever was meant
        except ValueError:
            kind = _KINDS.get(cast, 'JSON, such as {"url": "https://sms.example.org"}')
            raise SystemExit(f"{var} cannot be read; it must be {kind}.") from None
        return value

    def list(self, var, cast=None, default=environ.Env.NOTSET):
        """Words between commas, with blanks around them or not."""
        return [each.strip() for each in super().list(var, cast, default) if each.strip()]

    def some(self, var: str, default: int) -> int:
        """A whole number from 1 on."""
        number = self.get_value(var, cast=int, default=default)
        if number < 1:
            raise SystemExit(f"{var} is {number}; it must be at least 1.")
        return number

    def port(self, var: str) -> int:
        """A port to listen on, 8000 if none is given."""
        port = self.str(var, "") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise SystemExit(f"{var} is {port!r}; it must be a number from 1 to 65535.")
        return int(port)

    def public_url(self, var: str) -> str:
        """An address without a slash at the end; empty when there is none."""
        url = self.str(var, "").rstrip("/")
        if url and not re.fullmatch(r"https?://[^/?#]+", url):
            raise SystemExit(f"{var} is {url!r}; it must be like https://coffee.example.org, without a path.")
        return url

    def redis(self, var: str) -> str:
        """The address of a Redis; empty when there is none."""
        url = self.str(var, "")
        if url and not re.match(r"(rediss?|unix)://.", url):
            raise SystemExit(f"{var} cannot be read; it must be like redis://localhost:6379/0.")
        return url

    def database(self, var: str, file: Path) -> dict:
        """A database as Django wants it; SQLite in a file when none is given."""
        try:
            with warnings.catch_warnings(action="ignore"):  # what it would say, we say
                found = self.db_url_config(self.str(var, "") or f"sqlite:///{file}")
        except (ValueError, ImproperlyConfigured):
            found = {}
        if not found.get("ENGINE", "").endswith((".sqlite3", ".postgresql")):
            raise SystemExit(
                f"{var} cannot be read; it must be like postgres://user:password@localhost:5432/coffee."
            )
        return found

    def mail(self, var: str) -> dict:
        """How mail goes, as Django's settings; it is printed when nothing is given."""
        try:
            found = self.email_url_config(self.str(var, "") or "consolemail://")
        except (ValueError, ImproperlyConfigured):
            raise SystemExit(
                f"{var} cannot be read; it must be like smtp+tls://user:password@mail.example.org:587."
            ) from None
        if found["EMAIL_BACKEND"].endswith(".console.EmailBackend"):
            found["EMAIL_BACKEND"] = "serverlesspresso.core.terminal.MailBackend"
        return found

    def extensions(self, var: str, folder: Path) -> Sequence[str]:
        """Names of extensions in a folder; all of them when none are given."""
        there = sorted(path.parent.name for path in folder.glob("*/apps.py"))
        named = self.list(var, default=there)
        if unknown := [name for name in named if name not in there]:
            raise SystemExit(
                f"{var} names {', '.join(unknown)}; there are only {', '.join(there) or 'none'}."
            )
        for name in named:
            if missing := _not_installed(folder / name / "requirements.in"):
                raise SystemExit(
                    f"The extension {name} needs {', '.join(missing)}: install requirements.txt,"
                    f" or leave {name} out of {var}."
                )
        return named

    def log_level(self, var: str) -> str:
        """How much is logged, INFO if nothing is given."""
        level = (self.str(var, "") or "INFO").upper()
        if level not in logging.getLevelNamesMapping():
            raise SystemExit(f"{var} is {level!r}; it must be DEBUG, INFO, WARNING or ERROR.")
        return level

    def options(self, var: str) -> dict:
        """A JSON object; an empty one when there is none."""
        found = self.get_value(var, cast=json.loads, default={}) if os.environ.get(var) else {}
        if not isinstance(found, dict):
            raise SystemExit(
                f'{var} cannot be read; it must be a JSON object, such as {{"sender": "Coffee"}}.'
            )
        return found
