"""Having seen a code at the wall: it admits to the waiting list, and to nothing else (rule book: codes).

The wall shows such a proof while nobody can order, and a scan that was refused carries the one of its code.
"""

import datetime as dt

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from config.models import Store
from serverlesspresso.core import clock

from . import qr_codes
from .models import Code

LATELY = dt.timedelta(minutes=5)
"""So long after a code's end, having seen it counts."""


def proof(code: Code) -> str:
    """That somebody saw this code: for the address /q/<proof>, and for forms that lead to the list."""
    return _signer().sign(str(code.pk))


def is_proof(token: str) -> bool:
    """Whether this is meant as a proof; a code's own token is never written so."""
    return "~" in token


def find(proof: str) -> Code:
    """The code that a proof is of, however long ago. Raises Refusal `code_invalid` (400)."""
    try:
        pk = int(_signer().unsign(proof))
    except (BadSignature, ValueError):
        raise qr_codes.unknown() from None
    code = Code.objects.select_related("store").filter(pk=pk, store__archived_at=None).first()
    if code is None:
        raise qr_codes.unknown()
    return code


def check(proof: str, store: Store) -> Code:
    """The store's code that a proof is of, seen lately. Raises Refusal `code_invalid`, `code_expired`."""
    code = find(proof)
    if code.store_id != store.pk:
        raise qr_codes.unknown()
    if code.replaced_at or clock.now() >= code.ends_at + LATELY:
        raise qr_codes.expired()
    return code


def digits(code: Code) -> str:
    """Six digits that stand for the proof of a code: the wall shows them to those who cannot scan."""
    number = int(salted_hmac("display.wall_proof.digits", code.token, algorithm="sha256").hexdigest(), 16)
    return f"{number % 10**6:06}"


def by_digits(store: Store, typed: str) -> str:
    """The proof that six digits on the wall stand for, now or lately; empty when there is none."""
    lately = Code.objects.filter(store=store, replaced_at=None, ends_at__gt=clock.now() - LATELY)
    found = (code for code in lately.order_by("-ends_at") if digits(code) == typed)
    return next((proof(code) for code in found), "")


def _signer() -> Signer:
    return Signer(salt="display.wall_proof", sep="~")
