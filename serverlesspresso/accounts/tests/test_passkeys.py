"""A passkey instead of six digits: added, shown at sign-in and again, removed, and where there can be one."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from conftest import make_user
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.mfa import passkeys
from serverlesspresso.accounts.models import User
from serverlesspresso.accounts.privacy import personal_data

from .authenticator import Phone, asked
from .passkey_steps import (
    ADD,
    AGAIN,
    BAR,
    INDEX,
    REFUSED,
    STEP,
    add,
    at_the_second_step,
    is_in,
    removal,
    remove,
    signed_in,
    type_password,
)
from .test_second_factor import SET_UP, digits
from .test_second_factor import set_up as set_up_digits

pytestmark = pytest.mark.usefixtures("named_bar")


# -- the way it goes --------------------------------------------------------------------------------


def test_a_manager_who_has_nothing_yet_is_offered_a_passkey_as_well(client, dana):
    browser = signed_in()
    assert browser.get("/admin/")["Location"].startswith(SET_UP)
    assert f'href="{ADD}" data-passkeys hidden' in browser.get(SET_UP).content.decode()


def test_with_a_passkey_everything_is_open_and_codes_for_the_drawer_are_shown_once(dana, phone):
    browser = signed_in()
    assert add(browser, phone)["Location"] == "/accounts/2fa/codes/"
    page = browser.get("/accounts/2fa/codes/").content.decode()
    assert len(re.findall(r"<code>(\d+)</code>", page)) == 10
    assert browser.get("/admin/").status_code == 200
    assert not re.findall(r"<code>(\d+)</code>", browser.get("/accounts/2fa/codes/").content.decode())


def test_from_then_on_the_password_asks_for_it_and_it_opens(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    assert not is_in(browser)
    assert browser.get("/admin/")["Location"].startswith("/admin/login/")
    assert phone.knows(options)
    browser.post(STEP, {"credential": phone.show(options)})
    assert is_in(browser)
    assert browser.get("/admin/").status_code == 200
    assert passkeys.of(dana).get().last_used_at


def test_who_has_both_shows_either_of_them(dana, phone, client):
    type_password(client)
    _secret, codes = set_up_digits(client)
    add(client, phone)
    browser, options = at_the_second_step()
    page = browser.get(STEP).content.decode()
    assert "Use your passkey, or type the six digits" in page
    browser.post(STEP, {"code": codes[0]})
    assert is_in(browser)
    browser, options = at_the_second_step()
    browser.post(STEP, {"credential": phone.show(options)})
    assert is_in(browser)


def test_a_code_from_the_drawer_opens_for_who_has_only_a_passkey(dana, phone):
    browser = signed_in()
    add(browser, phone)
    codes = re.findall(r"<code>(\d+)</code>", browser.get("/accounts/2fa/codes/").content.decode())
    other, _options = at_the_second_step()
    assert "Use your passkey. If you don’t have it, type" in other.get(STEP).content.decode()
    other.post(STEP, {"code": codes[0]})
    assert is_in(other)


def test_one_shows_it_again_before_what_is_important(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    browser.post(STEP, {"credential": phone.show(options)})
    answer = browser.get(ADD)
    assert answer["Location"].startswith("/accounts/reauthenticate/"), "signing in was not enough"
    assert AGAIN in browser.get(answer["Location"]).content.decode()
    options = asked(browser.get(f"{AGAIN}?next={ADD}").content.decode())
    assert browser.post(f"{AGAIN}?next={ADD}", {"credential": phone.show(options)})["Location"] == ADD
    assert browser.get(ADD).status_code == 200


def test_a_wrong_one_there_is_said_there_and_leads_nowhere(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    browser.post(STEP, {"credential": phone.show(options)})
    options = asked(browser.get(AGAIN).content.decode())
    answer = browser.post(AGAIN, {"credential": Phone(BAR, phone.rp).show(options)})
    assert REFUSED in answer.content.decode()
    assert browser.post(AGAIN, {"credential": phone.show(asked(answer.content.decode()))}).status_code == 302


# -- names ------------------------------------------------------------------------------------------


def test_passkeys_are_called_what_their_owner_says_or_by_number(dana):
    browser = signed_in()
    for name in ("", "  Blue\nkey ", "Passkey 3", "", "x" * 500):
        add(browser, Phone(BAR, "coffee.example.org"), name)
    named = [each.wrap().name for each in passkeys.of(dana)]
    assert named == ["Passkey 1", "Blue key", "Passkey 3", "Passkey 2", "x" * 40]
    page = browser.get(INDEX).content.decode()
    assert all(name in page for name in named)


def test_ten_are_enough(dana):
    browser = signed_in()
    for _one in range(10):
        add(browser, Phone(BAR, "coffee.example.org"))
    assert browser.get(ADD)["Location"] == INDEX
    assert "the limit for passkeys" in browser.get(INDEX).content.decode()


# -- taking away ------------------------------------------------------------------------------------


def test_one_of_two_can_go_the_last_stays_where_one_is_required(dana, phone):
    browser = signed_in()
    add(browser, phone)
    add(browser, Phone(BAR, phone.rp), "Key")
    first, second = passkeys.of(dana)
    assert remove(browser, first)["Location"] == INDEX
    for page in (browser.get(removal(second)), remove(browser, second)):
        assert (
            "Managers need two-factor sign-in here, so you can’t remove the last one."
            in page.content.decode()
        )
    assert list(passkeys.of(dana)) == [second]


def test_digits_or_passkey_either_may_go_while_the_other_stays(dana, phone, client):
    type_password(client)
    set_up_digits(client)
    add(client, phone)
    client.post("/accounts/2fa/totp/deactivate/")
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"webauthn", "recovery_codes"}
    assert remove(client, passkeys.of(dana).get()).status_code == 200
    cache.clear()
    set_up_digits_again(client)
    assert remove(client, passkeys.of(dana).get()).status_code == 302
    client.post("/accounts/2fa/totp/deactivate/")
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}


def set_up_digits_again(browser) -> None:
    secret = re.search(r"<code>([A-Z2-7]+)</code>", browser.get(SET_UP).content.decode())[1]
    browser.post(SET_UP, {"code": digits(secret)})


def test_who_needs_none_may_remove_the_last_and_the_codes_go_with_it(bob, phone):
    browser = signed_in("bob")
    add(browser, phone)
    assert Authenticator.objects.filter(user=bob).count() == 2
    remove(browser, passkeys.of(bob).get())
    assert not Authenticator.objects.filter(user=bob).exists()
    other = Client()
    type_password(other, "bob")
    assert is_in(other)


def test_removing_wants_the_password_once_more_and_is_for_ones_own_only(dana, bob, phone):
    add(signed_in(), phone)
    passkey = passkeys.of(dana).get()
    assert remove(signed_in("bob"), passkey).status_code == 404
    browser, options = at_the_second_step()
    browser.post(STEP, {"credential": phone.show(options)})
    assert remove(browser, passkey)["Location"].startswith("/accounts/reauthenticate/")
    assert (
        Client()
        .get(reverse("mfa_remove_webauthn", args=[passkey.pk]))["Location"]
        .startswith("/accounts/login/")
    )
    assert passkeys.of(dana).exists()


def test_who_lost_phone_and_codes_is_helped_by_an_administrator(dana, phone):
    add(signed_in(), phone)
    browser = Client()
    root = User.objects.create_superuser("root@example.org", "a long password")
    Authenticator.objects.create(user=root, type="totp", data={})
    browser.force_login(root)
    browser.post("/admin/accounts/user/", {"action": "forget_second_factor", "_selected_action": dana.pk})
    assert not Authenticator.objects.filter(user=dana).exists()


def test_the_data_of_a_person_names_their_passkeys_and_lets_them_go(db, phone):
    charlie = make_user("Charlie")
    add(signed_in("charlie"), phone, "Blue key")
    kept = personal_data.export(Person(charlie))["account"]["second_step"]
    assert [(each["kind"], each.get("name")) for each in kept] == [
        ("webauthn", "Blue key"),
        ("recovery_codes", None),
    ]
    personal_data.erase(Person(charlie))
    assert not Authenticator.objects.filter(user=charlie).exists()


# -- where there can be none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("https://coffee.example.org", True),
        ("https://coffee.example.org:8443", True),
        ("https://café.example.org", True),
        ("http://localhost:8000", True),
        ("http://coffee.example.org", False),
        ("https://192.0.2.7", False),
        ("https://[2001:db8::7]:8443", False),
        ("http://127.0.0.1:8000", False),
        ("", False),
    ],
)
def test_there_are_passkeys_where_browsers_have_them(settings, dana, address, there):
    settings.PUBLIC_URL = address
    assert passkeys.possible() is there
    browser = signed_in()
    assert browser.get(ADD).status_code == (200 if there else 404)
    assert browser.get(AGAIN).status_code == (302 if there else 404)
    for page in (INDEX, SET_UP):
        assert (ADD in browser.get(page).content.decode()) is there
    if there:
        phone = Phone(passkeys.origin(), passkeys.host())
        assert add(browser, phone)["Location"] == "/accounts/2fa/codes/"


def test_the_name_is_written_as_browsers_write_it(settings):
    for address, host, origin in (
        ("https://Coffee.Example.org:443", "coffee.example.org", "https://coffee.example.org"),
        ("https://café.example.org:8443", "xn--caf-dma.example.org", "https://xn--caf-dma.example.org:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
    ):
        settings.PUBLIC_URL = address
        assert (passkeys.host(), passkeys.origin()) == (host, origin)


def test_a_host_header_changes_nothing(dana, phone, settings):
    settings.ALLOWED_HOSTS = ["*"]
    browser = signed_in()
    page = browser.get(ADD, headers={"host": "evil.example.org"}).content.decode()
    assert asked(page)["rp"]["id"] == "coffee.example.org"


def test_a_bar_that_moved_to_an_address_without_passkeys_lets_in_by_codes_and_keeps_the_digits(
    dana, phone, settings, client
):
    type_password(client)
    _secret, codes = set_up_digits(client)
    add(client, phone)
    settings.PUBLIC_URL = "http://192.0.2.7:8000"
    browser = Client()
    type_password(browser)
    page = browser.get(STEP).content.decode()
    assert "data-passkey" not in page
    assert browser.post(STEP, {"credential": phone.show({"challenge": "AAAA"})}).status_code == 200
    browser.post(STEP, {"code": codes[0]})
    assert is_in(browser)
    page = client.post("/accounts/2fa/totp/deactivate/").content.decode()
    assert "you can’t remove the last one" in page, "the passkey that is left would open nothing"
    assert "data-passkeys" not in client.get("/accounts/reauthenticate/").content.decode()
    remove(client, passkeys.of(dana).get())
    assert not passkeys.of(dana).exists(), "what opens nothing can be removed"
