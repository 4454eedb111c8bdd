"""Effects outside the database: marked before they are sent, and not repeated unless somebody says so."""

from types import SimpleNamespace

import pytest
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from serverlesspresso.core import clock
from serverlesspresso.events import outbox, tasks
from serverlesspresso.events.outbox import DeliveryFailed, Effect, State

from .bus import deliver, subscribed, tell

pytestmark = pytest.mark.django_db(transaction=True)


with isolate_apps("serverlesspresso.events"):  # a table that exists in these tests only

    class Postcard(Effect):
        """Sent by writing its text on a list; a text may say what goes wrong."""

        text = models.CharField(max_length=50)
        sent: list[str] = []
        most: int | None = None

        class Meta(Effect.Meta):
            app_label = "events"

        def send(self) -> None:
            assert not connection.in_atomic_block
            assert Postcard.objects.get(pk=self.pk).state == State.SENDING
            self.sent.append(self.text)
            if "refused" in self.text:
                raise DeliveryFailed("no such address", final="for good" in self.text, retry_after=100)
            if "lost" in self.text:
                raise ConnectionError("nobody answered")

        def cap(self):
            return self.most

    class Forgotten(Effect):
        """Somebody forgot to say how it is sent."""

        class Meta(Effect.Meta):
            app_label = "events"


@pytest.fixture(autouse=True)
def table(transactional_db, monkeypatch):
    known = SimpleNamespace(get_model=lambda label: Postcard, get_models=lambda: [Postcard])
    monkeypatch.setattr(outbox, "apps", known)
    monkeypatch.setattr(Postcard, "sent", [])
    with connection.schema_editor() as editor:
        editor.create_model(Postcard)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Postcard)


def ask(text="hello", **options):
    before = list(Postcard.sent)
    with transaction.atomic():
        card = Postcard.ask(store="ABC", text=text, **options)
        assert Postcard.sent == before
    return fresh(card)


def fresh(card):
    return Postcard.objects.get(pk=card.pk)


def test_a_kind_that_cannot_be_sent_cannot_be_asked_for():
    with pytest.raises(TypeError, match=r"abstract method '?send"):
        Forgotten(store="ABC")


def test_it_is_sent_after_the_commit_and_marked():
    card = ask()
    assert (card.state, card.attempts, Postcard.sent) == (State.SENT, 1, ["hello"])


def test_a_subscriber_that_fails_sends_nothing():
    def handler(event):
        Postcard.ask(store=event.store, event=event, text=str(event.sequence))
        if event.sequence == 2:
            raise ValueError

    with subscribed(handler):
        tell(3)
        deliver()
    assert Postcard.sent == ["1", "3"]


def test_a_task_that_comes_twice_sends_once():
    card = ask()
    outbox.deliver("events.Postcard", card.pk)
    assert Postcard.sent == ["hello"]


def test_a_lost_task_is_started_again(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "start", lambda effect: None)
        card = ask()
    outbox.send_due()
    assert fresh(card).state == State.WAITING
    clock.advance(outbox.LOST_S + 1)
    outbox.send_due()
    assert fresh(card).state == State.SENT


@pytest.mark.parametrize(
    ("text", "state", "reason"),
    [
        ("refused", State.FAILED, "no such address"),
        ("lost", State.UNKNOWN, "ConnectionError: nobody answered"),
    ],
)
def test_what_failed_or_is_unknown_is_not_repeated(text, state, reason):
    card = ask(text)
    clock.advance(100_000)
    outbox.send_due()
    card = fresh(card)
    assert (card.state, card.reason, Postcard.sent) == (state, reason, [text])


def test_when_the_process_died_while_sending_the_outcome_is_unknown(monkeypatch):
    def dies(self):
        raise SystemExit

    monkeypatch.setattr(Postcard, "send", dies)
    with transaction.atomic():
        card = Postcard.ask(store="ABC", text="", delay_s=1)
    clock.advance(2)
    with pytest.raises(SystemExit):
        outbox.deliver("events.Postcard", card.pk)
    outbox.send_due()
    assert fresh(card).state == State.SENDING
    clock.advance(outbox.SENDING_S + 1)
    outbox.send_due()
    assert fresh(card).state == State.UNKNOWN


def test_with_a_schedule_it_is_repeated_after_growing_pauses_and_then_given_up(monkeypatch):
    monkeypatch.setattr(Postcard, "SCHEDULE_S", (5, 300))
    card = ask("lost")
    for attempt, pause in enumerate((5, 300), 1):
        assert (fresh(card).state, fresh(card).attempts) == (State.WAITING, attempt)
        assert pause - 1 <= (fresh(card).due_at - clock.now()).total_seconds() <= pause * 1.1
        outbox.send_due()
        assert len(Postcard.sent) == attempt
        clock.advance(pause * 1.1 + 1)
        outbox.send_due()
    assert (fresh(card).state, fresh(card).attempts) == (State.UNKNOWN, 3)


def test_who_asks_us_to_wait_is_given_the_time_and_who_says_no_for_good_is_left_alone(monkeypatch):
    monkeypatch.setattr(Postcard, "SCHEDULE_S", (5, 300))
    wait, never = ask("refused"), ask("refused for good")
    assert 99 <= (wait.due_at - clock.now()).total_seconds() <= 100
    assert never.state == State.FAILED


def test_what_is_no_news_any_more_is_not_sent(monkeypatch):
    monkeypatch.setattr(Postcard, "LASTS_S", 60)
    card = ask(delay_s=61)
    clock.advance(62)
    outbox.send_due()
    clock.advance(5)
    outbox.send_due()
    assert (fresh(card).state, fresh(card).reason, Postcard.sent) == (State.FAILED, "too late", [])


def test_the_daily_limit_holds_back_until_a_day_has_gone_or_somebody_says_so(monkeypatch):
    monkeypatch.setattr(Postcard, "most", 2)
    states = [ask().state for _ in range(3)]
    assert states == [State.SENT, State.SENT, State.CAPPED]
    clock.advance(24 * 3600 + 1)
    assert ask().state == State.SENT
    assert outbox.retry(Postcard.objects.all()) == 1
    assert set(Postcard.objects.values_list("state", flat=True)) == {State.SENT}


def test_beat_asks_for_effects_only_when_one_is_due(monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.send_due, "apply_async", lambda **_: asked.append("send_due"))
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "start", lambda effect: None)
        ask()
    tasks.look()
    assert asked == []
    clock.advance(outbox.LOST_S + 1)
    tasks.look()
    assert asked == ["send_due"]
    outbox.send_due()
    tasks.look()
    assert asked == ["send_due"]
