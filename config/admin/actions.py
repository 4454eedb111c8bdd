"""Acts in the admin: they call a domain function for an object, from the list and from its own page."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from serverlesspresso.core.errors import Refusal

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as _Base
else:
    _Base = object

_no_nul = ProhibitNullCharactersValidator()
_ONE = "from_page"
_CSRF = "csrfmiddlewaretoken"


def admin_action(
    description,
    *,
    offered: Callable = lambda _thing: True,
    asks: Callable | None = None,
    careful: bool = False,
):
    """Make an admin action of `perform(thing, request)`, called for each ticked object.

    `offered(thing)` says whether the object's own page shows a button for it; `asks(things)` gives the
    sentence to confirm first. `careful` acts, and those that ask, come last, set apart. Refusals are reported
    by name, and the rest still happens.
    """

    def make(perform: Callable):
        def run(modeladmin, request, queryset):
            things = list(queryset)
            if asks and "sure" not in request.POST:
                return _confirm(modeladmin, request, action, things, asks(things))
            for thing in things:
                _one(modeladmin, request, perform, thing, description)
            return None

        action: Any = functools.wraps(perform)(run)
        action.short_description = description
        action.offered, action.asks, action.careful = offered, asks, careful or bool(asks)
        return action

    return make


def _one(modeladmin, request, perform: Callable, thing, description) -> None:
    try:
        perform(thing, request)
    except Refusal as refusal:
        messages.error(request, _("%(thing)s: %(text)s") % {"thing": thing, "text": refusal.text})
    else:
        modeladmin.log_change(request, thing, str(description))
        messages.success(request, _("Done. %(thing)s: %(act)s.") % {"thing": thing, "act": description})


def _confirm(modeladmin, request, action, things, question: str) -> TemplateResponse:
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": action.short_description,
        "question": question,
        "things": things,
        "opts": modeladmin.opts,
        "kept": [(key, value) for key, values in request.POST.lists() if key != _CSRF for value in values],
    }
    return TemplateResponse(request, "admin/confirm_act.html", context)


class AdminActionsMixin(_Base):
    """For model admins: the list's acts are also buttons on each object's own page."""

    change_form_template = "admin/change_form_with_acts.html"

    def render_change_form(self, request, context, *args, **kwargs):
        """Tell the page which acts it offers."""
        obj = kwargs.get("obj")
        actions: Any = self.get_actions(request).values() if obj else ()
        offered = [
            (name, label, act.careful)
            for act, name, label in actions
            if hasattr(act, "offered") and act.offered(obj)
        ]
        context["acts"] = sorted(offered, key=lambda each: each[2])
        context["act_names"] = {"selected": ACTION_CHECKBOX_NAME, "one": _ONE}
        context["act_form"] = self.action_form(auto_id=None)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_action(self, request, queryset, *args, **kwargs):
        """Return to the button's page. Keys that cannot exist count as nothing ticked."""
        one = request.POST.get(_ONE)
        try:
            for key in (*request.POST.getlist(ACTION_CHECKBOX_NAME), *([one] if one else ())):
                _no_nul(key)
                self.opts.pk.run_validators(self.opts.pk.to_python(key))
        except ValidationError:
            messages.error(request, _("That no longer exists. Nothing was changed."))
            return None
        response = super().response_action(request, queryset, *args, **kwargs)
        if one and isinstance(response, HttpResponseRedirect):
            page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(page, args=[one]))
        return response
