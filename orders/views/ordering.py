"""The customer's pages: each act is one call of `commands` or `admission`."""

from collections.abc import Callable
from contextlib import contextmanager

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config import lookup
from config.models import Store
from display import qr_codes, wall_proof
from orders import admission, bar_presenters, commands, forms, presenters, processor, waiting_list
from orders.errors import too_late
from orders.favourites import usual_of
from orders.models import Order, Status
from serverlesspresso.accounts import permissions
from serverlesspresso.accounts.identity import network, person
from serverlesspresso.accounts.sign_in.flow import SignInFlow
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Bound, Refusal
from serverlesspresso.events.log import publish
from serverlesspresso.web import error_pages
from serverlesspresso.web.error_pages import Request

_HISTORY = 50

# -- from the QR code to an order ------------------------------------------------------------------


@require_safe
@never_cache
def home(request: Request) -> HttpResponse:
    """The home page: where coffee is served. With a single bar it leads straight there."""
    now = clock.now()
    real = Store.objects.current().filter(kind=Store.Kind.REAL)
    stores = [store for store in real if store.local_day(now) <= store.ends_on]
    if len(stores) == 1:
        return redirect("orders:store", stores[0].slug)
    return render(request, "orders/home.html", {"bars": [bar_presenters.of_store(store) for store in stores]})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def scan(request: Request, token: str) -> HttpResponse:
    """The address in the QR code. A GET writes nothing: link previews must not drink coffee."""
    if wall_proof.is_proof(token):
        return _to_the_list(token)
    code = qr_codes.find_code(token)
    request.store = code.store
    if request.method != "POST":
        return render(request, "orders/scan.html", {"store": code.store})
    who = person(request)
    with offering_to_wait(wall_proof.proof(code)):
        try:
            hold = admission.scan(code, who, network=network(request))
        except Bound as refusal:
            refusal.next_url = sign_in(code.store, request.path).url
            refusal.next_label = _("Sign in")
            raise
        if not SignInFlow(code.store).lets_in(request.user):
            return sign_in(code.store)
        return redirect("orders:order", admission.create_order(hold, who).pk)


def _to_the_list(proof: str) -> HttpResponseRedirect:
    """The wall's other code, shown while nobody can order, leads to the waiting list."""
    code = wall_proof.find(proof)
    here = reverse("orders:waiting", args=[code.store.slug])
    return HttpResponseRedirect(f"{here}?{urlencode({'seen': proof})}")


@contextmanager
def offering_to_wait(saw: str):
    """Offer the waiting list to somebody who finds no room, with the proof that they saw or were given."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code in ("code_used_up", "queue_full"):
            refusal.seen = saw
        raise


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def store(request: Request, slug: str) -> HttpResponse:
    """A bar's page. After signing in, somebody has a hold: the page POSTs, and it becomes an order."""
    request.store = found = lookup.store_or_404(slug)
    if request.method == "POST":
        return _place(request, found)
    if request.htmx:
        return HttpResponse(_store_fragments(found))
    who = person(request)
    shown = bar_presenters.of_store(found) | bar_presenters.of_menu(found)
    shown |= {
        "hold": qr_codes.open_hold(found, user=who.user, browser=who.browser),
        "let_in": SignInFlow(found).lets_in(request.user),
        "turn": waiting_list.entry_of(found, who),
        "current": admission.current_order(found, who),
        "sign_in_url": sign_in(found).url,
        "head": publish.latest_sequence(found.slug),
        "at": clock.screen_time(),
    }
    with timezone.override(found.zone):
        return render(request, "orders/store.html", shown)


def _place(request: Request, found: Store) -> HttpResponse:
    who = person(request)
    if not SignInFlow(found).lets_in(request.user):
        return sign_in(found)
    hold = qr_codes.open_hold(found, user=who.user, browser=who.browser)
    if hold is None and (order := admission.current_order(found, who)):
        return redirect("orders:order", order.pk)  # sent twice
    if hold is None:
        raise Refusal(_("Please scan the code on the bar’s screen to order."), code="no_hold")
    with offering_to_wait(wall_proof.proof(hold.code)):
        return redirect("orders:order", admission.create_order(hold, who).pk)


def sign_in(found: Store, then: str = "") -> HttpResponseRedirect:
    """Ask who this is, then go on to a path, or to the bar's page."""
    way = SignInFlow(found, then or reverse("orders:store", args=[found.slug]))
    return HttpResponseRedirect(reverse("accounts:enter") + way.query)


def _store_fragments(found: Store) -> str:
    head = publish.latest_sequence(found.slug)
    offered = render_to_string("orders/_store_menu.html", bar_presenters.of_menu(found))
    return bar_presenters.render_store(found) + offered + presenters.pulse(head)


# -- looking ---------------------------------------------------------------------------------------


@require_safe
@never_cache
def mine(request: Request) -> HttpResponse:
    """My orders, newest first."""
    orders = admission.orders_of(person(request)).select_related("store").order_by("-created_at")
    return render(request, "orders/mine.html", {"lines": presenters.history(orders[:_HISTORY])})


@require_safe
@never_cache
def order(request: Request, order_id: str) -> HttpResponse:
    """One order, live, for its owner; the store's staff may look."""
    found, own = _find(request, order_id)
    if request.htmx:
        return HttpResponse(presenters.poll_of_order(found.pk))
    return _page(request, found, own=own)


@require_safe
@never_cache
def swap(request: Request, order_id: str) -> HttpResponse:
    """The menu of a waiting order, to change the drink; in any other status, leads to the order."""
    found, own = _find(request, order_id)
    if request.htmx:
        return HttpResponse(presenters.poll_of_order(found.pk, swap=True))
    if not own or found.status != Status.QUEUED:
        return redirect("orders:order", found.pk)
    return _page(request, found, own=own, swap=True)


def _find(request: Request, order_id: str) -> tuple[Order, bool]:
    """The order, and whether it is this person's own. Somebody else's looks like none at all."""
    found = get_object_or_404(Order.objects.select_related("store", "customer", "barista"), pk=order_id)
    own = admission.orders_of(person(request)).filter(pk=found.pk).exists()
    if not own and not permissions.is_staff(request.user.pk, found.store):
        raise Http404
    request.store = found.store
    return found, own


def _page(
    request: Request, found: Order, own: bool, *, refusal: Refusal | None = None, **more
) -> HttpResponse:
    head = publish.latest_sequence(found.store.slug)
    found = processor.load(found.pk)
    shown = presenters.of_order(found, **more)
    shown |= {
        "own": own,
        "hears": request.user.pk is not None and (found.customer_id == request.user.pk or not own),
        "head": head,
        "at": clock.screen_time(),
        "refusal": refusal and error_pages.shown(refusal, found.store, lead=False),
    }
    with timezone.override(found.store.zone):
        response = render(request, "orders/order.html", shown, status=refusal.status if refusal else 200)
    return error_pages.marked(response, refusal) if refusal else response


# -- acting ----------------------------------------------------------------------------------------


@require_POST
@never_cache
def submit(request: Request, order_id: str) -> HttpResponse:
    """Send the choice to the bar, or change the drink while it waits."""
    return _act(request, order_id, _submit)


@require_POST
@never_cache
def extend(request: Request, order_id: str) -> HttpResponse:
    """More time to choose."""
    return _act(request, order_id, lambda found, _sent: commands.extend(found, by=found.customer))


@require_POST
@never_cache
def cancel(request: Request, order_id: str) -> HttpResponse:
    """Cancel one's own order."""
    return _act(request, order_id, _cancel)


@require_POST
@never_cache
def collect(request: Request, order_id: str) -> HttpResponse:
    """ "I have it"."""
    return _act(request, order_id, lambda found, _sent: commands.collect(found, by=found.customer))


def _cancel(found: Order, data) -> Order:
    if data.get("seen") == Status.CHOOSING and found.status in (Status.SUBMITTED, Status.QUEUED):
        raise too_late(found)  # "I do not want a drink" was meant for a menu; a drink was ordered since
    return commands.withdraw(found, by=found.customer)


def _submit(found: Order, data) -> Order:
    drink, modifiers = forms.chosen(found.store, data)
    if "usual" in data and (choice := usual_of(found)):
        drink, modifiers = choice.drink, list(choice.modifiers)
    if data.get("seen") == Status.CHOOSING and found.status in (Status.SUBMITTED, Status.QUEUED):
        # If a page still shows the menu, the first choice counts: a second tab does not swap it unseen.
        if (found.drink, sorted(found.modifiers)) != (drink, sorted(modifiers)):
            raise too_late(found)
        return found
    name = data.get("name")
    return commands.submit(found, drink=drink, modifiers=modifiers, by=found.customer, name=name)


def _act(request: Request, order_id: str, act: Callable) -> HttpResponse:
    found, own = _find(request, order_id)
    if not own:
        raise Http404  # staff act in the barista app
    try:
        act(found, request.POST)
    except Refusal as refusal:
        return _refused(request, found, refusal)
    if request.htmx:
        return HttpResponse(presenters.poll_of_order(found.pk))
    return redirect("orders:order", found.pk)


def _refused(request: Request, found: Order, refusal: Refusal) -> HttpResponse:
    """Show the refusal with the order as it is now; a form keeps what was chosen."""
    if request.htmx:
        sentence = render_to_string(
            "_refusal.html", {"refusal": error_pages.shown(refusal, found.store, lead=False)}
        )
        response = HttpResponse(sentence + presenters.poll_of_order(found.pk), status=refusal.status)
        return error_pages.marked(response, refusal)
    drink, modifiers = forms.chosen(found.store, request.POST)
    sent = {"drink": drink, "modifiers": modifiers} if drink else {}
    swapping = request.POST.get("seen") == Status.QUEUED
    return _page(request, found, own=True, refusal=refusal, swap=swapping, **sent)
