"""What must be tested before it counts: that a phone opens the test address, and that a test code arrives."""

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config import services
from config.models import Store
from display import qr_images
from organisers.access import ManagerRequest, managed
from serverlesspresso.accounts import contact_verification
from serverlesspresso.accounts.models import digest
from serverlesspresso.core import urls
from serverlesspresso.core.errors import NotFound, Refusal
from serverlesspresso.web.error_pages import Request, shown

from .setup import go_on, page

_SALT = "organisers.try"
_GOOD_FOR_S = 24 * 3600
_PAGE = require_http_methods(["GET", "HEAD", "POST"])

# -- does a phone reach the bar? -------------------------------------------------------------------


@_PAGE
@managed
def phones(request: ManagerRequest, store: Store) -> HttpResponse:
    """A test code to scan; the page says when a phone has opened it. The test can be skipped."""
    if request.method == "POST":
        services.mark_reachable(store)
        return go_on(store, "phones")
    if request.htmx:
        return render(request, "organisers/setup/_reached.html", {"store": store})
    address = urls.absolute_url(reverse("organisers:try", args=[_ticket(request, store)]))
    lan = urls.base_url()
    return page(
        request, store, "phones", svg=qr_images.svg(address), address=lan, nowhere="//localhost" in lan
    )


def _ticket(request: Request, store: Store) -> str:
    browser = digest(request.session.session_key or "")[:12]
    return signing.dumps([store.pk, browser], salt=_SALT)


@never_cache
@_PAGE
def try_it(request: Request, token: str) -> HttpResponse:
    """The page on a phone that scanned the test code. A GET does not count; its form does."""
    try:
        pk, browser = signing.loads(token, salt=_SALT, max_age=_GOOD_FOR_S)
    except signing.BadSignature:
        raise NotFound(
            _("This test code has expired. The set-up page shows a new one."), code="not_found"
        ) from None
    store = Store.objects.current().filter(pk=pk).first()
    if store is None:
        raise NotFound(_("This store no longer exists."), code="not_found")
    same = digest(request.session.session_key or "")[:12] == browser
    if request.method == "POST" and not same:
        services.mark_reachable(store)
    context = {"store": store, "same": same, "done": request.method == "POST" and not same}
    return render(request, "organisers/try.html", context)


# -- does a code arrive? ---------------------------------------------------------------------------


@_PAGE
@managed
def sign_in(request: ManagerRequest, store: Store) -> HttpResponse:
    """Who may order. Codes can be switched on once a test code has arrived."""
    sent = {key: request.POST.get(key, "")[:254] for key in ("do", "way", "contact", "code")}
    if request.method != "POST":
        return _sign_in_page(request, store)
    try:
        if sent["do"] == "send":
            contact_verification.send(store, sent["way"], sent["contact"], by=request.user)
            return _sign_in_page(request, store, waiting=sent["way"], contact=sent["contact"])
        if sent["do"] == "prove":
            contact_verification.verify(store, sent["way"], sent["code"], by=request.user)
            messages.success(request, _("It arrived. You can switch this way on now."))
            return redirect("organisers:sign-in", store.slug)
        services.set_sign_in(store, request.POST.getlist("sign_in"))
    except Refusal as refusal:
        waiting = sent["way"] if sent["do"] == "prove" else ""
        return _sign_in_page(request, store, refusal=refusal, waiting=waiting, **_typed(sent))
    return go_on(store, "sign-in")


def _typed(sent: dict[str, str]) -> dict[str, str]:
    return {"contact": sent["contact"], "asked": sent["way"]}


def _sign_in_page(
    request: ManagerRequest, store: Store, *, refusal: Refusal | None = None, **context
) -> HttpResponse:
    store.refresh_from_db()
    ways = [
        {"name": way.value, "label": way.label, "on": way in store.sign_in, "proven": store.proven(way)}
        for way in Store.SignIn
    ]
    return page(
        request,
        store,
        "sign-in",
        ways=ways,
        refusal=shown(refusal, store, lead=False) if refusal else None,
        status=refusal.status if refusal else 200,
        **context,
    )
