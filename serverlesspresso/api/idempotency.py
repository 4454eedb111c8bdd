"""Idempotency-Key: a change sent twice happens once, and both get the same answer (docs/reference/api.md)."""

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from serverlesspresso.accounts.models import User
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Invalid
from serverlesspresso.core.failpoints import hit

from .auth import bearer
from .models import IdempotencyKey
from .responses import json_response

KEPT = dt.timedelta(hours=48)
LONGEST = 255
_TRIES = 3


def idempotent(run: Callable) -> Callable:
    """Decorate an operation that changes something: with a key of the caller's it runs once.

    The key is written first, in the transaction of the effect, so that of two callers at once the
    second waits and then gets the first one's answer. What was refused is not kept: it may be sent again.
    """

    @functools.wraps(run)
    def wrapper(request: HttpRequest, **kwargs) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        user = bearer(request) if key is not None else None
        if key is None or user is None:
            return run(request, **kwargs)
        _check(key)
        for _try in range(_TRIES):
            response = _once(run, request, kwargs, user, key)
            hit("key.committed")
            if not getattr(response, "deadlocked", False):
                break  # a deadlock undid everything, so that it can be done again
        return response

    return wrapper


def purge() -> int:
    """Forget keys older than 48 hours; how many there were."""
    return IdempotencyKey.objects.filter(made_at__lte=clock.now() - KEPT).delete()[0]


def _check(key: str) -> None:
    if not 1 <= len(key) <= LONGEST:
        text = _("An Idempotency-Key must have 1 to %(longest)d characters.") % {"longest": LONGEST}
        raise Invalid(text, code="key_invalid", errors={"Idempotency-Key": text})


@transaction.atomic
def _once(run: Callable, request: HttpRequest, kwargs: dict, user: User, key: str) -> HttpResponse:
    kept, fresh = _claim(user, key, _fingerprint(request))
    if not fresh:
        return _again(kept, _fingerprint(request))
    hit("key.claimed")
    response = run(request, **kwargs)
    hit("key.effected")
    if response.status_code < 300:
        IdempotencyKey.objects.filter(pk=kept.pk).update(
            status=response.status_code, body=response.content.decode()
        )
    elif response.status_code < 500:
        kept.delete()  # but what a refusal found overdue on its way stays settled
    else:
        transaction.set_rollback(True)
    hit("key.answered")
    return response


def _claim(user: User, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """The row of this key, and whether it is new. Waits while another transaction holds the key."""
    now = clock.now()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint, made_at=now)
            return row, True
    except IntegrityError:
        mine = IdempotencyKey.objects.filter(user=user, key=key)
        if found := mine.filter(made_at__gt=now - KEPT).first():
            return found, False
        mine.delete()
        return _claim(user, key, fingerprint)


def _fingerprint(request: HttpRequest) -> str:
    return hashlib.sha256(
        b"\n".join([request.method.encode(), request.path.encode(), request.body])
    ).hexdigest()


def _again(kept: IdempotencyKey, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        text = _("This Idempotency-Key was already used for something else. Use a new one for each change.")
        raise Invalid(text, code="key_reused", errors={"Idempotency-Key": text})
    response = json_response(json.loads(kept.body), kept.status or 200)
    response["Idempotent-Replayed"] = "true"
    return response
