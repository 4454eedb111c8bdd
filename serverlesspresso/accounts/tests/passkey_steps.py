"""What people do with passkeys, step by step, for the tests that look at one of the steps."""

from django.test import Client
from django.urls import reverse

from .authenticator import Phone, asked

HOST = "coffee.example.org"
BAR = f"https://{HOST}"
INDEX, ADD, STEP = "/accounts/2fa/", "/accounts/2fa/passkeys/add/", "/accounts/2fa/authenticate/"
AGAIN = "/accounts/2fa/reauthenticate/passkey/"
REFUSED = "That passkey was not accepted"


def type_password(browser, name="dana"):
    return browser.post("/accounts/login/", {"login": f"{name}@example.org", "password": "a long password"})


def confirm_password(browser) -> None:
    browser.post("/accounts/reauthenticate/", {"password": "a long password"})


def signed_in(name="dana") -> Client:
    """A browser with which somebody came in by password, and typed it once more just now."""
    browser = Client()
    type_password(browser, name)
    confirm_password(browser)
    return browser


def add(browser, phone: Phone, name: str = ""):
    """Add a passkey as a person would; the answer."""
    options = asked(browser.get(ADD).content.decode())
    return browser.post(ADD, {"name": name, "credential": phone.make(options)})


def at_the_second_step(name="dana") -> tuple[Client, dict]:
    """A browser where the password was typed, and what its page asks for."""
    browser = Client()
    assert type_password(browser, name)["Location"] == STEP
    return browser, asked(browser.get(STEP).content.decode())


def is_in(browser) -> bool:
    return "_auth_user_id" in browser.session


def removal(passkey) -> str:
    return reverse("mfa_remove_webauthn", args=[passkey.pk])


def remove(browser, passkey):
    return browser.post(removal(passkey))
