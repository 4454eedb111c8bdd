"""Who sees what in the admin: managers see their own stores and what belongs to them, superusers everything.

Roles belong to a layer above, which registers its lookup here at the start (`decide_by`). Django's own
permissions are not used: nobody has to set any by hand.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models

from config.models import Store, StoreQuerySet
from serverlesspresso.core.admin_lookups import OnlyItsFilters
from serverlesspresso.core.typed_text import LineFormField
from serverlesspresso.events.outbox_admin import EffectAdmin

if TYPE_CHECKING:
    from django.contrib.admin.options import BaseModelAdmin as _Base
else:
    _Base = object

_deciders: list[Callable[..., StoreQuerySet]] = []


def decide_by(managed_by: Callable[..., StoreQuerySet]) -> None:
    """Register the function that gives the stores a user manages."""
    _deciders[:] = [managed_by]


def managed_by(user) -> StoreQuerySet:
    """The stores a user manages, archived ones too; none for anybody else."""
    return _deciders[0](user)


class StoreScoped(OnlyItsFilters, _Base):
    """For model admins and inlines: permissions and rows by the store things belong to."""

    store_path = "store"
    """The lookup from a row to its store."""
    formfield_overrides = {models.CharField: {"form_class": LineFormField}}
    """Text fields clean what people type."""

    def get_queryset(self, request):
        """Rows of the user's stores only."""
        return super().get_queryset(request).filter(**{f"{self.store_path}__in": managed_by(request.user)})

    def manages(self, request, obj=None) -> bool:
        """Whether the user manages the store of a thing, or any store at all."""
        if not hasattr(request, "managed_stores"):  # asked for every model on every page
            request.managed_stores = frozenset(managed_by(request.user).values_list("pk", flat=True))
        if obj is not None:
            return _store_of(obj).pk in request.managed_stores
        return bool(request.managed_stores) or request.user.is_superuser  # makes the first store

    def has_module_permission(self, request) -> bool:
        """Whether the app shows up on the first page."""
        return self.manages(request)

    def has_view_permission(self, request, obj=None) -> bool:
        return self.manages(request, obj)

    def has_add_permission(self, request, obj=None) -> bool:
        """Only managers; in an inline, of the store it belongs to."""
        return self.manages(request, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        return self.manages(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return self.manages(request, obj)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Offer the user's own stores, and preselect a single one."""
        if db_field.related_model is Store:
            stores = managed_by(request.user).current()
            kwargs["queryset"] = stores
            if len(only := stores[:2]) == 1:
                kwargs.setdefault("initial", only[0].pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ScopedByName(StoreScoped):
    """Like StoreScoped, for rows of extensions, which only name their store: `store` is its short name."""

    def get_queryset(self, request):
        """Rows of the user's stores only."""
        slugs = managed_by(request.user).values("slug")
        return super(StoreScoped, self).get_queryset(request).filter(store__in=slugs)

    def manages(self, request, obj=None) -> bool:
        """Whether the user manages the store of a thing, or any store at all."""
        if obj is None:
            return super().manages(request)
        return managed_by(request.user).filter(slug=obj.store).exists()


class ScopedEffects(ScopedByName, EffectAdmin):
    """For what an extension has sent: managers see what their stores sent, and may send it again.

    A subclass names the `fields` that are shown. Nobody adds, changes or deletes rows: they record what
    happened.
    """

    def has_add_permission(self, request, obj=None) -> bool:
        """Never: subscribers ask for effects."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never: that would erase that it was sent."""
        return False

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_send_permission(self, request) -> bool:
        """Managers, for their own stores; the list has no others."""
        return self.manages(request)


class ReadOnly(_Base):
    """For read-only model admins. Put it before StoreScoped."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


def _store_of(obj) -> Store:
    return obj.at_store() if hasattr(obj, "at_store") else obj.store
