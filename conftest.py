"""The cast and what they need: Alice orders, Bob is the barista, Dana manages, Charlie is nobody."""

from contextlib import contextmanager

import prometheus_client  # noqa: F401  (loaded early, it counts in this process and not in files)
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from config.models import Drink, ModifierGroup, Option, Store
from display import qr_codes
from orders import admission, commands, processor, workflow
from orders.models import Order
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import ApiToken, Membership, Role, User
from serverlesspresso.celery import app
from serverlesspresso.core import clock
from serverlesspresso.events import tasks as events_tasks  # noqa: F401  (an eager signature finds its task)


def pytest_collection_modifyitems(items) -> None:
    """Those in browsers come last: Chromium's driver keeps an event loop running in the process from then on,
    and tests that start one of their own cannot."""
    items.sort(key=lambda item: "browser" in item.keywords)


@pytest.fixture(autouse=True)
def fresh_clock_and_cache():
    """Each test begins now, with nobody's rate limits used up, and in English: a request leaves behind the
    language of whoever sent it."""
    clock.reset()
    cache.clear()
    translation.deactivate()
    yield
    clock.reset()


@pytest.fixture(autouse=True)
def no_servers(settings):
    """Hints and tasks are carried out where they arise: after a commit, which only tests with
    `transaction=True` (or `on_commit`) have."""
    settings.SEND_INLINE = True
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


class Queries(CaptureQueriesContext):
    """What the database is asked in a `with` block. Without the time, which only PostgreSQL is asked."""

    def __init__(self):
        super().__init__(connection)

    @property
    def captured_queries(self) -> list[dict]:
        return [each for each in super().captured_queries if "clock_timestamp()" not in each["sql"]]


@pytest.fixture
def django_assert_num_queries(db):
    """`with django_assert_num_queries(3):` fails unless the database is asked so often, whichever it is."""

    @contextmanager
    def counted(number):
        with Queries() as queries:
            yield queries
        said = "\n".join(each["sql"] for each in queries)
        assert len(queries) == number, f"{len(queries)} queries instead of {number}:\n{said}"

    return counted


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    """`with on_commit():` carries out what a commit would, chains included, in a test without commits."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def make_store(slug="ABC", **fields) -> Store:
    """An open store whose menu has an Espresso, and a Cappuccino that comes with one milk."""
    store = Store.objects.create(**{"slug": slug, "name": f"Bar {slug}", "is_open": True} | fields)
    milk = ModifierGroup.objects.create(store=store, name="Milk", min=1, max=1, labels={"pt-br": "Leite"})
    Option.objects.create(group=milk, name="Regular", position=1)
    Option.objects.create(group=milk, name="Oat", position=2, labels={"pt-br": "Aveia"})
    Drink.objects.create(store=store, name="Espresso", icon="espresso", position=1)
    cappuccino = Drink.objects.create(store=store, name="Cappuccino", icon="cappuccino", position=2)
    cappuccino.groups.add(milk)
    return store


def make_user(name, store=None, role=None, **fields) -> User:
    """Somebody with a verified-looking e-mail; with a store and a role, a member of its staff."""
    user = User.objects.create_user(
        email=f"{name.lower()}@example.org", password="a long password", name=name, **fields
    )
    if role:
        Membership.objects.create(user=user, store=store, role=role)
    return user


@pytest.fixture
def store(db) -> Store:
    return make_store()


@pytest.fixture
def alice(db) -> User:
    return make_user("Alice")


@pytest.fixture
def bob(store) -> User:
    return make_user("Bob", store, Role.BARISTA)


@pytest.fixture
def dana(store) -> User:
    return make_user("Dana", store, Role.MANAGER)


@pytest.fixture
def charlie(db) -> User:
    return make_user("Charlie")


@pytest.fixture
def screen(store) -> User:
    """A paired display of the store."""
    user = User.objects.create_user(name="Lobby screen", is_device=True)
    Membership.objects.create(user=user, store=store, role=Role.DISPLAY)
    return user


def bearer(user) -> dict[str, str]:
    """Headers with which a program acts as a user, for Django's test client."""
    return {"Authorization": f"Bearer {ApiToken.issue(user)}"}


# -- orders, brought where a test needs them by the real functions --------------------------------


def scanned(user, store) -> Order:
    """An order in `validating`: a scan of the running code by a signed-in user."""
    return admission.scan_and_create(store, qr_codes.current_code(store).token, Person(user))


def choosing(user, store) -> Order:
    """An order in `choosing`: the chain "open" has run."""
    order = scanned(user, store)
    workflow.run(workflow.OPEN, order.pk)
    return processor.load(order.pk)


def queued(user, store, drink="Espresso", modifiers=()) -> Order:
    """An order in `queued`, with its number: the chain "queue" has run."""
    order = commands.submit(choosing(user, store), drink=drink, modifiers=modifiers, by=user)
    workflow.run(workflow.QUEUE, order.pk)
    return processor.load(order.pk)


def making(user, store, barista, **choice) -> Order:
    """An order in `making`, claimed by a barista."""
    return commands.claim(queued(user, store, **choice), by=barista)


def ready(user, store, barista, **choice) -> Order:
    """An order in `ready`."""
    return commands.complete(making(user, store, barista, **choice), by=barista)
