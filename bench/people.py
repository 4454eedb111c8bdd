"""Makes the stores, codes and people of a stand, and prints them as one line of JSON.

Run by `bench.stand` with the stand's own code, which may be another version of the bar.
"""

import io
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

STORES, CUSTOMERS, SESSIONS = 20, 2000, 0


def main(stores: int = STORES, customers: int = CUSTOMERS, sessions: int = SESSIONS, per_code: int = 100_000):
    """So many stores; so many customers with tokens, and the first of them with sessions for pages.

    Limits hold as at any store, and are wide: three holds an hour and person is the rule book's.
    """
    sys.path.insert(0, str(Path.cwd()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    import django

    django.setup()
    from config.models import Store
    from display import qr_codes

    names = [f"S{number}" for number in range(stores)]
    wide = ["--capacity", "10000", "--per-code", str(per_code), "--per-day", "9", "--code-s", "86400"]
    found: dict = {"stores": names, "baristas": {}, "managers": {}, "sessions": {}, "codes": {}}
    for name in names:
        _call("store", name, "--create", "--open", *wide)
        staff = ("--store", name, "--create", "--count")
        found["baristas"][name] = _call("token", f"barista-{name}", "--role", "barista", *staff, "4")
        found["managers"][name] = _call("token", f"manager-{name}", "--role", "manager", *staff, "1")[0]
        _call("token", f"display-{name}", "--role", "display", *staff, "1")
        found["codes"][name] = qr_codes.current_code(Store.objects.get(slug=name)).token
        for role in ("barista", "display"):
            found["sessions"][f"{role}-{name}"] = _sessions(f"{role}-{name}-1")
    found["customers"] = _call("token", "customer", "--create", "--count", str(customers))
    if sessions:
        found["sessions"]["customers"] = _sessions(*[f"customer-{n + 1}" for n in range(sessions)])
    print(json.dumps(found))  # noqa: T201


def _call(*words: str) -> list[str]:
    from django.core.management import call_command

    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().split()


def _sessions(*names: str) -> list[str]:
    """Somebody's session, as if they had signed in: its key."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone
    from django.utils.crypto import get_random_string

    from serverlesspresso.accounts.models import User

    rows = []
    for user in sorted(User.objects.filter(name__in=names), key=lambda user: names.index(user.name)):
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        rows.append(
            Session(
                session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
                session_data=SessionStore().encode(data),
                expire_date=timezone.now() + timedelta(days=1),
            )
        )
    Session.objects.bulk_create(rows, batch_size=1000)
    return [row.session_key for row in rows]


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
