"""Setting up: who works here, and who may set up."""

import re

import pytest
from django.core import mail
from django.test import Client

from conftest import make_user
from organisers import setup_steps
from organisers.tests.pages import page_of, post
from serverlesspresso.accounts.models import Membership, User
from serverlesspresso.accounts.sms import backends

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("messages_are_kept")]


def link_in(text: str) -> str:
    return re.search(r"https://coffee\.example(/accounts/invited/\d+/[\w-]+/)", text)[1]


def test_somebody_new_chooses_a_password_and_stands_behind_the_bar(manages, store, client, on_commit):
    with on_commit():
        shown = post(manages, store, "people", name="Ana", contact="Ana@Example.org", role="barista")
    path = link_in(mail.outbox[-1].body)
    assert path in shown.content.decode()
    assert client.get(path).status_code == 200
    assert client.post(path, {"password": "short"}).status_code == 422
    assert client.post(path, {"password": "a long password"})["Location"] == "/barista/"
    assert client.get("/barista/ABC/").status_code == 200
    ana = User.objects.get(email="ana@example.org")
    assert ana.check_password("a long password")
    assert Membership.objects.get(user=ana).role == "barista"
    assert Client().get(path).status_code == 404, "the link works once"


def test_without_a_contact_the_link_is_shown_and_asks_for_an_address(manages, store, client):
    path = link_in(post(manages, store, "people", name="Ana", role="manager").content.decode())
    assert client.post(path, {"password": "a long password", "email": "dana@example.org"}).status_code == 422
    assert client.post(path, {"password": "a long password", "email": "ana@example.org"}).status_code == 302
    assert User.objects.get(email="ana@example.org").is_staff


def test_a_phone_gets_the_link_as_a_text(manages, store, on_commit):
    with on_commit():
        post(manages, store, "people", name="Ana", contact="+4915123456789", role="barista")
    assert link_in(backends.outbox[-1].text)


def test_a_stranger_who_asked_for_a_code_to_their_address_keeps_nobody_from_being_hired(manages, store):
    unverified = User.objects.create_user("newhire@corp.example")
    response = post(manages, store, "people", name="Ana", contact="newhire@corp.example", role="barista")
    assert response.status_code in (200, 302)
    hired = User.objects.get(email="newhire@corp.example")
    assert hired.memberships.get().store == store
    assert hired.pk != unverified.pk, "a code on its way opens nothing"


def test_who_was_invited_and_has_not_come_yet_is_not_invited_over(manages, store):
    for status in (True, False):
        response = post(manages, store, "people", name="Ana", contact="ana@corp.example", role="barista")
        assert (response.status_code < 400) is status


def test_who_is_known_already_cannot_be_taken_over_by_an_invitation(manages, store, charlie):
    response = post(manages, store, "people", name="Charlie", contact=charlie.email, role="barista")
    assert response.status_code == 409
    assert "Somebody already has this address" in response.content.decode()
    assert not charlie.memberships.exists()


@pytest.mark.parametrize("fields", [{"contact": "nobody"}, {"role": "display"}, {"name": ""}, {"name": "\0"}])
def test_an_invitation_that_says_too_little_is_refused(manages, store, fields):
    before = User.objects.count()
    response = post(manages, store, "people", **({"name": "Ana", "role": "barista"} | fields))
    assert response.status_code == 422
    assert User.objects.count() == before


@pytest.mark.parametrize("step", list(setup_steps.STEPS))
def test_the_set_up_is_for_managers_of_the_store(client, store, bob, charlie, step):
    path = f"/organise/ABC/setup/{step}/"
    assert client.get(path)["Location"].startswith("/accounts/login/?next=")
    for nobody in (bob, charlie, make_user("Eve")):
        client.force_login(nobody)
        assert client.get(path).status_code == 403
        assert client.post(path).status_code in (403, 405)


def test_the_last_page_offers_a_rehearsal_if_an_extension_has_one(manages, store, monkeypatch):
    from serverlesspresso.web import template_hooks

    monkeypatch.setattr(template_hooks, "_filled", {"rehearsal": ["_language.html"]})
    assert "let robots order" in page_of(manages, store, "opening")
    monkeypatch.setattr(template_hooks, "_filled", {})
    page = page_of(manages, store, "opening")
    assert "let robots order" not in page
    assert "Order a drink yourself" in page
