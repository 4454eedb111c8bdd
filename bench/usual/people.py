"""Makes the usual bar's stores, codes and people, and prints them as one line of JSON."""

import json
import os
import sys
from pathlib import Path

DRINKS = ("Espresso", "Americano", "Cappuccino", "Latte")


def main(stores: int = 20, customers: int = 2000) -> None:
    """So many of each; the same shape as `bench.people` gives."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.usual.settings")
    import django

    django.setup()
    from django.contrib.auth.models import Group

    from bench.usual.models import Store

    names = [f"S{number}" for number in range(stores)]
    found: dict = {"stores": names, "baristas": {}, "managers": {}, "sessions": {}, "codes": {}}
    for name in names:
        store = Store.objects.create(slug=name)
        for drink in DRINKS:
            store.drinks.create(name=drink)
        found["codes"][name] = store.codes.create(token=f"code-{name}", remaining=1_000_000).token
        staff = _tokens(*[f"barista-{name}-{n}" for n in range(4)])
        Group.objects.create(name=name).user_set.add(*[user for user, _ in staff])
        found["baristas"][name] = [token for _, token in staff]
        for role in ("barista", "display"):
            found["sessions"][f"{role}-{name}"] = [_session(staff[0][0])]
    found["customers"] = [token for _, token in _tokens(*[f"customer-{n}" for n in range(customers)])]
    print(json.dumps(found))  # noqa: T201


def _tokens(*names: str) -> list[tuple]:
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    users = User.objects.bulk_create([User(username=name) for name in names])
    tokens = Token.objects.bulk_create([Token(user=user, key=Token.generate_key()) for user in users])
    return [(user, token.key) for user, token in zip(users, tokens, strict=True)]


def _session(user) -> str:
    from django.test import Client

    browser = Client()
    browser.force_login(user)
    return browser.cookies["sessionid"].value


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
