"""What the tests of codes and holds have in common."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from display import qr_codes
from serverlesspresso.core.errors import Refusal


def at_once(*acts):
    """Run the acts in threads of their own, all released at the same moment; their results, in order."""
    gate = threading.Barrier(len(acts))

    def run(act):
        try:
            gate.wait(10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def take(code, **who):
    """Take a hold as the callers do: in a transaction, from a code just found."""
    with transaction.atomic():
        return qr_codes.take_hold(qr_codes.find_code(code.token), **who)


def refused(act, *args, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*args, **kwargs)
    return caught.value
