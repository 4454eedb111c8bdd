"""What one address does to everybody is seen, and by whom it is done."""

import pytest

from serverlesspresso.core.tests.test_metrics import Said
from serverlesspresso.web import busy_addresses, middleware

ADDRESS = "203.0.113.9"


@pytest.fixture(autouse=True)
def counts(monkeypatch):
    """Nobody has asked for anything yet."""
    made = busy_addresses.Often()
    monkeypatch.setattr(middleware, "often", made)
    return made


def told(caplog) -> list[str]:
    return [each for each in caplog.messages if "asks often" in each]


def beyond(client, route) -> float:
    text = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    return Said(text)("one_address_total", route=route) or 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/q/nonsense", "orders:scan"),
        ("/s/ABC/waiting/", "orders:waiting"),
        ("/accounts/login/", "account_login"),
        ("/accounts/login/code/", "account_request_login_code"),
    ],
)
def test_one_address_that_scans_signs_in_or_waits_often_is_named(client, store, caplog, path, route):
    caplog.set_level("INFO")
    before = beyond(client, route)
    for _ in range(busy_addresses.SCARCE):
        client.post(path, REMOTE_ADDR=ADDRESS)
    assert told(caplog) == []
    for _ in range(3):
        client.post(path, REMOTE_ADDR=ADDRESS)
    assert told(caplog) == [f"one address asks often: {ADDRESS} sent 11 for {route} within a minute"]
    assert beyond(client, route) - before == 3


def test_many_addresses_that_ask_as_seldom_as_people_do_are_not(client, db, caplog):
    caplog.set_level("INFO")
    for number in range(busy_addresses.SCARCE * 3):
        client.post("/accounts/login/", REMOTE_ADDR=f"203.0.113.{number}")
    assert told(caplog) == []


def test_a_flood_is_told_each_time_it_has_doubled_and_a_new_minute_begins_anew(
    rf, caplog, counts, monkeypatch
):
    caplog.set_level("INFO")
    now = [1_000.0]
    monkeypatch.setattr(busy_addresses.time, "monotonic", lambda: now[0])
    request = rf.post("/", REMOTE_ADDR=ADDRESS)
    for _ in range(100):
        counts.count(request, "orders:scan")
    assert [each.split(" sent ")[1].split()[0] for each in told(caplog)] == ["11", "21", "41", "81"]
    now[0] += busy_addresses.MINUTE_S
    counts.count(request, "orders:scan")
    assert len(told(caplog)) == 4


def test_behind_a_proxy_it_is_the_address_that_the_proxy_names(rf, caplog, counts, settings):
    caplog.set_level("INFO")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _ in range(11):
        counts.count(
            rf.post("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=f"1.2.3.4, {ADDRESS}"), "orders:scan"
        )
    assert ADDRESS in told(caplog)[0]
