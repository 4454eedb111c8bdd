"""Who somebody is, and which role they have at a store."""

from serverlesspresso.accounts.identity import Person, person
from serverlesspresso.accounts.models import ApiToken, Membership, Role, User, digest
from serverlesspresso.accounts.permissions import is_staff, role_at, stores_of

__all__ = [
    "ApiToken",
    "Membership",
    "Person",
    "Role",
    "User",
    "digest",
    "is_staff",
    "person",
    "role_at",
    "stores_of",
]
