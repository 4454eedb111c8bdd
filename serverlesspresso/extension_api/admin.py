"""The admin: rows by store for the managers of that store, acts as buttons, and the list of what was sent."""

from config.admin.actions import AdminActionsMixin, admin_action
from config.admin.object_permissions import ScopedEffects, StoreScoped

__all__ = ["AdminActionsMixin", "ScopedEffects", "StoreScoped", "admin_action"]
