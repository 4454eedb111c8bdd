"""Webhooks: each event once to each endpoint that wants it, signed, tried again for 75 hours."""

import base64
import hashlib
import hmac
import json

import pytest
from django.core.exceptions import ValidationError
from standardwebhooks import Webhook

from conftest import choosing, make_store, ready
from extensions.webhooks import dispatch, models, signing
from extensions.webhooks.models import Delivery, Endpoint
from serverlesspresso.core import clock, safe_http
from serverlesspresso.events import outbox
from serverlesspresso.events.models import Event
from serverlesspresso.events.outbox import State
from serverlesspresso.events.tests import bus

from .receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    with receiving() as server:
        yield server


@pytest.fixture
def endpoint(store, server) -> Endpoint:
    bus.deliver()  # what happened before is nobody's business
    return Endpoint.objects.create(store=store, url=server.url, patterns=["OrderManager.*"])


def types(server) -> list[str]:
    return [json.loads(body)["type"].split(".")[1] for _path, _headers, body in server.got]


# -- telling ---------------------------------------------------------------------------------------


def test_what_it_wants_is_told_once_and_in_full(server, endpoint, store, alice, bob):
    order = ready(alice, store, bob)
    bus.deliver()
    bus.deliver()
    dispatch.tell(list(Event.objects.filter(store=store.slug)))  # a replay
    assert sorted(types(server)) == ["MakeOrder", "OrderCompleted", "WaitingCompletion"]
    path, headers, body = server.got[-1]
    assert path == "/hooks?a=1"
    told = json.loads(body)
    assert (told["subject"], told["sequencetype"]) == (order.pk, "Integer")
    assert isinstance(told["sequence"], str)
    assert Event.objects.filter(pk=told["id"], sequence=int(told["sequence"])).exists()
    assert headers["Content-Type"] == "application/cloudevents+json"


def test_without_its_subscriber_nobody_is_told(server, endpoint, store, alice, bob):
    ready(alice, store, bob)
    bus.serve("journey")
    assert server.got == []


def test_another_stores_endpoint_and_one_that_is_off_hear_nothing(server, endpoint, alice, bob):
    Endpoint.objects.update(is_on=False)
    Endpoint.objects.create(store=make_store("XYZ"), url=server.url)
    ready(alice, endpoint.store, bob)
    bus.serve("webhooks")
    assert [each for each in Delivery.objects.all() if each.type.startswith("Order")] == []


# -- signing ---------------------------------------------------------------------------------------


def test_a_receiver_can_check_it(server, endpoint):
    dispatch.test(endpoint)
    _path, headers, body = server.got[0]
    assert Webhook(endpoint.secret).verify(body, headers)["type"] == dispatch.TEST
    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - clock.now().timestamp()) < 60


def test_for_a_day_after_a_change_both_secrets_sign(server, endpoint):
    old = endpoint.secret
    endpoint.rotate()
    assert endpoint.secrets(clock.now()) == [endpoint.secret, old]
    dispatch.test(endpoint)
    assert len(server.got[0][1]["webhook-signature"].split()) == 2
    clock.advance(24 * 3600 + 1)
    assert endpoint.secrets(clock.now()) == [endpoint.secret]


def test_secrets_are_long_and_each_their_own():
    secrets = {signing.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(24 <= len(base64.b64decode(each.removeprefix("whsec_"))) <= 64 for each in secrets)


# -- trying again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 404, 302, 301])
def test_a_failure_is_tried_again_with_the_same_id_for_75_hours(server, endpoint, status):
    server.status, server.headers = status, {"Location": server.url}
    delivery = dispatch.test(endpoint)
    for _ in range(len(Delivery.SCHEDULE_S)):
        delivery.refresh_from_db()
        assert delivery.state == State.WAITING
        clock.advance((delivery.due_at - clock.now()).total_seconds() + 4)
        outbox.send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(server.got)) == (State.FAILED, 10, 10)
    assert len({headers["webhook-id"] for _path, headers, _body in server.got}) == 1
    assert 75 < sum(Delivery.SCHEDULE_S) / 3600 < 76


def test_a_receiver_that_asks_for_time_gets_it(server, endpoint):
    server.status, server.headers = 429, {"Retry-After": "120"}
    delivery = dispatch.test(endpoint)
    delivery.refresh_from_db()
    assert (delivery.due_at - clock.now()).total_seconds() > 110


def test_who_says_gone_is_switched_off_and_hears_no_more(server, endpoint):
    server.status = 410
    delivery = dispatch.test(endpoint)
    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert (delivery.state, endpoint.is_on) == (State.FAILED, False)
    assert "410" in endpoint.off_because


def test_no_answer_is_an_unknown_outcome_and_tried_again(server, endpoint):
    server.status = 0
    delivery = dispatch.test(endpoint)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.WAITING, 1)


def test_nobody_there_is_a_failure_and_orders_never_know(endpoint, store, alice, bob):
    Endpoint.objects.update(url="http://127.0.0.1:9/")
    assert ready(alice, store, bob).status == "ready"
    bus.deliver()
    assert {each.attempts for each in Delivery.objects.all()} == {1}


# -- whom nothing is sent to -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://",
        "https://user:pass@example.org/",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://example.org/\r\nHost: other",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_no_address_is_refused_when_it_is_typed_in(url):
    with pytest.raises(ValidationError):
        models.check_url(url)


@pytest.mark.parametrize("typed", ["https://example.org/x\u200b", "\ufeffhttps://example.org/x\u00a0"])
def test_an_address_is_read_as_people_paste_it(store, typed):
    endpoint = Endpoint(store=store, url=typed)
    endpoint.full_clean()
    endpoint.save()
    assert Endpoint.objects.get().url == "https://example.org/x"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]", "[fe80::1]", "[::ffff:10.0.0.1]",
     "localhost", "0.0.0.0", "100.64.0.1", "[fd00::1]", "224.0.0.1", "[64:ff9b::a00:1]"],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_written(host, monkeypatch):
    with pytest.raises(safe_http.Unusable):
        safe_http.post(f"https://{host}/", b"{}", {})


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(safe_http.Unusable):
        safe_http.post("https://example.org/", b"{}", {})


def test_a_private_address_is_given_up_at_once(store, monkeypatch):
    endpoint = Endpoint.objects.create(store=store, url="https://127.0.0.1/")
    delivery = dispatch.test(endpoint)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.FAILED, 1)


@pytest.mark.parametrize("patterns", [["Nonsense"], ["Order*Manager"], [7], "x", [None], [[]]])
def test_events_nobody_tells_are_refused(patterns):
    with pytest.raises(ValidationError):
        models.check_patterns(patterns)


@pytest.mark.parametrize(
    "patterns", [["*"], ["OrderManager.*"], ["OrderManager.OrderCompleted", "Validator.NewOrder"]]
)
def test_names_beginnings_and_all_can_be_chosen(patterns):
    models.check_patterns(patterns)


# -- the admin -------------------------------------------------------------------------------------


def test_a_manager_sees_their_own_stores_deliveries_and_can_send_them_again(client, server, endpoint, dana):
    server.status = 410
    delivery = dispatch.test(endpoint)
    Endpoint.objects.update(is_on=True)
    elsewhere = Endpoint.objects.create(store=make_store("XYZ"), url="http://127.0.0.1:9/")
    other = dispatch.test(elsewhere)
    type(dana).objects.filter(pk=dana.pk).update(is_staff=True)
    client.force_login(dana)
    page = client.get("/admin/webhooks/delivery/").content.decode()
    assert "ABC" in page
    assert "XYZ" not in page
    assert client.get(f"/admin/webhooks/delivery/{other.pk}/change/").status_code == 302
    server.status = 200
    client.post("/admin/webhooks/delivery/", {"action": "send_again", "_selected_action": [delivery.pk]})
    delivery.refresh_from_db()
    assert delivery.state == State.SENT


def test_a_manager_sets_an_endpoint_up_tests_it_and_changes_its_secret(client, server, store, dana):
    type(dana).objects.filter(pk=dana.pk).update(is_staff=True)
    client.force_login(dana)
    form = {"store": store.pk, "url": server.url, "note": "Till", "patterns": '["*"]', "is_on": "on"}
    assert client.post("/admin/webhooks/endpoint/add/", form).status_code == 302
    endpoint = Endpoint.objects.get()
    for action in ("test", "rotate"):
        client.post("/admin/webhooks/endpoint/", {"action": action, "_selected_action": [endpoint.pk]})
    assert types(server) == ["Test"]
    assert Endpoint.objects.get().old_secret == endpoint.secret
    assert endpoint.secret not in client.get("/admin/webhooks/endpoint/").content.decode()


def test_somebody_who_manages_nothing_sees_nothing(client, endpoint, bob):
    client.force_login(bob)
    assert client.get("/admin/webhooks/endpoint/").status_code in (302, 403)


def test_an_order_before_the_endpoint_was_there_is_not_told(server, store, alice):
    choosing(alice, store)
    bus.deliver()
    Endpoint.objects.create(store=store, url=server.url)
    bus.deliver()
    assert server.got == []


def test_the_admin_reads_an_address_as_it_is_pasted(client, store, dana):
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    form = {
        "store": store.pk,
        "url": " \u200bhttps://example.org/hooks\u00a0",
        "patterns": '["*"]',
        "note": "a\u00a0b",
    }
    assert client.post("/admin/webhooks/endpoint/add/", form).status_code == 302
    assert Endpoint.objects.values_list("url", "note").get() == ("https://example.org/hooks", "a b")


def test_an_endpoint_that_was_told_something_can_be_deleted_and_what_it_was_told_stays_known(
    client, server, endpoint, store, alice, bob, dana
):
    ready(alice, store, bob)
    bus.deliver()
    type(dana).objects.filter(pk=dana.pk).update(is_staff=True)
    client.force_login(dana)
    assert client.post(f"/admin/webhooks/endpoint/{endpoint.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Endpoint.objects.exists()
    assert set(Delivery.objects.values_list("state", "endpoint")) == {(State.SENT, None)}
    assert client.get("/admin/webhooks/delivery/").status_code == 200


def test_what_waits_for_an_endpoint_that_was_deleted_is_given_up(server, endpoint):
    server.status = 500
    delivery = dispatch.test(endpoint)
    endpoint.delete()
    clock.advance(10)
    outbox.send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (State.FAILED, "the endpoint was deleted")


def test_while_a_receiver_thinks_the_connection_to_the_database_is_for_others(server, endpoint, monkeypatch):
    given_back = []
    monkeypatch.setattr(safe_http, "close_old_connections", lambda: given_back.append(len(server.got)))
    dispatch.test(endpoint)
    assert given_back == [0]
