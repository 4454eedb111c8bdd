"""A name in other languages, as one text input per language instead of JSON."""

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextInputWidget

from serverlesspresso.core.typed_text import LineFormField


def languages() -> list[tuple[str, str]]:
    """The languages in which a label can be given, besides that of the name: code and own name."""
    return [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


class LabelsWidget(forms.MultiWidget):
    """One input per language, labelled for screen readers and, while empty, for everybody."""

    def __init__(self):
        super().__init__(
            {
                code: AdminTextInputWidget({"lang": code, "placeholder": name, "aria-label": name})
                for code, name in languages()
            }
        )

    def decompress(self, value) -> list[str]:
        """The texts in the order of the languages."""
        return [(value or {}).get(code, "") for code, _name in languages()]


class LabelsField(forms.MultiValueField):
    """A dict of texts by language code, without empty ones."""

    def __init__(self, **kwargs):
        fields = [LineFormField(max_length=60, required=False) for _language in languages()]
        super().__init__(
            fields=fields, widget=LabelsWidget(), require_all_fields=False, required=False, **kwargs
        )

    def compress(self, values) -> dict[str, str]:
        """Turn the texts, in the order of the languages, into a dict by code."""
        texts = zip(languages(), values, strict=False)
        return {code: text for (code, _name), text in texts if text}
