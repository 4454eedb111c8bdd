"""What goes out to phones and mailboxes, beside the requests that ask for it.

At most once: a code that got lost can be asked for again; one that comes twice is on somebody's bill.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import Task, shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from serverlesspresso.events import after_commit
from serverlesspresso.events.bulkhead import Bulkhead

from .sms import backends

logger = logging.getLogger(__name__)

_texts, _mails = Bulkhead(4, 4), Bulkhead(4, 4)
_LASTS_S = 300
"""Not sent so many seconds after it was asked for: a code is good no longer."""


@shared_task(bind=True, acks_late=False, max_retries=None)
def send_sms(self: Task, phone: str, text: str) -> None:
    """Send a text to a phone. A failure is logged without the text, which holds a code."""
    with _place(self, _texts):
        try:
            backends.backend().send(phone, text)
        except Exception as error:
            logger.error("no SMS to a number ending in %s: %s", phone[-3:], error)


@shared_task(bind=True, acks_late=False, max_retries=None)
def send_mail(self: Task, to: str, subject: str, body: str) -> None:
    """Send a mail. A failure is logged without the body, which holds a code."""
    line = " ".join(subject.split())  # the name of a bar is in it, and a header has one line
    with _place(self, _mails):
        try:
            EmailMessage(line, body, settings.DEFAULT_FROM_EMAIL, [to]).send()
        except Exception as error:
            logger.error("no mail to somebody at %s: %s", to.rpartition("@")[2], error)


@contextmanager
def _place(task: Task, bulkhead: Bulkhead) -> Iterator[None]:
    """A place for its kind: a provider that hangs is in nobody's way. Without one it comes again soon."""
    if not bulkhead.enter(""):
        raise task.retry(countdown=1)
    try:
        yield
    finally:
        bulkhead.leave("", None)


@shared_task
def purge() -> None:
    """Every hour, by beat: personal data that is due to go (`accounts.privacy.personal_data`)."""
    from .privacy import personal_data

    for receipt in personal_data.purge():
        logger.info("personal data went: %s %s %s", receipt.kind, receipt.store, receipt.said)


def enqueue_on_commit(task, *arguments) -> None:
    """Have it sent once the change that caused it is saved."""
    signature = task.si(*arguments).set(queue="outgoing", expires=_LASTS_S)
    transaction.on_commit(lambda: after_commit.send_task(signature), robust=True)
