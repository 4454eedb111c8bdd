"""Guests: people of whom we know a name and a browser."""

from allauth.core import ratelimit
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.translation import gettext as _

from serverlesspresso.core.errors import RateLimited

from .models import User
from .validators import clean_name

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in_guest(request: HttpRequest, name: str) -> User:
    """Sign this browser in under a name; what its session holds stays.

    A browser that has a guest keeps it under the new name, and somebody signed in stays who they are. Raises
    Invalid for a name that is none, TooMany when one network makes guests by the hundred.
    """
    name = clean_name(name)
    user = request.user
    if not user.is_authenticated:
        if not ratelimit.consume(request, action="guest"):
            raise RateLimited(
                _("Too many people are signing in at once. Please try again in a minute."),
                code="too_many_guests",
            )
        user = User.objects.create_user(name=name, is_guest=True)
        login(request, user, backend=BACKEND)
    elif user.is_guest and user.name != name:
        user.name = name
        user.save(update_fields=["name"])
    return user
