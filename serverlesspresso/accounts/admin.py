"""People in the admin. Managers see the people of their stores, and can give nobody more than they have."""

from allauth.account import admin as allauth_admin
from allauth.account.decorators import secure_admin_login
from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as usersessions_admin
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import OF_MY_STORES, NamedInline, StoreAdmin
from config.admin.actions import admin_action
from config.admin.object_permissions import ReadOnly, StoreScoped
from serverlesspresso.core import clock
from serverlesspresso.core.admin_lookups import OnlyItsFilters

from .admin_forms import NewPersonForm, PersonForm
from .models import ApiToken, Membership, Receipt, Role, User
from .permissions import managed_by
from .privacy import personal_data

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one door, with its limits
admin.site.unregister(Group)  # roles belong to stores here
# what allauth shows of these; a person's are on their own pages
admin.site.unregister((allauth_admin.EmailAddress, mfa_admin.Authenticator, usersessions_admin.UserSession))


def people_of(manager: User):
    """Whom somebody sees: a superuser everybody, a manager whoever has a role at a store of theirs."""
    if manager.is_superuser:
        return User.objects.all()
    return User.objects.filter(memberships__store__in=managed_by(manager)).distinct()


def changeable_by(manager: User):
    """Whom somebody may change: a manager only people who have no rights but at the manager's own stores."""
    if manager.is_superuser:
        return User.objects.all()
    elsewhere = Membership.objects.exclude(store__in=managed_by(manager)).values("user")
    return people_of(manager).filter(is_superuser=False).exclude(pk__in=elsewhere)


class RoleInline(NamedInline, StoreScoped, admin.TabularInline):
    """Roles at the manager's stores."""

    model = Membership
    extra = 0
    verbose_name_plural = gettext_lazy("roles at stores")

    def manages(self, request, obj=None) -> bool:
        """Here `obj` is the person."""
        return obj is None or changeable_by(request.user).filter(pk=obj.pk).exists()


class KindFilter(admin.SimpleListFilter):
    """Staff, screens, guests, customers."""

    title = gettext_lazy("kind")
    parameter_name = "kind"
    kinds = {
        "staff": Q(is_device=False) & (Q(memberships__isnull=False) | Q(is_superuser=True)),
        "devices": Q(is_device=True),
        "guests": Q(is_guest=True),
        "customers": Q(is_device=False, is_guest=False, is_superuser=False, memberships__isnull=True),
    }

    def lookups(self, request, model_admin):
        return [
            ("staff", _("Staff")),
            ("devices", _("Screens and programs")),
            ("guests", _("Guests")),
            ("customers", _("Customers")),
        ]

    def queryset(self, request, queryset):
        """The people of one kind."""
        chosen = self.kinds.get(self.value() or "")
        return queryset.filter(chosen).distinct() if chosen else queryset


@admin.register(User)
class PeopleAdmin(OnlyItsFilters, UserAdmin):
    """Staff above all; guests and screens can be looked at and switched off."""

    form, add_form = PersonForm, NewPersonForm
    list_display = ("name", "email", "phone", "kind", "roles", "is_active", "last_login")
    list_filter = (KindFilter, "is_active", ("memberships__store", admin.RelatedOnlyFieldListFilter))
    search_fields = ("name", "email", "phone")
    ordering = ("-pk",)
    filter_horizontal = ()
    inlines = (RoleInline,)
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("name", "email", "password", "store", "role")}),
    )
    fieldsets = (
        (None, {"fields": ("name", "email", "phone", "password", "is_active")}),
        (gettext_lazy("Since"), {"fields": ("date_joined", "last_login")}),
    )
    actions = ("end_sessions", "forget_second_factor")
    for_superusers = ((gettext_lazy("Administration"), {"fields": ("is_superuser",)}),)

    # -- who may ---------------------------------------------------------------------------------

    def get_queryset(self, request):
        """The people this manager sees."""
        seen = people_of(request.user)
        return (
            super()
            .get_queryset(request)
            .filter(pk__in=seen.values("pk"))
            .prefetch_related("memberships__store")
        )

    def has_module_permission(self, request) -> bool:
        return managed_by(request.user).exists() or request.user.is_superuser

    def has_view_permission(self, request, obj=None) -> bool:
        """Managers, the people of their stores."""
        return self.has_module_permission(request) and (
            obj is None or people_of(request.user).filter(pk=obj.pk).exists()
        )

    def has_add_permission(self, request) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None) -> bool:
        """Managers, people who have no rights elsewhere."""
        return self.has_module_permission(request) and (
            obj is None or changeable_by(request.user).filter(pk=obj.pk).exists()
        )

    def has_delete_permission(self, request, obj=None) -> bool:
        """Superusers only: everybody else switches people off."""
        return request.user.is_superuser

    # -- what they see ---------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, person) -> str:
        """What somebody is, in a word."""
        if person.is_superuser:
            return _("Administrator")
        if person.is_device:
            return _("Screen or program")
        if person.is_guest:
            return _("Guest")
        return _("Staff") if person.memberships.all() else _("Customer")

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, person) -> str:
        """Where somebody is what."""
        return ", ".join(f"{each.store}: {each.get_role_display()}" for each in person.memberships.all())

    def get_fieldsets(self, request, obj=None):
        """Superusers also make superusers."""
        fieldsets = super().get_fieldsets(request, obj)
        return (*fieldsets, *self.for_superusers) if obj and request.user.is_superuser else fieldsets

    def get_inlines(self, request, obj):
        """A new person's first role is part of the form."""
        return self.inlines if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        """The form for a new person knows who fills it in."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return form if obj else type("Form", (form,), {"manager": request.user})

    # -- what they do ----------------------------------------------------------------------------

    def _changeable(self, request, queryset):
        return queryset.filter(pk__in=changeable_by(request.user).values("pk"))

    @admin.action(description=gettext_lazy("Sign out everywhere"))
    def end_sessions(self, request, queryset):
        """At once, on every browser; screens and tablets are unpaired on their own page."""
        for session in UserSession.objects.filter(user__in=self._changeable(request, queryset)):
            self.log_change(request, session.user, "signed out everywhere")
            session.end()
        messages.success(request, _("Signed out everywhere."))

    @admin.action(description=gettext_lazy("Turn off two-factor sign-in (lost phone)"))
    def forget_second_factor(self, request, queryset):
        """They set it up anew when they sign in next, where it is required."""
        for person in self._changeable(request, queryset):
            Authenticator.objects.filter(user=person).delete()
            self.log_change(request, person, "second step taken away")
        messages.success(request, _("Two-factor sign-in is off."))

    def save_related(self, request, form, formsets, change):
        """A new person gets their role. This admin is for those who manage a store, while they do."""
        super().save_related(request, form, formsets, change)
        person = form.instance
        if not change:
            chosen = form.cleaned_data
            Membership.objects.create(user=person, store=chosen["store"], role=chosen["role"])
        person.is_staff = person.is_superuser or person.memberships.filter(role=Role.MANAGER).exists()
        person.save(update_fields=["is_staff"])


@admin.register(Membership)
class RoleAdmin(ReadOnly, StoreScoped, admin.ModelAdmin):
    """Who works where; roles are given and taken on the person's own page."""

    list_display = ("user", "store", "role", "since")
    list_filter = ("role", OF_MY_STORES)
    list_select_related = ("user", "store")
    search_fields = ("user__name", "user__email")

    def has_delete_permission(self, request, obj=None) -> bool:
        """Superusers: whoever deletes a person deletes the person's roles."""
        return request.user.is_superuser


@admin.register(ApiToken)
class TokenAdmin(OnlyItsFilters, admin.ModelAdmin):
    """Tokens are made, shown once, and revoked; never read again."""

    list_display = ("user", "name", "made_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), ("last_used_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("name", "user__name", "user__email")
    autocomplete_fields = ("user",)
    fields = ("user", "name", "expires_at")
    actions = ("revoke",)

    def get_queryset(self, request):
        """Tokens of people this manager may change."""
        return super().get_queryset(request).filter(user__in=changeable_by(request.user).values("pk"))

    def has_module_permission(self, request) -> bool:
        return managed_by(request.user).exists() or request.user.is_superuser

    def has_view_permission(self, request, obj=None) -> bool:
        """Managers; the rows are narrowed down above."""
        return self.has_module_permission(request)

    def has_add_permission(self, request) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None) -> bool:
        """The list's action needs it; on its own page a token is read-only."""
        return self.has_module_permission(request) and obj is None

    def has_delete_permission(self, request, obj=None) -> bool:
        """Superusers, with its person; else a revoked token tells what was."""
        return request.user.is_superuser

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Only for people this manager may change."""
        if db_field.name == "user":
            kwargs["queryset"] = changeable_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        """Make it, and show it for the only time."""
        secret = obj.renew()
        super().save_model(request, obj, form, change)
        messages.warning(request, _("The token, shown only once: %(secret)s") % {"secret": secret})

    @admin.action(description=gettext_lazy("Revoke the selected tokens"))
    def revoke(self, request, queryset):
        """They stop working at once."""
        count = queryset.filter(revoked_at=None).update(revoked_at=clock.now())
        messages.success(request, _("Revoked: %(count)d.") % {"count": count})


@admin.register(Receipt)
class ReceiptAdmin(OnlyItsFilters, ReadOnly, admin.ModelAdmin):
    """That personal data went, and when: for superusers. It names nobody."""

    list_display = ("id", "at", "kind", "store", "said")
    list_filter = ("kind",)
    fields = ("at", "kind", "store", "said")
    readonly_fields = fields

    def has_module_permission(self, request) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser


@admin_action(
    gettext_lazy("Delete names and contact data now"),
    offered=lambda store: not store.is_open,
    asks=lambda _stores: gettext_lazy(
        "Names, contact data and typed reasons of everybody who ordered here are deleted now."
    ),
)
def forget_people(store, request):
    """Before its time: usually it happens by itself 7 days after the last day."""
    personal_data.purge_store(store)


StoreAdmin.actions = [*StoreAdmin.actions, forget_people]
