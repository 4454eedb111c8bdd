"""A tablet that several people share: who is at it now, said with a PIN and kept in the tablet's session."""

from config.models import Store
from serverlesspresso.accounts import pins
from serverlesspresso.accounts.models import Membership, User
from serverlesspresso.web.error_pages import Request

_KEY = "at_the_tablet"


def acting_user(request: Request, store: Store) -> User:
    """Whose acts these are: whoever gave their PIN last and still works here, else who is signed in."""
    said = request.session.get(_KEY, {}).get(store.slug)
    if said:
        user_id, mark = said
        who = Membership.objects.filter(
            store=store, user=user_id, role__in=pins.STAFF, user__is_active=True
        ).select_related("user")
        if (membership := who.first()) and _mark(membership) == mark:
            return membership.user
    return request.user  # type: ignore[return-value]  # asked behind the bar only, where nobody is anonymous


def sign_on(request: Request, store: Store, membership: Membership) -> None:
    """From now on acts on this tablet are that person's."""
    kept = request.session.get(_KEY, {})
    request.session[_KEY] = kept | {store.slug: [membership.user_id, _mark(membership)]}


def sign_off(request: Request, store: Store) -> None:
    """From now on acts on this tablet are its own again."""
    kept = request.session.get(_KEY, {})
    request.session[_KEY] = {slug: said for slug, said in kept.items() if slug != store.slug}


def _mark(membership: Membership) -> str:
    """Changes with the PIN: with a new one, tablets ask again."""
    return membership.pin[-8:]
