"""Forms of the admin: organisers' settings, checked as a whole, with errors that say what to do."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from serverlesspresso.core.typed_text import key

from . import services
from .menu.planning import named_twice
from .models import Drink, ModifierGroup, Option, Store
from .translations import LabelsField


class StoreForm(forms.ModelForm):
    """A store: ways to sign in are check boxes, the time zone is chosen from a list."""

    sign_in = forms.MultipleChoiceField(
        label=capfirst(Store._meta.get_field("sign_in").verbose_name),
        help_text=Store._meta.get_field("sign_in").help_text,
        choices=Store.SignIn.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=["guest"],
    )

    class Meta:
        model = Store
        fields = ()
        widgets = {"timezone": forms.Select}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "timezone" in self.fields:
            zones = sorted(available_timezones())
            self.fields["timezone"].widget.choices = [(zone, zone.replace("_", " ")) for zone in zones]
            self.fields["timezone"].widget.attrs.pop("maxlength", None)  # a list has none

    def clean_sign_in(self) -> list[str]:
        """Require that newly added ways were tested, so that nobody is locked out at the opening."""
        ways = self.cleaned_data["sign_in"]
        if text := services.unverified_contacts(self.instance, ways):
            raise ValidationError(text)
        return ways


class LabelledForm(forms.ModelForm):
    """An object with a name and its labels in other languages."""

    labels = LabelsField(
        label=capfirst(gettext_lazy("name in other languages")),
        help_text=gettext_lazy("If empty, the name itself is shown."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "available" in self.fields:
            # Only a tick changed on this page counts: a barista may have changed the value since.
            self.fields["available"].show_hidden_initial = True

    def _get_validation_exclusions(self) -> set[str]:
        # The store becomes read-only later. Excluding it would skip the check for unique names within it.
        return super()._get_validation_exclusions() - {"store"}  # type: ignore[misc]


class GroupsField(forms.ModelMultipleChoiceField):
    """Choices to tick, labelled with their options."""

    def label_from_instance(self, group: ModifierGroup) -> str:
        """Such as: Milk (Regular, Oat)."""
        options = ", ".join(option.name for option in group.options.all())
        return f"{group.name} ({options})" if options else group.name


class DrinkForm(LabelledForm):
    """A drink, with its picture and the choices that come with it."""

    class Meta:
        model = Drink
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if "icon" in fields:
            fields["icon"].choices = [(icon.value, _picture(icon)) for icon in Drink.Icon]
        if "groups" in fields and self.instance.pk:
            fields["groups"].queryset = fields["groups"].queryset.filter(store=self.instance.store)

    def clean(self):
        """Check that choices belong to the drink's store, and that no two share an option name: an order
        names options without their choice."""
        cleaned = super().clean()
        store = cleaned.get("store") or (self.instance.store if self.instance.pk else None)
        groups = list(cleaned.get("groups") or ())
        if store and any(group.store_id != store.pk for group in groups):
            self.add_error("groups", _("Tick only choices of the same store."))
        elif twice := named_twice(option.name for group in groups for option in group.options.all()):
            self.add_error("groups", _in_two_choices(twice))
        return cleaned


class OptionFormSet(BaseInlineFormSet):
    """The options of one choice."""

    def clean(self):
        """Check that there are enough options for the minimum, and none that another choice of the drink
        has."""
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        names = [row["name"] for row in rows if not row.get("DELETE")]
        if twice := named_twice(names):
            raise ValidationError(_("%(name)s is listed twice.") % {"name": twice[0]})
        least = self.instance.min or 0
        if len(names) < least:
            text = ngettext(
                "At least %(min)d must be chosen, so add at least %(min)d option.",
                "At least %(min)d must be chosen, so add at least %(min)d options.",
                least,
            )
            raise ValidationError(text % {"min": least})
        elsewhere = self._elsewhere() if self.instance.pk else set()
        if twice := [name for name in names if key(name) in elsewhere]:
            raise ValidationError(_in_two_choices(twice))

    def _elsewhere(self) -> set[str]:
        """Keys of options in other choices of the drinks that have this one."""
        others = Option.objects.filter(group__drinks__in=self.instance.drinks.all()).exclude(
            group=self.instance
        )
        return {key(name) for name in others.values_list("name", flat=True)}


def _in_two_choices(names: list[str]) -> str:
    text = _("Two choices of the same drink both have the option %(names)s. Rename one of them.")
    return text % {"names": ", ".join(names)}


def _picture(icon: Drink.Icon):
    return format_html(
        '<svg class="drink-icon" aria-hidden="true"><use href="{}#{}"></use></svg> {}',
        static("icons.svg"),
        icon.value,
        icon.label,
    )
