"""A chain's message carries all its steps, and whoever runs the first runs those after it too."""

import logging

import pytest

from orders import chains, processor, tasks
from serverlesspresso.celery import app


@pytest.fixture
def message():
    """Runs a chain's first step as the worker does that got its message."""

    def run(steps: tuple[str, ...], order_id: str):
        first, *others = (app.signature(f"orders.tasks.{step}", args=(order_id,)) for step in steps)
        task = getattr(tasks, steps[0])
        task.push_request(chain=[dict(link) for link in reversed(others)])
        try:
            return task(*first.args)
        finally:
            task.pop_request()

    return run


@pytest.fixture
def done(monkeypatch) -> list[str]:
    """The steps that were run, by name."""
    found: list[str] = []
    for name in (*chains.OPEN, *chains.QUEUE):
        monkeypatch.setattr(processor, name, lambda pk, name=name: found.append(name))
    return found


def test_one_message_is_enough_for_all_steps_in_their_order(message, done):
    message(chains.OPEN, "abc")
    assert done == list(chains.OPEN)


def test_each_step_is_named_in_the_log_with_its_order(message, done, caplog):
    with caplog.at_level(logging.DEBUG, logger="serverlesspresso.core.task_logging"):
        message(chains.QUEUE, "abc")
    assert [record.message for record in caplog.records] == ["orders.tasks.await_barista done"], (
        "the first one is told of by Celery's signals"
    )


def test_a_step_that_fails_is_told_and_keeps_the_others_from_running(message, done, monkeypatch, caplog):
    def broken(_pk):
        raise ValueError("no more beans")

    monkeypatch.setattr(processor, "check_capacity", broken)
    with (
        caplog.at_level(logging.DEBUG, logger="serverlesspresso.core.task_logging"),
        pytest.raises(ValueError, match="beans"),
    ):
        message(chains.OPEN, "abc")
    assert done == ["check_store_open"], "the sweep drives on what was left"
    assert [record.message for record in caplog.records] == ["orders.tasks.check_capacity failed"]
