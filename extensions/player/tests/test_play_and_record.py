"""`play` shows a recording on every screen; `record` writes what `play` understands."""

import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from config.models import Drink, Store
from conftest import bearer, make_store, make_user, ready
from extensions.player import mapping, playing, setup, tasks
from extensions.player.envelopes import read
from orders.models import Order, Status
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.events.models import Event

from .recording import SAMPLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(tmp_path, capsys):
    """Play a recording as fast as can be; what the command said."""

    def play(recording, *options):
        path = tmp_path / "recording.json"
        path.write_text(recording if isinstance(recording, str) else json.dumps(recording))
        call_command("play", str(path), "--speed", "0", *options)
        return capsys.readouterr().out

    return play


@pytest.fixture
def recorded(tmp_path):
    """The log of a store, as `record` writes it."""

    def record(slug, *options) -> list[dict]:
        path = tmp_path / "out.jsonl"
        call_command("record", "--store", slug, str(path), *options)
        return [json.loads(line) for line in path.read_text().splitlines()]

    return record


def by_number() -> dict:
    return {order.number: order for order in Order.objects.filter(store__slug="LIS")}


def shape(events: list[dict]) -> list[tuple]:
    """Types and orders of a recording: orders by when they came, for their ids are new each time."""
    names: dict[str, int] = {}
    return [(e["type"], names.setdefault(e.get("subject"), len(names))) for e in events]


def test_a_recording_of_theirs_becomes_orders(played):
    played(SAMPLE)
    orders = by_number()
    assert {number: order.status for number, order in orders.items()} == {
        41: Status.COLLECTED,
        42: Status.CANCELLED,
        43: Status.TIMED_OUT,
    }
    assert [(orders[n].drink, orders[n].modifiers) for n in (41, 42, 43)] == [
        ("Cortado", ["Oat"]),
        ("Cortado", ["Oat"]),
        ("Unknown drink", []),
    ]


def test_every_event_of_the_file_is_in_one_of_the_counts(played):
    said = played(SAMPLE)
    count, orders = re.search(r"Played (\d+) events of (\d+) orders", said).groups()
    left = re.search(r"Not played: (\d+) events", said)[1]
    assert int(count) + int(left) == len(SAMPLE)
    assert int(orders) == 3
    assert "1  ProducerRobot.FulfillOrder: unknown here" in said
    assert "1  OrderRobot.FulfillOrder: unknown here" in said
    assert "1  OrderProcessor.ShopUnavailable: it lacks" in said


def test_the_store_is_made_marked_and_closed_and_its_log_begins_with_the_recording(played):
    played(SAMPLE)
    store = Store.objects.get(slug="LIS")
    assert (store.kind, store.is_open) == (Store.Kind.RECORDING, False)
    assert Event.objects.filter(store="LIS").earliest("sequence").type == "Validator.NewOrder"
    assert set(Drink.objects.filter(store=store).values_list("name", flat=True)) == {"Cortado"}


def test_nobody_of_the_recording_is_in_our_log(played):
    played(SAMPLE)
    log = json.dumps(list(Event.objects.filter(store="LIS").values_list("data", flat=True)))
    assert not any(private in log for private in ("alice", "example.org", "secret-token", "bob-1"))


def test_it_can_be_played_again_with_new_orders_in_a_new_series(played):
    played(SAMPLE)
    played(SAMPLE)
    assert Order.objects.filter(store__slug="LIS", number=41).count() == 2
    assert Order.objects.filter(store__slug="LIS").values("series").distinct().count() == 2


def test_a_real_store_is_refused_and_untouched(played, store, alice, bob):
    ready(alice, store, bob)
    before = Event.objects.count()
    with pytest.raises(CommandError, match="ABC is a real store"):
        played(SAMPLE, "--store", "ABC")
    assert Event.objects.count() == before
    assert not Store.objects.filter(slug="LIS").exists()


def test_among_two_stores_one_real_none_is_made(played, store):
    mixed = [SAMPLE[0], SAMPLE[1] | {"detail": {"orderId": "b", "eventId": "ABC"}}]
    with pytest.raises(CommandError):
        played(mixed)
    assert not Store.objects.filter(slug="LIS").exists()


@pytest.mark.parametrize("text", ["", "[", "no json", '[{"hello": 1}]'])
def test_a_bad_file_changes_nothing(played, text):
    with pytest.raises(CommandError, match=r"Nothing was changed\."):
        played(text)
    assert not Store.objects.exists()


def test_a_file_that_is_not_there_and_a_speed_that_is_none_are_said(played, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("play", str(tmp_path / "missing"))
    with pytest.raises(CommandError, match="no speed"):
        call_command("play", str(tmp_path), "--speed=-1")


def test_the_wall_the_tablet_the_order_page_and_the_api_show_it(played):
    played([each for each in SAMPLE if "Finished" not in each["detail-type"]])
    store = Store.objects.get(slug="LIS")
    dana = make_user("Dana", store, Role.MANAGER)
    client = Client()
    client.force_login(dana)
    order = by_number()[41]
    wall = client.get("/display/LIS/").content.decode()
    assert "41" in wall and "Cortado" in wall and "LIS · recording" in wall
    assert order.pk in client.get("/barista/LIS/").content.decode()
    assert "Cortado" in client.get(f"/orders/{order.pk}/").content.decode()
    told = client.get("/api/v1/stores/LIS/orders", headers=bearer(dana)).json()["items"]
    assert [(each["number"], each["status"]) for each in told] == [
        (41, "ready"),
        (42, "cancelled"),
        (43, "timed_out"),
    ]


def test_what_was_recorded_here_plays_and_records_the_same(played, recorded, alice, bob, store, on_commit):
    with on_commit():
        ready(alice, store, bob)
    mine = recorded("ABC")
    played("\n".join(json.dumps(each) for each in mine), "--store", "REC")
    assert shape(recorded("REC")) == shape(mine)


def test_a_recording_of_theirs_recorded_here_plays_and_records_the_same(played, recorded):
    played(SAMPLE)
    first = recorded("LIS")
    again = [each | {"source": "/stores/AGAIN"} for each in first]
    played(again)
    assert shape(recorded("AGAIN")) == shape(first)


def test_a_recording_that_was_played_keeps_its_times_when_it_is_recorded_again(played, recorded):
    mine = [
        {"type": "Validator.NewOrder", "time": "2024-03-05T09:00:00Z"},
        {"type": "OrderManager.WaitingCompletion", "time": "2024-03-05T09:40:00Z"},
    ]
    played(
        [each | {"specversion": "1.0", "source": "/stores/REC", "subject": "a", "data": {}} for each in mine]
    )
    assert [each["time"][:19] for each in recorded("REC")] == ["2024-03-05T09:00:00", "2024-03-05T09:40:00"]


def test_a_recording_without_times_is_recorded_with_those_of_its_playing(played, recorded):
    played([{"type": "Validator.NewOrder", "source": "/stores/REC", "subject": "a", "data": {}}])
    assert recorded("REC")[0]["time"] > "2026"


@pytest.mark.parametrize(
    "recording", [[SAMPLE[0] | {"detail-type": "Robot.Dance"}], [SAMPLE[0] | {"detail": {"eventId": "LIS"}}]]
)
def test_a_recording_of_which_nothing_can_be_played_makes_no_store(played, recording):
    with pytest.raises(CommandError, match=r"Nothing in it can be played.*Nothing was changed\."):
        played(recording)
    assert not Store.objects.exists()


def test_a_store_of_which_nothing_can_be_played_is_not_made_beside_another(played):
    other = SAMPLE[0] | {
        "id": "x",
        "detail-type": "Robot.Dance",
        "detail": {"orderId": "z", "eventId": "OPO"},
    }
    assert "1  Robot.Dance: unknown here" in played([*SAMPLE, other])
    assert not Store.objects.filter(slug="OPO").exists()


def test_drinks_of_a_recording_that_look_the_same_are_one_on_its_menu(played):
    waits = SAMPLE[0] | {"detail-type": "OrderManager.WaitingCompletion"}
    names = ("Flat White", "flat\u00a0white", "Flat White\u202e")
    details = [{"eventId": "LIS", "orderId": n, "drinkOrder": {"drink": n, "modifiers": [n]}} for n in names]
    played([waits | {"id": detail["orderId"], "detail": detail} for detail in details])
    store = Store.objects.get(slug="LIS")
    assert [drink.name for drink in store.drinks.all()] == ["Flat White"]
    assert store.groups.get().options.count() == 1


def test_only_a_part_is_recorded_when_asked_for(played, recorded):
    played(SAMPLE)
    assert recorded("LIS", "--after", "3")[0]["sequence"] == 4


def test_a_store_nobody_has_and_a_place_nobody_can_write_to_are_said(store, tmp_path):
    with pytest.raises(CommandError, match="There is no store NOPE"):
        call_command("record", "--store", "NOPE", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("record", "--store", "ABC", str(tmp_path / "missing" / "out"))


@pytest.mark.parametrize(("speed", "part"), [(60, 60), (1, 1)])
def test_it_keeps_the_recordings_pace(monkeypatch, speed, part):
    script = mapping.write(read(json.dumps(SAMPLE)))
    passed = [0.0]
    monkeypatch.setattr(playing.time, "monotonic", lambda: passed[0])
    playing.Playing(script, setup.prepare({"LIS": {}})).run(
        speed, wait=lambda seconds: passed.__setitem__(0, passed[0] + seconds)
    )
    assert passed[0] == pytest.approx((script.scenes[-1].at - script.scenes[0].at).total_seconds() / part)


def test_baristas_of_the_recording_are_nobody_who_can_sign_in(played):
    played(SAMPLE)
    barista = User.objects.get(name="Barista 1")
    assert barista.is_device and not barista.has_usable_password() and not barista.tokens.exists()


def test_screens_of_the_one_process_are_told_when_a_recordings_log_went_on(played, monkeypatch, store):
    told = []
    monkeypatch.setattr(tasks, "broadcast", lambda store: told.extend([store]))
    monkeypatch.setattr(tasks, "_heads", {})
    played(SAMPLE)
    told.clear()
    tasks.hint()
    tasks.hint()
    assert told == ["LIS"]
    make_store("OPO", kind=Store.Kind.RECORDING)
    tasks.hint()
    assert told == ["LIS", "OPO"]
