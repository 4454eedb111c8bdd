"""The log: gapless, in the transaction of the change, and honest about what it carries."""

import threading

import pytest
from django.db import connection, transaction

from config.services import set_status
from serverlesspresso.core import clock
from serverlesspresso.events import after_commit
from serverlesspresso.events.log.cloudevents import cloudevent
from serverlesspresso.events.log.publish import latest_sequence, publish
from serverlesspresso.events.log.registry import EVENT_TYPES, integer, text, texts
from serverlesspresso.events.models import Event

CHANGED = {"what": "store", "open": True, "paused": False}


@pytest.fixture
def hints(monkeypatch):
    heard = []
    monkeypatch.setattr(after_commit, "broadcast", lambda **hint: heard.append(hint))
    return heard


@pytest.mark.django_db
class TestPublishing:
    def test_each_store_has_its_own_sequence_from_one(self):
        for store in ("A", "B", "A"):
            publish("ConfigService.ConfigChanged", store=store, **CHANGED)
        assert list(Event.objects.values_list("store", "sequence")) == [("A", 1), ("A", 2), ("B", 1)]
        assert (latest_sequence("A"), latest_sequence("B"), latest_sequence("C")) == (2, 1, 0)

    def test_an_event_of_a_change_that_failed_was_never_there(self):
        publish("ConfigService.ConfigChanged", store="A", **CHANGED)
        with pytest.raises(RuntimeError), transaction.atomic():
            publish("ConfigService.ConfigChanged", store="A", **CHANGED)
            raise RuntimeError
        assert publish("ConfigService.ConfigChanged", store="A", **CHANGED).sequence == 2

    def test_an_events_time_is_never_before_that_of_the_one_before_it(self):
        began = clock.now()
        later = publish("ConfigService.ConfigChanged", store="A", **CHANGED)
        waited = publish("ConfigService.ConfigChanged", store="A", at=began, **CHANGED)
        elsewhere = publish("ConfigService.ConfigChanged", store="B", at=began, **CHANGED)
        assert began < later.at == waited.at == Event.objects.get(store="A", sequence=2).at
        assert elsewhere.at == began

    def test_an_undefined_type_is_refused(self):
        with pytest.raises(KeyError):
            publish("OrderManager.OrderForgotten", store="A")

    @pytest.mark.parametrize("data", [{}, CHANGED | {"name": "Alice"}])
    def test_data_that_the_catalogue_does_not_know_is_refused(self, data):
        with pytest.raises(ValueError, match="carries"):
            publish("ConfigService.ConfigChanged", store="A", **data)

    @pytest.mark.parametrize("wrong", [{"what": None}, {"what": 1}, {"open": 1}, {"paused": "no"}])
    def test_data_of_another_kind_than_the_catalogue_says_is_refused(self, wrong):
        with pytest.raises(ValueError, match=r"not (NoneType|int|str)"):
            publish("ConfigService.ConfigChanged", store="A", **CHANGED | wrong)
        assert latest_sequence("A") == 0

    def test_an_event_says_which_version_of_its_fields_it_has(self):
        event = publish("ConfigService.ConfigChanged", store="A", **CHANGED)
        version = EVENT_TYPES[event.type].version
        assert cloudevent(Event.objects.get())["schemaversion"] == version

    def test_a_change_that_changes_nothing_is_not_told(self, store):
        before = latest_sequence(store.slug)
        set_status(store, open=True, paused=False)
        assert latest_sequence(store.slug) == before

    def test_screens_are_told_on_commit_and_not_before(self, hints, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks:
            event = publish("ConfigService.ConfigChanged", store="A", **CHANGED)
        assert hints == []
        for callback in callbacks:
            callback()
        assert hints == [{"store": "A", "order": None, "fact": event.plain()}]


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_outside_a_transaction_it_refuses(self):
        with pytest.raises(transaction.TransactionManagementError):
            publish("ConfigService.ConfigChanged", store="A", **CHANGED)

    def test_many_writers_leave_no_gap_and_no_double(self):
        def write():
            for _ in range(10):
                with transaction.atomic():
                    publish("ConfigService.ConfigChanged", store="A", **CHANGED)
            connection.close()

        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(Event.objects.values_list("sequence", flat=True)) == list(range(1, 81))

    def test_a_dead_channel_layer_does_not_undo_the_change(self, monkeypatch):
        def broken(**hint):
            raise ConnectionError("no layer")

        monkeypatch.setattr(after_commit, "broadcast", broken)
        with transaction.atomic():
            publish("ConfigService.ConfigChanged", store="A", **CHANGED)
        assert latest_sequence("A") == 1


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (integer("n"), [1, 0], [True, "1", 1.5, None]),
        (integer("n", null=True), [1, None], [False]),
        (text("t"), ["", "x"], [1, None, ["x"]]),
        (texts("t"), [[], ["x"]], ["x", [1], None]),
    ],
)
def test_a_field_takes_its_kind_and_no_other(field, good, bad):
    assert all(field.takes(value) for value in good)
    assert not any(field.takes(value) for value in bad)
