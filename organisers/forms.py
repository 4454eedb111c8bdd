"""Forms that organisers fill in while they set up a store."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.menu import templates
from config.models import OpeningHours, Store
from config.timetable import Hours
from serverlesspresso.accounts.models import Role
from serverlesspresso.accounts.staff_invitations import HIRED
from serverlesspresso.core import clock
from serverlesspresso.core.typed_text import LineFormField, narrow

DRINKS_EACH, PLACES_EACH = 5, 10
"""Drinks a code and places in the queue for each barista (about 60 drinks an hour each)."""


class BarForm(forms.ModelForm):
    """The store: its names, where and when it is, and how phones reach it."""

    reach = forms.ChoiceField(
        label=gettext_lazy("How do phones reach the bar?"),
        choices=Store.Reach.choices,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Store
        fields = ("name", "slug", "timezone", "language", "starts_on", "ends_on")
        field_classes = {"slug": LineFormField}
        widgets = {
            "timezone": forms.Select,
            "starts_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "ends_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        zones = sorted(available_timezones())
        fields["timezone"].widget.choices = [(zone, zone.replace("_", " ")) for zone in zones]
        fields["timezone"].widget.attrs.pop("maxlength", None)  # a list has none
        self.initial["reach"] = self.instance.reach
        fields["ends_on"].show_hidden_initial = False
        if self.instance.pk:
            del fields["slug"]
        else:
            self.initial["ends_on"] = None  # nobody should keep people's data for a year by mistake
            fields["timezone"].widget.attrs["data-guess"] = "timezone"

    def clean(self):
        """Check that the last day is not before the first, and is still to come for a new store."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day is before the first. Please check both."))
        elif ends and not self.instance.pk and ends < self._today(cleaned.get("timezone")):
            self.add_error("ends_on", _("That day has passed. Choose a later one for the bar’s last day."))
        return cleaned

    def _today(self, zone: str | None) -> dt.date:
        """Today at the store; with an invalid zone, the day that ends last on earth."""
        known = ZoneInfo(zone) if zone and zone in available_timezones() else None
        return clock.now().astimezone(known or clock.LAST_ON_EARTH).date()

    def save(self, commit=True):
        """Save; if phones reach it in another way, that must be tested again."""
        if "reach" in self.changed_data:
            self.instance.reach, self.instance.reached_at = self.cleaned_data["reach"], None
        return super().save(commit)


class HourField(forms.TimeField):
    """A time of day, as people in several countries type it if the browser does not help."""

    def __init__(self):
        ways = ["%H:%M", "%H:%M:%S", "%H.%M", "%Hh%M", "%Hh", "%I:%M %p", "%I %p", "%H"]
        widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
        super().__init__(required=False, input_formats=ways, widget=widget)

    def to_python(self, value):
        return super().to_python(narrow(value) if isinstance(value, str) else value)


class DayForm(forms.Form):
    """Opening and closing time on one day of the week; two pairs, for a bar that closes at noon."""

    from_1, to_1, from_2, to_2 = (HourField() for _number in range(4))

    def __init__(self, *args, day: OpeningHours.Day, **kwargs):
        super().__init__(*args, **kwargs)
        self.day = day
        names = (_("%(day)s, from"), _("%(day)s, to"), _("%(day)s, again from"), _("%(day)s, again to"))
        for field, name in zip(self.fields.values(), names, strict=True):
            field.widget.attrs["aria-label"] = name % {"day": capfirst(day.label)}

    def clean(self):
        """Check that both ends or none are given, and differ."""
        cleaned = super().clean() or {}
        for number in (1, 2):
            opens, closes = cleaned.get(f"from_{number}"), cleaned.get(f"to_{number}")
            if (opens is None) != (closes is None):
                raise ValidationError(_("Please enter both times, or neither."))
            if opens is not None and opens == closes:
                raise ValidationError(_("Opening and closing time are the same. Make them different."))
        return cleaned

    def lines(self) -> list[Hours]:
        """The lines of the timetable for this day."""
        pairs = [(self.cleaned_data[f"from_{n}"], self.cleaned_data[f"to_{n}"]) for n in (1, 2)]
        return [Hours(self.day.value, opens, closes) for opens, closes in pairs if opens is not None]


def week(store: Store, data=None) -> list[DayForm]:
    """A form for each day of the week."""
    kept: dict[int, list[OpeningHours]] = {}
    for line in store.hours.all():
        kept.setdefault(line.weekday, []).append(line)
    forms_ = []
    for day in OpeningHours.Day:
        initial: dict[str, Any] = {}
        for number, line in enumerate(kept.get(day.value, ())[:2], start=1):
            initial |= {f"from_{number}": line.opens, f"to_{number}": line.closes}
        forms_.append(DayForm(data, initial=initial, prefix=f"day{day.value}", day=day))
    return forms_


class MenuForm(forms.Form):
    """A menu to begin with."""

    template = forms.ChoiceField(
        label=gettext_lazy("Start with"),
        choices=[(name, template.title) for name, template in templates.TEMPLATES.items()],
        widget=forms.RadioSelect,
        initial="espresso",
    )


class LimitsForm(forms.ModelForm):
    """Limits from the number of baristas, or typed in."""

    baristas = forms.IntegerField(
        label=gettext_lazy("Baristas at work"),
        min_value=1,
        max_value=50,
        required=False,
        help_text=gettext_lazy(
            "Each makes about 60 drinks an hour: allow 5 drinks per code and 10 places for each."
        ),
    )

    class Meta:
        model = Store
        fields = ("per_code", "capacity", "per_day")
        labels = {"per_code": gettext_lazy("Drinks per QR code")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(("baristas", "per_code", "capacity", "per_day"))
        self.fields["per_code"].required = self.fields["capacity"].required = False

    def clean(self):
        """Fill in what was left empty or untouched, from the number of baristas."""
        cleaned = super().clean() or {}
        each = {"per_code": DRINKS_EACH, "capacity": PLACES_EACH}
        for field, factor in each.items():
            if field in self.errors:
                continue
            if cleaned.get("baristas") and (field not in self.changed_data or cleaned.get(field) is None):
                cleaned[field] = cleaned["baristas"] * factor
            elif cleaned.get(field) is None:
                cleaned[field] = getattr(self.instance, field)
        return cleaned


class PersonForm(forms.Form):
    """Somebody new behind the bar."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    contact = forms.CharField(
        label=gettext_lazy("E-mail address or phone number"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("We send a link there. If empty, the link is shown here, to scan or to send."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("What do they do?"),
        choices=[(role.value, role.label) for role in HIRED],
        initial=Role.BARISTA.value,
        widget=forms.RadioSelect,
    )
