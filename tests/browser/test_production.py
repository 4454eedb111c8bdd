"""The story on real servers: the phone at one web process, the tablet and the TV at another, over one
PostgreSQL and one Redis; and then nothing gets through that is said live."""

import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
import redis
from playwright.sync_api import Page, expect

from bench.servers import Servers
from serverlesspresso.server import daphne

from .conftest import ROOT, Bar, People, free_port
from .test_story import customer, order, ticket

pytestmark = [pytest.mark.browser, pytest.mark.services]
TRUTH_MS = 10_000
"""Whatever was lost, all screens show the same so soon."""


class Elsewhere(Bar):
    """Another web process of the same bar, at an address of its own."""

    def __init__(self, bar: Bar):
        super().__init__(bar.folder, bar.environment)
        listener = daphne.listen("127.0.0.1", self.port)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serverlesspresso.server.daphne", str(listener.fileno())],
            cwd=ROOT,
            env=bar.environment,
            pass_fds=[listener.fileno()],
        )
        listener.close()


@pytest.fixture
def servers():
    servers = Servers(free_port(), free_port())
    servers.start()
    yield servers
    servers.stop()


@pytest.fixture
def bar(servers, tmp_path):
    """Supervisor, a web process, workers and beat; the demo store."""
    addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    bar = Bar(tmp_path, addresses, "--processes", "1").start()
    bar.manage("seed")
    yield bar
    assert bar.stop() == 0


@pytest.fixture
def elsewhere(bar):
    other = Elsewhere(bar)
    yield other
    assert other.stop() == 0


@pytest.fixture
def tablet(chromium, elsewhere):
    """Bob's, and whoever opens more windows at that process."""
    people = People(chromium, elsewhere)
    yield people.tablet(), people
    people.close()


@contextmanager
def nothing_gets_through(servers):
    """Redis refuses whatever is said to screens, and hangs up on those who listen, again and again.

    Celery listens by patterns ("psub") and not to channels ("sub"): it goes on.
    """
    over = threading.Event()

    def hang_up():
        with redis.from_url(servers.redis_url) as client:
            while not over.wait(0.5):
                for each in client.client_list(_type="pubsub"):
                    if int(each["sub"]):
                        client.client_kill_filter(_id=each["id"])

    thread = threading.Thread(target=hang_up)
    with redis.from_url(servers.redis_url) as client:
        client.execute_command("ACL SETUSER", "default", "-publish")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            client.execute_command("ACL SETUSER", "default", "+publish")


def shown(page: Page, what: str) -> None:
    expect(page.locator(what)).to_be_visible(timeout=TRUTH_MS)


def test_two_web_processes_and_a_phone_in_portuguese_tell_the_same_story(
    servers, bar, people, tablet, tmp_path
):
    tablet, elsewhere = tablet
    tv = elsewhere.tv(tablet)
    phone = customer(people, tv, tmp_path, "João", language="pt-BR")
    assert phone.url.startswith(bar.url)
    assert tablet.url.startswith(elsewhere.bar.url)
    expect(phone.locator("html")).to_have_attribute("lang", "pt-br")

    with nothing_gets_through(servers):
        number = order(phone, "Cappuccino", "Aveia")
        card = ticket(tablet, "waiting", number)
        expect(card).to_contain_text("Oat", timeout=TRUTH_MS)
        expect(card).to_contain_text("João")
        shown(tv, f"#preparing [data-number='{number}']")

        card.locator(".ticket__tap").click()
        shown(tablet, f"#col-making .ticket[data-number='{number}']")
        shown(phone, "#order[data-status=making]")
        shown(tv, f"#preparing [data-number='{number}'][data-status=making]")

        ticket(tablet, "making", number).locator(".ticket__tap").click()
        shown(phone, "#order[data-status=ready] .number")
        shown(tv, f"#ready [data-number='{number}']")
        assert phone.locator("#order .number").inner_text() == number
    assert "screens could not be sent" in (tmp_path / "log").read_text(), "nothing was lost"

    phone.locator(".dock button").click()
    held_back_ms = 10_000  # for Undo
    expect(phone.locator("#order[data-status=collected]")).to_be_visible(timeout=held_back_ms + TRUTH_MS)
    expect(tv.locator(f"#ready [data-number='{number}']")).to_have_count(0, timeout=TRUTH_MS)
    expect(ticket(tablet, "ready", number)).to_have_count(0, timeout=TRUTH_MS)
