"""Inviting from the tablet, and what tickets say of it."""

import pytest
from django.template.loader import render_to_string

from baristas import presenters, topics
from config import services
from conftest import queued
from orders import admission, invitations
from orders.models import Invite, Order
from serverlesspresso.accounts.identity import Person

from .conftest import post


def ticket_of(store) -> str:
    return topics.snapshot(store)


def test_the_digits_and_the_link_are_shown_to_who_made_it(barista, store, settings):
    settings.PUBLIC_URL = "https://coffee.example.org"
    html = post(barista, "invite").content.decode()
    invite = Invite.objects.get()
    assert f"{invite.digits[:3]} {invite.digits[3:]}" in html
    assert f"https://coffee.example.org/invite/{invite.pk}/" in html


def test_no_other_screen_learns_them(barista, store):
    post(barista, "invite")
    assert Invite.objects.get().pk not in topics.snapshot(store)
    assert Invite.objects.get().digits not in topics.snapshot(store)


def test_its_wishes_are_kept(barista, store):
    post(barista, "invite", {"priority": "yes", "bring": "yes"})
    assert Invite.objects.filter(priority=True, bring=True, by__name="Bob").exists()


@pytest.mark.parametrize("who", ["alice", "screen"])
def test_only_staff_invite(client, store, who, request):
    client.force_login(request.getfixturevalue(who))
    assert post(client, "invite").status_code == 403
    assert not Invite.objects.exists()


def test_a_ticket_says_priority_and_to_bring_it(store, alice, bob):
    queued(alice, store)
    assert "Bring it" not in topics.snapshot(store)
    Order.objects.update(priority=True, bring=True)
    assert "Priority" in topics.snapshot(store)
    assert "Bring it" in topics.snapshot(store)


def test_an_invitation_makes_such_an_order(store, alice, bob):
    order = admission.invite(invitations.make(store, by=bob, priority=True, bring=True), Person(alice))
    assert (order.priority, order.bring) == (True, True)


def test_a_ticket_says_since_when_its_owner_is_asked_what_to_have_instead(store, alice):
    order = queued(alice, store)
    services.set_available(store, "Espresso", available=False)
    [ticket] = presenters.tickets(store, presenters.Menu(store))
    assert ticket.sold_out >= order.queued_at.isoformat()[:10]
    html = render_to_string("baristas/_ticket.html", {"ticket": ticket, "store": store})
    assert f'data-since="{ticket.sold_out}" data-late="120"' in html
    assert 'data-late-format="Ask customer"' in html


def test_back_on_the_menu_nobody_is_asked(store, alice):
    queued(alice, store)
    services.set_available(store, "Espresso", available=False)
    services.set_available(store, "Espresso", available=True)
    [ticket] = presenters.tickets(store, presenters.Menu(store))
    assert ticket.sold_out == ""
