"""The door: who are you, and in you go. Then the small page about oneself."""

import datetime as dt

from allauth.account.views import ConfirmLoginCodeView, RequestLoginCodeView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.models import Store
from serverlesspresso.accounts import guests, permissions
from serverlesspresso.accounts.privacy.personal_data import KEPT_DAYS
from serverlesspresso.accounts.validators import clean_name
from serverlesspresso.core.errors import Forbidden, Invalid

from .flow import SignInFlow
from .forms import ContactForm, check_rates


def sign_in_context(way: SignInFlow, **context) -> dict:
    """What the page shows that asks customers who they are."""
    kept_until = way.store.ends_on + dt.timedelta(days=KEPT_DAYS) if way.store else None
    by_name = Store.SignIn.GUEST in way.allowed
    return {"way": way, "by_name": by_name, "kept_until": kept_until, "kept_days": KEPT_DAYS, **context}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request) -> HttpResponse:
    """Who are you? A name for guests, a contact for codes; who is in already goes on."""
    way = SignInFlow.of(request)
    if way.lets_in(request.user):
        return redirect(way.end)
    if request.method != "POST":
        return render(request, "accounts/enter.html", sign_in_context(way))
    if Store.SignIn.GUEST not in way.allowed:
        raise Forbidden(_("A name is not enough here. Please ask for a code."), code="guests_not_allowed")
    name = request.POST.get("name", "")
    try:
        guests.sign_in_guest(request, name)
    except Invalid as refusal:
        typed = {"name": name[:60], "name_error": refusal.text}
        return render(request, "accounts/enter.html", sign_in_context(way, **typed), status=refusal.status)
    return redirect(way.end)


class SendCode(RequestLoginCodeView):
    """Send a code to a phone or mailbox. Its form is part of the page `enter`."""

    template_name = "accounts/enter.html"
    form_class = ContactForm

    def get(self, request, *args, **kwargs) -> HttpResponse:
        """Nobody comes here but from a code that ran out, or by the back button."""
        if not request.user.is_authenticated and not len(messages.get_messages(request)):
            messages.info(request, _("That code has expired. Please ask for a new one."))
        return redirect(reverse("accounts:enter") + SignInFlow.of(request).query)

    def post(self, request, *args, **kwargs) -> HttpResponse:
        """Whoever is in already needs no code."""
        self.way = SignInFlow.of(request)
        return (
            redirect(self.way.end)
            if self.way.lets_in(request.user)
            else super().post(request, *args, **kwargs)
        )

    def get_form_kwargs(self) -> dict:
        """The form takes only what this store allows."""
        return super().get_form_kwargs() | {"methods": self.way.methods}

    def form_valid(self, form) -> HttpResponse:
        """A guest who wants to be more than that leaves the guest behind."""
        if self.request.user.is_authenticated:
            logout(self.request)
        self.way.remember(self.request)
        return super().form_valid(form)

    def form_invalid(self, form) -> HttpResponse:
        """The same page, with what is wrong."""
        return render(self.request, self.template_name, sign_in_context(self.way, form=form), status=422)

    def get_success_url(self) -> str:
        """On to the code, and from there to where they were going."""
        return reverse("account_confirm_login_code") + self.way.query


class ConfirmCode(ConfirmLoginCodeView):
    """Take the code. "Another number" leads back to the page that asked."""

    def get_form_kwargs(self) -> dict:
        """Which sending it is about."""
        kwargs = super().get_form_kwargs()
        if self._action == "verify":
            kwargs["sent"] = f"{self.request.session.session_key}:{self._process.state['at']}"
        return kwargs

    def _resend_form_valid(self, form) -> HttpResponse:
        """Another code is bounded as the first was."""
        sent_to = self._process.state
        method = "phone" if "phone" in sent_to else "email"
        try:
            check_rates(method, sent_to[method])
        except ValidationError as refusal:
            messages.error(self.request, " ".join(refusal.messages))
            return redirect(reverse("account_confirm_login_code") + SignInFlow.of(self.request).query)
        return super()._resend_form_valid(form)

    def get_context_data(self, **kwargs) -> dict:
        """Where to go back to."""
        return super().get_context_data(**kwargs) | {"way": SignInFlow.of(self.request)}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request) -> HttpResponse:
    """Who am I? The name on my cups, my stores, the way out."""
    if request.method == "POST":
        if request.user.is_device:
            raise Http404
        try:
            request.user.name = clean_name(request.POST.get("name", ""))
        except Invalid as refusal:
            return render(request, "accounts/home.html", _about(request, refusal.text), status=refusal.status)
        request.user.save(update_fields=["name"])
        messages.success(request, _("Your name has been changed."))
        return redirect("accounts:home")
    return render(request, "accounts/home.html", _about(request))


def _about(request, name_error: str = "") -> dict:
    return {"stores": permissions.stores_of(request.user), "name_error": name_error}


class ChangePassword(PasswordChangeView):
    """For staff; people who sign in with codes have none."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:home")

    def dispatch(self, request, *args, **kwargs):
        """Only where there is a password to change."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form) -> HttpResponse:
        """Say so on the next page."""
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)
