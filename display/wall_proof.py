"""Proof of having seen a code at the wall: it admits only to the waiting list (rule book: codes).

The wall shows a proof while nobody can order; a refused scan carries that of its code.
"""

import datetime as dt

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from config.models import Store
from serverlesspresso.core import clock

from . import qr_codes
from .models import Code

LATELY = dt.timedelta(minutes=5)
"""For this long after a code's end, having seen it counts."""


def proof(code: Code) -> str:
    """The proof that somebody saw this code, for the address /q/<proof> and forms that lead to the list."""
    return _signer().sign(str(code.pk))


def is_proof(token: str) -> bool:
    """Whether this text is meant as a proof; a code's own token never looks like one."""
    return "~" in token


def find(proof: str) -> Code:
    """The code that a proof is for, however old. Raises Refusal `code_invalid` (400)."""
    try:
        pk = int(_signer().unsign(proof))
    except (BadSignature, ValueError):
        raise qr_codes.unknown() from None
    code = Code.objects.select_related("store").filter(pk=pk, store__archived_at=None).first()
    if code is None:
        raise qr_codes.unknown()
    return code


def check(proof: str, store: Store) -> Code:
    """The store's code that a proof is for, if seen recently. Raises Refusal `code_invalid`,
    `code_expired`."""
    code = find(proof)
    if code.store_id != store.pk:
        raise qr_codes.unknown()
    if code.replaced_at or clock.now() >= code.ends_at + LATELY:
        raise qr_codes.expired()
    return code


def digits(code: Code) -> str:
    """Six digits that stand for a code's proof: the wall shows them for people who cannot scan."""
    number = int(salted_hmac("display.wall_proof.digits", code.token, algorithm="sha256").hexdigest(), 16)
    return f"{number % 10**6:06}"


def by_digits(store: Store, typed: str) -> str:
    """The proof for six digits that are, or recently were, on the wall; empty if there is none."""
    lately = Code.objects.filter(store=store, replaced_at=None, ends_at__gt=clock.now() - LATELY)
    found = (code for code in lately.order_by("-ends_at") if digits(code) == typed)
    return next((proof(code) for code in found), "")


def _signer() -> Signer:
    return Signer(salt="display.wall_proof", sep="~")
