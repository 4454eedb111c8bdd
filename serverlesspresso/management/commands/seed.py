"""The demo: a store that is open, its menu, and people who work there."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction

from config import demo
from config.models import Store
from serverlesspresso.accounts.models import Membership, Role, User
from serverlesspresso.core import data_dir
from serverlesspresso.server.bootstrap import AppCommand

STAFF = (
    ("Bob", "bob@example.org", "barista"),
    ("Dana", "dana@example.org", "manager"),
    ("Admin", "admin@example.org", "administrator"),
)
"""Name, e-mail (nobody's: the domain is reserved for examples), and what they are."""


class Command(AppCommand):
    help = "Make what is missing of the demo store, its menu and its staff. Nothing that exists is changed."
    wants_demo = False

    def handle(self, *args, verbosity=1, **options):
        """Make what is missing and say so."""
        said = seed()
        if verbosity:
            self.stdout.write("\n".join(said))


def seed() -> list[str]:
    """Make what is missing of the demo; a line about each part.

    Passwords are random, the same at every run, and kept in `staff.json` in the data folder. A
    password somebody changed is theirs: it leaves the file.
    """
    path = data_dir.prepare(settings.DATA_DIR) / "staff.json"
    kept = _read(path)
    with transaction.atomic():
        store, made = demo.make_store()
        said = [f"Store {store.slug} ({store.name}): {'made' if made else 'already there'}."]
        entries = []
        for name, email, role in STAFF:
            entry, text = _person(store, name, email, role, kept.get(email))
            entries += [entry] if entry else []
            said.append(text)
        _write(path, entries)  # before the commit: an account without a known password is of no use
    return [*said, f"Sign-ins are in {path}."]


def _person(store: Store, name: str, email: str, role: str, password: str | None) -> tuple[dict | None, str]:
    user = User.objects.filter(email=email).first()
    made = user is None
    if user is None:
        password = password or secrets.token_urlsafe(9)
        user = _hire(store, name, email, role, password)
    if password is None or not user.check_password(password):
        return None, f"{name} ({role}, {email}): already there, with a password of their own."
    text = f"{name} ({role}, {email}): {'made' if made else 'already there'}."
    return {"name": name, "role": role, "email": email, "password": password}, text


def _hire(store: Store, name: str, email: str, role: str, password: str) -> User:
    if role == "administrator":
        return User.objects.create_superuser(email, password, name=name)
    user = User.objects.create_user(email, password, name=name, is_staff=role == Role.MANAGER)
    Membership.objects.create(user=user, store=store, role=Role(role))
    return user


def _read(path: Path) -> dict[str, str]:
    """Passwords by e-mail, as far as the file can be read."""
    try:
        return {entry["email"]: entry["password"] for entry in json.loads(path.read_text())}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(path: Path, entries: list[dict]) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(entries, indent=2) + "\n")
    fresh.replace(path)
