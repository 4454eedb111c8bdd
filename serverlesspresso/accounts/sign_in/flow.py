"""Where somebody was going when we asked them who they are."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from config import lookup
from config.models import Store

_KEY = "on_the_way"


def is_safe(url: str | None) -> bool:
    """Whether a browser sent there stays on this site: paths only, because hosts can be forged."""
    return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


@dataclass(frozen=True)
class SignInFlow:
    """Through which store's door, and to which page (a safe path, or empty)."""

    store: Store | None = None
    next: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "SignInFlow":
        """The way a request names (`store`, `next`), or else the one remembered in the session."""
        asked = request.POST if request.method == "POST" else request.GET
        kept = request.session.get(_KEY, {})
        slug, url = asked.get("store") or kept.get("store", ""), asked.get("next") or kept.get("next", "")
        store = lookup.typed(slug)
        return cls(store, url if is_safe(url) else "")

    @property
    def end(self) -> str:
        """The page to show when all is done."""
        return self.next or (f"/s/{self.store.slug}/" if self.store else "/")

    @property
    def query(self) -> str:
        """The same way as a query string, with its question mark; empty when there is nothing to say."""
        said = {"next": self.next, "store": self.store.slug if self.store else ""}
        said = {key: value for key, value in said.items() if value}
        return f"?{urlencode(said)}" if said else ""

    @property
    def allowed(self) -> list[str]:
        """The ways to sign in here (values of Store.SignIn); without a store, those of any store."""
        if self.store:
            return self.store.sign_in
        lists = Store.objects.current().values_list("sign_in", flat=True)
        return [way for way in Store.SignIn.values if any(way in ways for ways in lists)]

    @property
    def methods(self) -> set[str]:
        """How a code can travel here: "phone", "email", both or neither."""
        return {way for way in self.allowed if way != Store.SignIn.GUEST} & settings.ACCOUNT_LOGIN_METHODS

    def lets_in(self, user) -> bool:
        """Whether this person needs no further sign-in: a guest does where names alone are not enough."""
        if not user.is_authenticated:
            return False
        return not user.is_guest or Store.SignIn.GUEST in self.allowed

    def remember(self, request: HttpRequest) -> None:
        """Keep it in the session, for the pages of a sign-in that are reached without it."""
        request.session[_KEY] = {"store": self.store.slug if self.store else "", "next": self.next}


def pop_next_url(request: HttpRequest) -> str:
    """Forget the remembered way and return where it led; empty when there was none."""
    kept = request.session.pop(_KEY, None)
    return kept["next"] if kept and is_safe(kept["next"]) else ""
