"""Counts the queries of the pages that show lists, with one order and with 25; prints them as JSON.

Run by `bench.scenes.pages` with the stand's own code and database.
"""

import json
import os
import sys
from pathlib import Path


def main(slug: str) -> None:
    """At a store that has no live orders yet."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    import django

    django.setup()
    from config.models import Store
    from orders import commands, processor, workflow
    from serverlesspresso.accounts.models import User

    store = Store.objects.get(slug=slug)
    bob = User.objects.get(name=f"barista-{slug}-1")
    found: dict[str, list[int]] = {}
    for upto in (1, 25):
        while processor.Order.objects.filter(store=store, status="queued").count() < upto:
            order = commands.walk_up(store, by=bob, drink="Americano", modifiers=[])
            workflow.run(workflow.QUEUE, order.pk)
        for name, count in _counts(slug).items():
            found.setdefault(name, []).append(count)
    print(json.dumps(found))  # noqa: T201


def _counts(slug: str) -> dict[str, int]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from serverlesspresso.accounts.models import User

    pages = {"tablet": f"/barista/{slug}/", "wall": f"/display/{slug}/", "store": f"/s/{slug}/"}
    counts = {}
    for name, path in pages.items():
        client = Client(headers={"host": "localhost"})
        role = "display" if name == "wall" else "barista"
        client.force_login(User.objects.get(name=f"{role}-{slug}-1"))
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            if client.get(path).status_code != 200:
                raise ValueError(path)
        counts[name] = len(queries)
    return counts


if __name__ == "__main__":
    main(sys.argv[1])
