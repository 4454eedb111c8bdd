"""A bar with everything in it, and one person of every kind: what the sweeps look at."""

import datetime as dt
import importlib
from dataclasses import dataclass, field

from django.apps import apps
from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler
from django.utils.module_loading import module_has_submodule

from config.models import Store
from conftest import make_store, make_user, queued
from display import qr_codes
from orders.models import Invite, Order, Turn
from serverlesspresso.accounts.models import ApiToken, Membership, Receipt, Role, User
from serverlesspresso.core import clock
from serverlesspresso.events.models import Event, Parked, Subscription

KINDS = (
    "nobody",
    "guest",
    "customer",
    "owner",
    "display",
    "barista",
    "manager",
    "barista elsewhere",
    "manager elsewhere",
    "administrator",
)
"""The columns of the table of permissions, in its order."""


@dataclass
class Scene:
    """Two bars; at the first, ABC, an order of Alice's waits. `people` are by kind, nobody is None."""

    store: Store
    other: Store
    order: Order
    people: dict[str, User | None]
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    """What goes into the addresses, by the name of the parameter."""
    bodies: dict[str, dict] = field(default_factory=dict)
    """What is sent, by method and address as the table has them; else nothing is."""
    handler: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def client(self, kind: str) -> Client:
        """A browser of such a person, fresh each time but for the middleware, which takes long to load."""
        browser = Client()
        browser.handler = self.handler
        if key := self.cookies[kind]:
            browser.cookies[settings.SESSION_COOKIE_NAME] = key
        return browser

    def bearer(self, kind: str) -> dict[str, str]:
        """Headers of a program that acts as such a person."""
        return {"Authorization": f"Bearer {self.tokens[kind]}"} if self.tokens[kind] else {}


def make_scene(prefix: str = "") -> Scene:
    """Make it all; `prefix` goes before every name that people typed."""
    store = make_store("ABC", name=f"{prefix}Bar ABC"[:80])
    other = make_store("XYZ", name=f"{prefix}Bar XYZ"[:80])
    person = _person_maker(prefix)
    display = User.objects.create_user(name=f"{prefix}Lobby"[:60], is_device=True)
    Membership.objects.create(user=display, store=store, role=Role.DISPLAY)
    people = {
        "nobody": None,
        "guest": User.objects.create_user(name=f"{prefix}Gus"[:60], is_guest=True),
        "customer": person("Charlie"),
        "owner": person("Alice"),
        "display": display,
        "barista": person("Bob", store, Role.BARISTA),
        "manager": person("Dana", store, Role.MANAGER, is_staff=True),
        "barista elsewhere": person("Eve", other, Role.BARISTA),
        "manager elsewhere": person("Frank", other, Role.MANAGER, is_staff=True),
        "administrator": User.objects.create_superuser("root@example.org", "a long password", name="Root"),
    }
    order = queued(people["owner"], store)
    now = clock.now()
    turn = Turn.objects.create(
        store=other, user=people["customer"], asked_at=now, expires_at=now + dt.timedelta(hours=1)
    )
    Invite.objects.create(
        store=store, digits="123456", made_at=now, expires_at=now + dt.timedelta(minutes=10)
    )
    fact, subscription = Event.objects.earliest("at"), Subscription.objects.earliest("pk")
    Parked.objects.create(
        subscription=subscription, event=fact, store=fact.store, sequence=fact.sequence, next_at=now
    )
    Receipt.objects.create(kind=Receipt.Kind.REQUEST, at=clock.now(), counts={"names": 1})
    scene = Scene(store, other, order, people)
    scene.parameters |= {"turn_id": turn.pk, "name": subscription.pk}
    for kind, user in people.items():
        browser = Client()
        if user:
            browser.force_login(user)
        scene.cookies[kind] = (browser.session.session_key or "") if user else ""
        scene.tokens[kind] = ApiToken.issue(user) if user else ""
    _fill(scene)
    return scene


def _person_maker(prefix: str):
    def person(name: str, *place, **fields) -> User:
        made = make_user(name, *place, **fields)
        made.name = f"{prefix}{name}"[:60]
        made.save()
        return made

    return person


def _fill(scene: Scene) -> None:
    token = qr_codes.current_code(scene.store).token
    scene.parameters |= {
        "store": scene.store.slug,
        "slug": scene.store.slug,
        "order": scene.order.pk,
        "order_id": scene.order.pk,
        "id": scene.order.pk,
        "act": "make",
        "deed": "pause",
        "format": "csv",
        "role": "display",
        "token": token,
        "user": str(scene.people["display"].pk),
        "passkey": "987654",
        "app_label": "orders",
    }
    drink = {"drink": "Espresso", "modifiers": []}
    scene.bodies |= {
        "POST /orders/<order_id>/submit/": {"drink": "Espresso"},
        "POST /barista/<store>/pause/": {"paused": "yes"},
        "POST /barista/<store>/open/": {"open": "yes"},
        "POST /barista/<store>/availability/": {"drink": "Espresso", "available": "no"},
        "POST /organise/<store>/setup/sign-in/": {"do": "set", "sign_in": "guest"},
        "POST /barista/<store>/walk-up/": {"drink": "Espresso"},
        "POST /api/v1/stores/<store>/orders": {"token": token},
        "POST /api/v1/stores/<store>/walk-ups": drink,
        "PUT /api/v1/stores/<store>/status": {"open": True},
        "PUT /api/v1/stores/<store>/availability": {"drink": "Espresso", "available": False},
        "PUT /api/v1/orders/<id>": drink,
    }
    for app in apps.get_app_configs():  # what an extension's own addresses are about, it makes itself
        if app.name.startswith("extensions.") and module_has_submodule(app.module, "tests"):
            tests = importlib.import_module(f"{app.name}.tests")
            if module_has_submodule(tests, "scene"):
                importlib.import_module(f"{app.name}.tests.scene").add_to(scene)
