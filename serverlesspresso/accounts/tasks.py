"""What goes out to phones and mailboxes, beside the requests that ask for it.

At most once: a code that got lost can be asked for again; one that comes twice is on somebody's bill.
"""

import logging

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from serverlesspresso.events import courier

from . import sms

logger = logging.getLogger(__name__)


@shared_task(acks_late=False)
def send_sms(phone: str, text: str) -> None:
    """Send a text to a phone. A failure is logged without the text, which holds a code."""
    try:
        sms.backend().send(phone, text)
    except Exception as error:
        logger.error("no SMS to a number ending in %s: %s", phone[-3:], error)


@shared_task(acks_late=False)
def send_mail(to: str, subject: str, body: str) -> None:
    """Send a mail. A failure is logged without the body, which holds a code."""
    try:
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to]).send()
    except Exception as error:
        logger.error("no mail to somebody at %s: %s", to.rpartition("@")[2], error)


@shared_task
def purge() -> None:
    """Every hour, by beat: personal data that is due to go (`serverlesspresso.accounts.privacy`)."""
    from . import privacy

    for receipt in privacy.purge():
        logger.info("personal data went: %s %s %s", receipt.kind, receipt.store, receipt.said)


def soon(task, *arguments) -> None:
    """Have it sent once the change that caused it is saved."""
    transaction.on_commit(lambda: courier.start(task.si(*arguments)), robust=True)
