"""Who may read `/metrics`."""

import pytest

HERE = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]


ELSEWHERE = ["192.168.1.7", "203.0.113.9", "2001:db8::1", "", "unknown"]


@pytest.mark.parametrize("address", HERE)
def test_whoever_is_on_this_machine_may_read(client, transactional_db, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_by_a_name_of_this_machine_for_itself_it_is_read(client, transactional_db, host):
    assert client.get("/metrics", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "192.168.7.20", "localhost.evil.example"]
)
def test_a_page_whose_name_leads_to_this_machine_reads_nothing(client, db, host, settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get("/metrics", headers={"Host": host}).status_code == 404


@pytest.mark.parametrize("address", ELSEWHERE)
def test_for_others_there_is_nothing_at_this_address(client, transactional_db, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "CF-Connecting-IP"])
def test_what_came_through_a_proxy_is_not_from_here_even_if_nobody_said_there_is_one(client, db, header):
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_behind_our_own_proxy_only_the_token_opens(client, transactional_db, settings):
    settings.TRUSTED_PROXIES, settings.METRICS_TOKEN = 1, "a long secret"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer a long secret"}).status_code == 200


def test_the_token_opens_from_anywhere_and_a_wrong_one_from_nowhere(client, transactional_db, settings):
    settings.METRICS_TOKEN = "a long secret"
    for token, status in (("a long secret", 200), ("a long secreT", 404), ("", 404), ("é", 404)):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers=headers).status_code == status


def test_without_a_token_set_an_empty_one_opens_nothing(client, db, settings):
    settings.METRICS_TOKEN = ""
    headers = {"Authorization": "Bearer "}
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers=headers).status_code == 404
