"""Reads a bar's books from its database, as plain data for the checker."""

import os

import django

from .screens import Screen


class Books:
    """The database of a running bar."""

    def __init__(self, environment: dict[str, str]):
        os.environ.update(
            {name: environment[name] for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY")}
        )
        django.setup()

    def screens(self, stores, port: int) -> list[Screen]:
        """A wall and a tablet per store, each signed in as its device."""
        from django.test import Client

        from serverlesspresso.accounts.models import User

        found = []
        for store in stores:
            for name, role, path in (("wall", "display", "display"), ("tablet", "barista", "barista")):
                client = Client()
                client.force_login(User.objects.get(name=f"{role}-{store}-1"))
                cookie = client.cookies["sessionid"].value
                found.append(Screen(f"{name} of {store}", port, f"/ws/{path}/{store}/", cookie))
        self._rest()
        return found

    def people(self, tokens: dict[str, list[str]]) -> dict[str, int]:
        """The number of each token's user."""
        from serverlesspresso.accounts.models import ApiToken, digest

        known = dict(ApiToken.objects.values_list("digest", "user"))
        return {token: known[digest(token)] for group in tokens.values() for token in group}

    def going(self, stores) -> list[str]:
        """The orders that are not over, or whose books are not settled."""
        from orders.models import Order

        left = Order.objects.filter(store__slug__in=stores, settled_at=None).values_list("pk", "status")
        found = [f"{pk} ({status})" for pk, status in left]
        self._rest()
        return found

    def read(self, stores) -> dict[str, dict[str, list[dict]]]:
        """Everything the checker asks for, by store."""
        found = {slug: self._read(slug) for slug in stores}
        self._rest()
        return found

    def _read(self, slug: str) -> dict[str, list[dict]]:
        from django.db.models import Count, F, Q

        from display.models import Code
        from orders.models import Order
        from serverlesspresso.core import clock
        from serverlesspresso.events.models import Event

        orders = Order.objects.filter(store__slug=slug).annotate(settled=F("settled_at"))
        fields = ("id", "status", "settled", "series", "number", "customer", "source")
        log = Event.objects.filter(store=slug).values("sequence", "type", "order", "data", "at")
        events = [event | {"stamp": clock.text(event["at"])} for event in log]
        kept = Count("holds", filter=Q(holds__returned_at=None))
        codes = (
            Code.objects.filter(store__slug=slug).annotate(kept=kept).values("id", "used", "budget", "kept")
        )
        return {"orders": list(orders.values(*fields)), "events": events, "codes": list(codes)}

    def _rest(self) -> None:
        from django.db import connections

        connections.close_all()  # the server may be killed before we come again
