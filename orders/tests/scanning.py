"""What the tests of scans have in common."""

import pytest
from django.test import Client

from config.models import Store
from display import qr_codes
from display.models import Code, Hold
from orders import admission, deadlines
from orders.models import Order
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.models import Event


def refused(act, *args, **kwargs) -> Refusal:
    """The refusal an act ends in; fails if anything at all was used up or written."""
    for store in Store.objects.all():  # what is due anyway, by the first who comes
        deadlines.settle_overdue(store)
        qr_codes.current_code(store)
    before = books()
    with pytest.raises(Refusal) as caught:
        act(*args, **kwargs)
    assert books() == before
    return caught.value


def books():
    return (
        list(Code.objects.order_by("pk").values_list("pk", "used")),
        list(Hold.objects.order_by("pk").values_list("pk", "used_at", "returned_at")),
        list(Order.objects.order_by("pk").values_list("pk", "status", "version")),
        Event.objects.count(),
    )


def scan_again(user, store, browser=""):
    return admission.scan_and_create(store, qr_codes.current_code(store).token, Person(user, browser))


def address(store) -> str:
    """What the QR code on the screen says, as a path."""
    return f"/q/{qr_codes.current_code(store).token}"


def signed_in(user) -> Client:
    """A browser of theirs."""
    client = Client()
    client.force_login(user)
    return client
