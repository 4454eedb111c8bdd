"""A tablet that several people share: who is at it now, named with a PIN and kept in the tablet's session."""

from config.models import Store
from serverlesspresso.accounts import pins
from serverlesspresso.accounts.models import Membership, User
from serverlesspresso.web.error_pages import Request

_KEY = "at_the_tablet"


def acting_user(request: Request, store: Store) -> User:
    """The person who acts: whoever last gave their PIN and still works here, or the one signed in."""
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
    """Attribute acts on this tablet to that person from now on."""
    kept = request.session.get(_KEY, {})
    request.session[_KEY] = kept | {store.slug: [membership.user_id, _mark(membership)]}


def sign_off(request: Request, store: Store) -> None:
    """Attribute acts on this tablet to itself again."""
    kept = request.session.get(_KEY, {})
    request.session[_KEY] = {slug: said for slug, said in kept.items() if slug != store.slug}


def _mark(membership: Membership) -> str:
    """A mark that changes with the PIN, so that tablets ask again for a new one."""
    return membership.pin[-8:]
