"""Invitations: for people who cannot scan the code, and for guests of the house.

A barista makes one: a link, and six digits that can be read aloud and typed on the bar's page. It works once,
for ten minutes. A priority invitation gives a place beyond the queue (rule book: invitations).
"""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core import clock, typed_text
from serverlesspresso.core.errors import NotFound, Refusal

from . import processor
from .models import Invite

LASTS = dt.timedelta(minutes=10)
"""How long an invitation is valid."""
FRESH = dt.timedelta(minutes=2)
"""For this long its digits are accepted even while somebody is guessing."""
OPEN_AT_MOST = 30
"""Per store: the fewer are open, the longer guessing takes."""
_TRIES = 20


@transaction.atomic
def make(store: Store, *, by, priority: bool = False, bring: bool = False) -> Invite:
    """Invite somebody. Raises Refusal `too_many_invites` when 30 unused ones are open.

    They are counted under the store's row lock, so two requests at once cannot both make the last one.
    """
    processor.locked_store.first(store.pk)
    now = clock.now()
    open_ones = Invite.objects.filter(store=store, used_at=None)
    open_ones.filter(expires_at__lte=now).delete()
    if open_ones.count() >= OPEN_AT_MOST:
        raise Refusal(
            _("%(count)d invitations are open. Please wait until some have been used or have expired.")
            % {"count": OPEN_AT_MOST},
            code="too_many_invites",
        )
    wanted = {"by": by, "priority": priority, "bring": bring, "made_at": now, "expires_at": now + LASTS}
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return Invite.objects.create(store=store, digits=_six_digits(), **wanted)
        except IntegrityError:
            continue  # another invitation just got the same six digits
    raise Refusal(_("That did not work. Please try again."), code="too_many_invites")


def _six_digits() -> str:
    return f"{secrets.randbelow(10**6):06}"


def by_digits(store: Store, digits: str, *, fresh: bool = False) -> Invite:
    """The open invitation with these digits, however typed; with `fresh`, only one made just now.

    Raises NotFound `no_such_invite`.
    """
    lately = {"made_at__gt": clock.now() - FRESH} if fresh else {}
    return _open(store=store, digits=typed_text.digits(digits)[:7], **lately)


def by_token(token: str, store: Store | None = None) -> Invite:
    """The open invitation of a link (to that store). Raises NotFound `no_such_invite`."""
    here = {"store": store} if store else {}
    return _open(pk=token[:40].replace("\0", ""), **here)


def use(invitation: Invite) -> None:
    """Use up an invitation, once. Raises Refusal `invite_over`."""
    now = clock.now()
    open_ones = Invite.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now)
    if not open_ones.update(used_at=now):
        raise Refusal(
            _("This invitation has been used or has expired. Please ask for another one at the bar."),
            code="invite_over",
        )


def _open(**which) -> Invite:
    found = Invite.objects.filter(used_at=None, expires_at__gt=clock.now(), store__archived_at=None, **which)
    invite = found.select_related("store").first()
    if invite is None:
        raise NotFound(
            _(
                "This invitation is unknown, has been used or has expired: each works once, within "
                "ten minutes. Please ask for another one at the bar."
            ),
            code="no_such_invite",
        )
    return invite
