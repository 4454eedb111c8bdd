"""Celery tasks: one line each. What they do is in the processor and the sweep."""

from celery import Task, shared_task

from serverlesspresso.core.task_logging import logged_as_task

from . import processor
from . import sweep as sweeping


class Step(Task):
    """A link of a chain. The worker that has run it runs the links after it too: three messages an order
    instead of six. Each is its own transaction, and what a dead worker leaves behind the sweep takes up.

    The links are called and not applied: what Celery does around a task (a tracer, a result, a request)
    takes longer than most steps, and nobody asks for it.
    """

    def __call__(self, *args, **kwargs):
        """Run it, then what the message says comes after it."""
        done = super().__call__(*args, **kwargs)
        while self.request.chain:
            link = self.app.signature(self.request.chain.pop())
            with logged_as_task(link.task, link.args):
                self.app.tasks[link.task].run(*link.args)
        return done


@shared_task(base=Step)
def check_store_open(order_id: str) -> None:
    """First step of the chain "open"."""
    processor.check_store_open(order_id)


@shared_task(base=Step)
def check_capacity(order_id: str) -> None:
    """Second step of the chain "open"."""
    processor.check_capacity(order_id)


@shared_task(base=Step)
def await_customer(order_id: str) -> None:
    """Last step of the chain "open"."""
    processor.await_customer(order_id)


@shared_task(base=Step)
def assign_number(order_id: str) -> None:
    """First step of the chain "queue"."""
    processor.assign_number(order_id)


@shared_task(base=Step)
def await_barista(order_id: str) -> None:
    """Last step of the chain "queue"."""
    processor.await_barista(order_id)


@shared_task(base=Step)
def settle(order_id: str) -> None:
    """The chain "close"."""
    processor.settle(order_id)


@shared_task
def sweep() -> None:
    """Every second, by beat."""
    sweeping.sweep()
