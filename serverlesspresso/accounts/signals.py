"""Lost rights close sockets, whoever took them away and however. Signing in is logged."""

import logging

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from serverlesspresso.events import after_commit

from .models import Membership, User

logger = logging.getLogger(__name__)


def _ask_again(user_id: int) -> None:
    transaction.on_commit(lambda: after_commit.disconnect(user=user_id), robust=True)


@receiver((post_save, post_delete), sender=Membership)
def role_changed(instance, **kwargs):
    """A role was given, changed or taken away."""
    _ask_again(instance.user_id)


@receiver(post_save, sender=User)
def user_saved(instance, **kwargs):
    """Somebody was made inactive, or has another password: sessions from before it are worth nothing."""
    if not instance.is_active or instance._password is not None:  # noqa: SLF001  (set until Django has saved it)
        _ask_again(instance.pk)


@receiver(post_delete, sender=Authenticator)
def second_factor_taken_away(instance, **kwargs):
    """Who has none any more owes one, also in the sessions that are open."""
    _ask_again(instance.user_id)


@receiver(user_logged_out)
def signed_out(request, **kwargs):
    """A session ends; Django forgets its key right after this."""
    key = request.session.session_key if request else None
    if key:
        transaction.on_commit(lambda: after_commit.disconnect(session=key), robust=True)


@receiver(post_delete, sender=UserSession)
def session_ended(instance, **kwargs):
    """Somebody ended a session of theirs from another browser, or it was found to be over."""
    key = instance.session_key
    transaction.on_commit(lambda: after_commit.disconnect(session=key), robust=True)


@receiver(user_logged_in)
def signed_in(request, user, **kwargs):
    """For the log: who is a number there, and never more."""
    logger.info("signed in", extra={"user": user.pk})


@receiver(user_login_failed)
def not_signed_in(request=None, **kwargs):
    """A wrong password. Whose it was tried for is not said: people type passwords into the wrong field."""
    logger.info("sign-in failed: wrong password")


@receiver(authentication_failed)
def wrong_second_factor(user, **kwargs):
    """The password was right, the six digits were not: somebody may have the password."""
    logger.warning("sign-in failed: wrong second factor", extra={"user": user.pk})
