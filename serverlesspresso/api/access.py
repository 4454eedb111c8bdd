"""What a caller may reach. A store is public; an order is its owner's and its store's staff's.

403 where the role is wrong, 404 for an order that is none of the caller's business: the same words as
for one that does not exist.
"""

from django.utils.translation import gettext as _

from config import lookup
from config.models import Store
from orders.models import Order
from orders.processor import with_people
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.core.errors import Forbidden, NotFound


def find_store(slug: str) -> Store:
    """The store of that name, small letters or capitals; raises NotFound for an archived one too."""
    store = lookup.typed(slug)
    if store is None:
        raise NotFound(_("There is no such store."), code="not_found")
    return store


def require(user: User, store: Store, allowed) -> Role:
    """The caller's role at the store; raises Forbidden unless it is one of these.

    So it is for callers without any role there: that the store exists is no secret.
    """
    role = permissions.role_of(user, store)
    if role is None or role not in allowed:
        raise forbidden()
    return role


def find_order(user: User, order_id: str, *, owner: bool = False, staff: bool = False) -> Order:
    """The order, for its owner, for its store's staff, or for both.

    Raises NotFound for somebody else's, Forbidden for one's own (or one's own store's) in the wrong role.
    """
    order = None if "\0" in order_id else with_people.first(order_id)
    if order is None:
        raise _no_order()
    mine = order.customer_id == user.pk
    if owner and mine:
        return order
    role = permissions.role_of(user, order.store)
    if staff and role in permissions.STAFF:
        return order
    if mine or role:
        raise forbidden()
    raise _no_order()


def forbidden() -> Forbidden:
    """The refusal for a role that does not reach."""
    return Forbidden(_("Your role at this store does not allow this. Ask a manager."), code="forbidden")


def _no_order() -> NotFound:
    return NotFound(_("There is no such order, or it is not yours."), code="not_found")
