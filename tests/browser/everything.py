"""A store for every state of a bar, an order for every state of an order, and everybody signed in.

Run beside a bar, by `manage.py shell`; `screens.py` says on which page each of them shows.
"""

import datetime as dt
import importlib
import json

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.db.models import F

from config import demo, services
from config.models import Store
from display import qr_codes, wall_proof
from display.models import Hold
from orders import admission, commands, deadlines, invitations, processor, waiting_list, workflow
from orders.models import Invite, Order, Turn
from serverlesspresso.accounts import devices, pins
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.mfa import passkeys
from serverlesspresso.accounts.models import Membership, Role, User
from serverlesspresso.accounts.tests.authenticator import Phone
from serverlesspresso.core import clock

LONG_S = 7200
"""Nothing runs out while somebody looks."""
_WAITING: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    ("Inês", "Flat White", ("Oat",), 9),
    ("Kwame", "Americano", (), 8),
    ("Sofia", "Cappuccino", ("Regular",), 7),
    ("Tom", "Double Espresso", (), 6),
    ("Yuki", "Caffè Latte", ("Oat",), 4),
    ("Amara", "Flat White", ("Regular",), 3),
    ("Luís", "Single Espresso", (), 1),
)
"""Who waits for what, and for how many minutes."""
_LONG = {f"{whose}_s": LONG_S for whose in ("code", "customer", "barista", "claim", "pickup")}


class Everything:
    """Makes it all. `paths` are what goes into addresses, `sessions` the cookie of each person."""

    def __init__(self):
        self.paths: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.people = {user.name: user for user in User.objects.exclude(email=None)}
        self.bob, self.dana = self.people["Bob"], self.people["Dana"]
        Store.objects.update(**_LONG, auto_pause=False, per_day=0)
        self.bar = Store.objects.get()

    def make(self) -> str:
        """All of it, as JSON."""
        self.stores()
        self.counter()
        self.orders()
        self.places()
        self.passkeys()
        self.signed_in()
        return json.dumps({"paths": self.paths, "sessions": self.sessions})

    def stores(self) -> None:
        """One each that pauses, is closed, is full, has a code that is used up, is new."""
        for slug in ("EMPTY", "PAUSED", "LEFT", "CLOSED", "FULL", "USEDUP", "SOLDOUT"):
            self.store(slug)
        services.set_status(self.named("PAUSED"), paused=True)
        Store.objects.filter(slug="LEFT").update(auto_pause=True)
        services.pause_by_itself(self.named("LEFT"))
        services.set_status(self.named("CLOSED"), open=False)
        Store.objects.filter(slug="FULL").update(capacity=1)
        for name in ("Kai", "Lena", "Noor"):  # a look at "Undo" takes one, in each language
            self.walk_up(self.named("FULL"), name, "Americano", (), 1)
        code = qr_codes.current_code(self.named("USEDUP"))
        type(code).objects.filter(pk=code.pk).update(used=F("budget"))

    def store(self, slug: str) -> Store:
        """One more open store, with the usual menu and the demo's staff."""
        bar = {"name": "Serverlesspresso Bar", "is_open": True, "auto_pause": False, "per_day": 0}
        store = Store.objects.create(slug=slug, **bar, **_LONG)
        demo.make_menu(store)
        Membership.objects.create(user=self.bob, store=store, role=Role.BARISTA)
        Membership.objects.create(user=self.dana, store=store, role=Role.MANAGER)
        return services.mark_reachable(store)

    def named(self, slug: str) -> Store:
        """The store as it is now."""
        return Store.objects.get(slug=slug)

    def counter(self) -> None:
        """Tickets in every lane: old and new, a colleague's, struck, to be brought; somebody has a PIN."""
        maya = User.objects.create_user("maya@example.org", "nobody signs in with it", name="Maya")
        Membership.objects.create(user=maya, store=self.bar, role=Role.BARISTA)
        pins.set_pin(self.bar, maya.pk, "2580", by=self.dana)
        made = [self.walk_up(self.bar, *one) for one in _WAITING]
        for order, barista, minutes in zip(
            made, (self.bob, maya, maya, self.bob), (4, 2, 2, 1), strict=False
        ):
            commands.claim(order, by=barista)
            self.since(order, minutes, "claimed_at")
        for order, minutes in zip(made[:2], (3, 1), strict=True):
            commands.complete(processor.load(order.pk), by=self.bob)
            self.since(order, minutes, "completed_at")
        Order.objects.filter(pk=made[5].pk).update(priority=True, bring=True)
        commands.cancel(commands.claim(self.queued("Struck"), by=maya), by=self.bob, reason="machine")
        devices.begin(self.bar, Role.DISPLAY)

    def orders(self) -> None:
        """An order of a customer of its own for every state, by the name of the state."""
        later = clock.now() + dt.timedelta(seconds=LONG_S)
        checking = self.placed("Checking")
        Order.objects.filter(pk=checking.pk).update(moved_at=later)  # nobody drives it on
        self.choosing("Choosing")
        self.queued("Waiting")
        commands.claim(self.queued("Making"), by=self.bob)
        self.ready("Ready")
        commands.collect(self.ready("Collected"), by=self.bob)
        commands.cancel(self.queued("Cancelled"), by=self.bob, reason="machine")
        self.choosing("TooLate")
        self.ready("Uncollected")
        rejected = self.placed("Rejected")
        services.set_status(self.bar, open=False)
        workflow.run(workflow.OPEN, rejected.pk)
        services.set_status(self.bar, open=True)
        self.queued("SoldOut", self.named("SOLDOUT"), drink="Cappuccino", modifiers=["Oat"])
        services.set_available(self.named("SOLDOUT"), "Cappuccino", False)
        clock.advance(LONG_S + 1)
        for name in ("TooLate", "Uncollected"):
            deadlines.time_out(self.paths[name])
        clock.reset()
        for name in ("Collected", "Cancelled", "TooLate", "Uncollected", "Rejected"):
            workflow.settle(self.paths[name])

    def places(self) -> None:
        """Turns on the waiting list, and an invitation."""
        long = clock.now() + dt.timedelta(seconds=LONG_S)
        store = self.store("ROOM")
        code = qr_codes.current_code(store)
        type(code).objects.filter(pk=code.pk).update(used=F("budget"))
        offered = waiting_list.join(store, self.person("Offered"), wall_proof.proof(code))
        type(code).objects.filter(pk=code.pk).update(used=0)
        waiting_list.offer(store)
        offered.refresh_from_db()
        Hold.objects.filter(turn=offered).update(expires_at=long)
        Turn.objects.filter(pk=offered.pk).update(offered_until=long)
        saw = wall_proof.proof(qr_codes.current_code(self.named("USEDUP")))
        waiting_list.join(self.named("USEDUP"), self.person("Turn"), saw)
        gone = waiting_list.join(self.named("USEDUP"), self.person("Gone"), saw)
        Turn.objects.filter(pk=gone.pk).update(ended_at=clock.now(), offered_until=clock.now())
        invite = invitations.make(self.bar, by=self.bob)
        Invite.objects.filter(pk=invite.pk).update(expires_at=long)
        self.paths["invite"], self.paths["token"] = invite.pk, qr_codes.current_code(self.bar).token

    def passkeys(self) -> None:
        """Somebody has two, and codes for the drawer."""
        user = self.person("Keys").user
        for name in ("Phone", "Blue key"):
            made = Phone(passkeys.origin(), passkeys.host()).make({"challenge": "AAAA"})
            self.paths["passkey"] = WebAuthn.add(user, name, json.loads(made)).instance.pk
        passkeys.of(user).filter(pk=self.paths["passkey"]).update(last_used_at=clock.now())
        RecoveryCodes.activate(user)

    def signed_in(self) -> None:
        """A session for everybody with a name."""
        later = clock.now().timestamp() + LONG_S
        asked_again = {"method": "password", "at": later, "reauthenticated": True}
        engine = importlib.import_module(settings.SESSION_ENGINE)
        for name, user in self.people.items():
            session = engine.SessionStore()
            session["_auth_user_id"] = str(user.pk)
            session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
            session["_auth_user_hash"] = user.get_session_auth_hash()
            session["account_authentication_methods_user"] = str(user.pk)
            session["account_authentication_methods"] = [asked_again]
            session.save()
            self.sessions[name] = session.session_key

    # -- orders, by the real functions ---------------------------------------------------------------

    def person(self, name: str) -> Person:
        """A customer known here by the state of their order; they call themselves Alice."""
        email = f"{name.lower()}@example.org"
        user = User.objects.create_user(email, "nobody signs in with it", name="Alice")
        self.people[name] = user
        return Person(user)

    def placed(self, name: str, store: Store | None = None) -> Order:
        """In `validating`."""
        store = store or self.bar
        code = qr_codes.current_code(store)
        type(code).objects.filter(pk=code.pk).update(used=0)
        order = admission.scan_and_create(store, code.token, self.person(name))
        self.paths[name] = order.pk
        return order

    def choosing(self, name: str, store: Store | None = None) -> Order:
        """In `choosing`."""
        order = self.placed(name, store)
        workflow.run(workflow.OPEN, order.pk)
        return processor.load(order.pk)

    def queued(self, name: str, store: Store | None = None, drink="Cappuccino", modifiers=("Oat",)) -> Order:
        """In `queued`."""
        order = self.choosing(name, store)
        order = commands.submit(order, drink=drink, modifiers=list(modifiers), by=order.customer)
        workflow.run(workflow.QUEUE, order.pk)
        return processor.load(order.pk)

    def ready(self, name: str) -> Order:
        """In `ready`."""
        return commands.complete(commands.claim(self.queued(name), by=self.bob), by=self.bob)

    def walk_up(self, store: Store, name: str, drink: str, modifiers, minutes: int) -> Order:
        """An order that waits since so many minutes."""
        order = commands.walk_up(store, by=self.bob, drink=drink, modifiers=list(modifiers), name=name)
        workflow.run(workflow.QUEUE, order.pk)
        self.since(order, minutes, "queued_at")
        return processor.load(order.pk)

    def since(self, order: Order, minutes: int, column: str) -> None:
        """It is in its state for so many minutes."""
        Order.objects.filter(pk=order.pk).update(**{column: clock.now() - dt.timedelta(minutes=minutes)})


def make() -> str:
    """Make it all; the paths and the sessions, as JSON."""
    return Everything().make()
