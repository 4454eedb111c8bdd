"""The forms with which the admin adds and changes people."""

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.models import Store
from serverlesspresso.core.typed_text import EmailFormField

from .models import Role, User
from .permissions import managed_by
from .sign_in.adapter import phone_number
from .staff_invitations import forget_unverified


class NewPersonForm(forms.ModelForm):
    """Somebody new, with a password and a role at a store."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Give it to them; they can change it after signing in."),
    )
    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(Role.BARISTA, Role.BARISTA.label), (Role.MANAGER, Role.MANAGER.label)],
    )
    manager: User

    class Meta:
        model = User
        fields = ("name", "email")
        field_classes = {"email": EmailFormField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        stores = managed_by(self.manager).filter(archived_at=None)
        self.fields["store"] = forms.ModelChoiceField(stores, label=_("Store"), initial=stores.first())
        self.fields["name"].required = self.fields["email"].required = True

    def clean_email(self) -> str:
        """Addresses are kept in small letters; one person, one address."""
        email = self.cleaned_data["email"].lower()
        forget_unverified(email=email)
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(
                _("Somebody already has this address. An administrator can give them a role at your store.")
            )
        return email

    def clean_password(self) -> str:
        """As strong as the settings ask."""
        validate_password(self.cleaned_data["password"], self.instance)
        return self.cleaned_data["password"]

    def save(self, commit=True):
        """The password as its hash."""
        self.instance.set_password(self.cleaned_data["password"])
        return super().save(commit)


class PersonForm(UserChangeForm):
    """Somebody known. Empty contacts are none, addresses are in small letters."""

    class Meta(UserChangeForm.Meta):
        model = User
        field_classes = {"email": EmailFormField}

    def clean_email(self) -> str | None:
        """None for none: many people have no address, and an address is unique."""
        email = (self.cleaned_data["email"] or "").lower() or None
        if email and email != self.instance.email:
            forget_unverified(email=email)
        return email

    def clean_phone(self) -> str | None:
        """As with addresses; with its country code."""
        return phone_number(self.cleaned_data["phone"]) if self.cleaned_data["phone"] else None
