"""Whether the sign-in a socket was opened with still holds: a socket outlives its cookie."""

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

also_ends: list[Callable[[Any, dict], bool]] = []
"""Asked of each user and session that hold otherwise: whether they still do not. Apps add to it."""


def revoked(signed_in: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of these (session key, user) pairs that no longer hold: the session was ended or ran out,
    somebody else is signed in with it, or the password was changed since. Two queries for all."""
    keys = {session for session, _user in signed_in}
    rows = Session.objects.filter(
        session_key__in=keys, expire_date__gt=timezone.now()
    )  # clock: as Django does
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    kept = {key: store.decode(data) for key, data in rows.values_list("session_key", "session_data")}
    users = get_user_model().objects.in_bulk({user for _session, user in signed_in})
    return {pair for pair in signed_in if not _holds(kept.get(pair[0]), users.get(pair[1]))}


def _holds(session: dict | None, user) -> bool:
    if session is None or user is None or session.get(SESSION_KEY) != str(user.pk):
        return False
    same = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return same and not any(ends(user, session) for ends in also_ends)
