"""Who may do what at a store: the one place that decides (rule book: who may)."""

from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.core.db.prepared import PreparedQuery, PreparedValues
from serverlesspresso.core.errors import Forbidden

from .models import Membership, Role, User

STAFF = frozenset({Role.BARISTA, Role.MANAGER})
READ_BOARD = STAFF | {Role.DISPLAY}
_active = PreparedQuery(lambda pk: User.objects.filter(pk=pk, is_active=True))
_role = PreparedValues(
    lambda user, store: Membership.objects.filter(user=user, store=store).values_list("role")
)


def role_at(user_id: int | None, store: Store) -> Role | None:
    """The role of an active user at a store; superusers manage every store; None for customers."""
    if user_id is None:
        return None
    user = _active.first(user_id)
    return None if user is None else role_of(user, store)


def role_of(user: User, store: Store) -> Role | None:
    """As `role_at`, for a user who was just read from the database and is active: one query."""
    if user.is_superuser:
        return Role.MANAGER
    role = _role.first(user.pk, store.pk)
    return Role(role) if role else None


def is_staff(user_id: int | None, store: Store) -> bool:
    """Whether this is a barista or manager of the store."""
    return role_at(user_id, store) in STAFF


def require(user: User, store: Store, roles) -> Role:
    """The role at the store of a user who was just read; raises Forbidden (403) unless it is one of these."""
    role = role_of(user, store)
    if role is None or role not in roles:
        raise Forbidden(_("Your role at this store does not allow this. Ask a manager."), code="forbidden")
    return role


def stores_of(user: User, roles=STAFF):
    """The stores at which a user has one of these roles."""
    if user.is_superuser:
        return Store.objects.current()
    return Store.objects.current().filter(memberships__user=user, memberships__role__in=roles)


def managed_by(user: User):
    """The stores a user manages, archived ones too: what the admin shows."""
    if user.is_superuser:
        return Store.objects.all()
    return Store.objects.filter(memberships__user=user, memberships__role=Role.MANAGER)
