"""A passkey instead of six digits: added, shown at sign-in and again, removed; and nothing else opens."""

import re

import pytest
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse
from fido2.cose import CoseKey

from conftest import make_store, make_user
from serverlesspresso.accounts import passkeys, privacy
from serverlesspresso.accounts.forms_passkeys import ShowPasskey
from serverlesspresso.accounts.models import Role, User
from serverlesspresso.accounts.person import Person

from .authenticator import Phone, asked
from .test_second_factor import SET_UP, sign_in
from .test_second_factor import set_up as set_up_digits

INDEX, ADD, STEP = "/accounts/2fa/", "/accounts/2fa/passkeys/add/", "/accounts/2fa/authenticate/"
AGAIN = "/accounts/2fa/reauthenticate/passkey/"
REFUSED = "That passkey was not accepted"
BAR = "https://coffee.example.org"


@pytest.fixture(autouse=True)
def at_a_name(settings):
    """Where browsers have passkeys, and managers must show something besides their password."""
    settings.PUBLIC_URL, settings.SECOND_FACTOR = BAR, True


@pytest.fixture
def dana(store) -> User:
    return make_user("Dana", store, Role.MANAGER, is_staff=True)


@pytest.fixture
def phone() -> Phone:
    return Phone(BAR, "coffee.example.org")


def confirm_password(browser) -> None:
    browser.post("/accounts/reauthenticate/", {"password": "a long password"})


def signed_in(name="dana") -> Client:
    """A browser with which somebody came in by password, and typed it once more just now."""
    browser = Client()
    sign_in(browser, name)
    confirm_password(browser)
    return browser


def add(browser, phone: Phone, name: str = ""):
    """Add a passkey as a person would; the answer."""
    options = asked(browser.get(ADD).content.decode())
    return browser.post(ADD, {"name": name, "credential": phone.make(options)})


def at_the_second_step(name="dana") -> tuple[Client, dict]:
    """A browser where the password was typed, and what its page asks for."""
    browser = Client()
    assert sign_in(browser, name)["Location"] == STEP
    return browser, asked(browser.get(STEP).content.decode())


def is_in(browser) -> bool:
    return "_auth_user_id" in browser.session


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
    sign_in(client)
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
    assert "Use your passkey. Without it, type" in other.get(STEP).content.decode()
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
    assert "enough passkeys" in browser.get(INDEX).content.decode()


# -- taking away ------------------------------------------------------------------------------------


def removal(passkey) -> str:
    return reverse("mfa_remove_webauthn", args=[passkey.pk])


def remove(browser, passkey):
    return browser.post(removal(passkey))


def test_one_of_two_can_go_the_last_stays_where_one_is_required(dana, phone):
    browser = signed_in()
    add(browser, phone)
    add(browser, Phone(BAR, phone.rp), "Key")
    first, second = passkeys.of(dana)
    assert remove(browser, first)["Location"] == INDEX
    for page in (browser.get(removal(second)), remove(browser, second)):
        assert "Managers need it here, so the last one stays." in page.content.decode()
    assert list(passkeys.of(dana)) == [second]


def test_digits_or_passkey_either_may_go_while_the_other_stays(dana, phone, client):
    sign_in(client)
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
    from .test_second_factor import digits

    secret = re.search(r"<code>([A-Z2-7]+)</code>", browser.get(SET_UP).content.decode())[1]
    browser.post(SET_UP, {"code": digits(secret)})


def test_who_needs_none_may_remove_the_last_and_the_codes_go_with_it(bob, phone):
    browser = signed_in("bob")
    add(browser, phone)
    assert Authenticator.objects.filter(user=bob).count() == 2
    remove(browser, passkeys.of(bob).get())
    assert not Authenticator.objects.filter(user=bob).exists()
    other = Client()
    sign_in(other, "bob")
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
    kept = privacy.export(Person(charlie))["account"]["second_step"]
    assert [(each["kind"], each.get("name")) for each in kept] == [
        ("webauthn", "Blue key"),
        ("recovery_codes", None),
    ]
    privacy.erase(Person(charlie))
    assert not Authenticator.objects.filter(user=charlie).exists()


# -- what opens nothing -----------------------------------------------------------------------------


def test_neither_does_the_passkey_of_somebody_else(dana, phone):
    make_user("Frank", make_store("XYZ"), Role.MANAGER, is_staff=True)
    add(signed_in(), phone)
    theirs = Phone(BAR, phone.rp)
    add(signed_in("frank"), theirs)
    browser, options = at_the_second_step()
    page = browser.post(STEP, {"credential": theirs.show(options)}).content.decode()
    assert REFUSED in page
    assert not is_in(browser)
    browser.post(STEP, {"credential": phone.show(asked(page))})
    assert is_in(browser), "one may try again at once"


@pytest.mark.parametrize(
    ("origin", "rp"),
    [
        ("https://evil.example.org", "evil.example.org"),
        ("https://evil.example.org", "coffee.example.org"),
        ("https://evil.coffee.example.org", "coffee.example.org"),
        ("https://coffee.example.org:8443", "coffee.example.org"),
        ("http://coffee.example.org", "coffee.example.org"),
        ("https://coffee.example.org", "example.org"),
    ],
)
def test_an_answer_for_another_site_is_not_taken(dana, phone, origin, rp):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    phone.origin, phone.rp = origin, rp
    assert REFUSED in browser.post(STEP, {"credential": phone.show(options)}).content.decode()
    browser = signed_in_by_code(dana)
    options = asked(browser.get(ADD).content.decode())
    assert REFUSED in browser.post(ADD, {"credential": Phone(origin, rp).make(options)}).content.decode()
    assert passkeys.of(dana).count() == 1


def signed_in_by_code(person) -> Client:
    """A browser where somebody with a second step is in, and typed the password once more just now."""
    browser = Client()
    browser.force_login(person)
    confirm_password(browser)
    return browser


def test_an_answer_is_good_once(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    answer = phone.show(options)
    browser.post(STEP, {"credential": answer})
    for again in (browser, Client()):
        again.logout()
        sign_in(again)
        again.get(STEP)
        again.post(STEP, {"credential": answer})
        assert not is_in(again)


def test_a_question_is_good_for_one_answer_even_a_wrong_one(dana, phone):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    right = phone.show(options)
    browser.post(STEP, {"credential": phone.show(options, signature=b"nonsense")})
    browser.post(STEP, {"credential": right})
    assert not is_in(browser)
    browser = signed_in_by_code(dana)
    options = asked(browser.get(ADD).content.decode())
    browser.post(ADD, {"credential": "nonsense"})
    assert auth.STATE_SESSION_KEY in browser.session, "the page asks anew"
    browser.post(ADD, {"credential": Phone(BAR, phone.rp).make(options)})
    assert passkeys.of(dana).count() == 1


def test_the_question_is_forgotten_with_the_answer_whatever_page_comes_next(dana, rf):
    request = rf.post(STEP)
    request.session = {auth.STATE_SESSION_KEY: {"challenge": "AAAA", "user_verification": None}}
    with context.request_context(request):
        assert not ShowPasskey(user=dana, data={"credential": "nonsense"}).is_valid()
    assert request.session == {}


def test_without_a_question_there_is_no_answer(dana, phone):
    add(signed_in(), phone)
    browser = Client()
    sign_in(browser)
    browser.post(STEP, {"credential": phone.show({"challenge": "AAAA"})})
    assert not is_in(browser)


def test_the_same_passkey_is_added_once(dana, phone):
    browser = signed_in()
    add(browser, phone)
    assert REFUSED in add(browser, phone).content.decode()
    assert passkeys.of(dana).count() == 1


@pytest.mark.parametrize("algorithm", CoseKey.supported_algorithms())
def test_a_key_that_cannot_be_checked_is_not_taken(dana, phone, algorithm):
    browser = signed_in()
    for key in ({1: 2, 3: algorithm}, {1: 2, 3: algorithm, -1: b"", -2: b"", -3: 7}, {1: 2, 3: -65535}):
        options = asked(browser.get(ADD).content.decode())
        answer = browser.post(ADD, {"credential": phone.make(options, key=key)})
        assert REFUSED in answer.content.decode()
    assert not passkeys.of(dana).exists()


def test_guessing_is_stopped_after_five_and_noted(dana, phone, caplog):
    add(signed_in(), phone)
    browser, options = at_the_second_step()
    for _guess in range(5):
        answer = browser.post(STEP, {"credential": phone.show(options, signature=b"nonsense")})
        options = asked(answer.content.decode())
    assert caplog.text.count("wrong second factor") == 5
    page = browser.post(STEP, {"credential": phone.show(options)}).content.decode()
    assert "That was too often" in page
    assert not is_in(browser)


def test_there_is_no_other_door(dana, phone):
    """Neither the admin's own sign-in nor a passkey without the password, which allauth has pages for."""
    add(signed_in(), phone)
    browser = Client()
    browser.post("/admin/login/", {"username": dana.email, "password": "a long password"})
    assert not is_in(browser)
    for name in ("mfa_login_webauthn", "mfa_signup_webauthn"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert STEP not in Client().get("/accounts/login/").content.decode()
    browser.get(STEP)
    assert (
        browser.post(STEP, {"credential": phone.show({"challenge": "AAAA"})})["Location"]
        == "/accounts/login/"
    )


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
    sign_in(client)
    _secret, codes = set_up_digits(client)
    add(client, phone)
    settings.PUBLIC_URL = "http://192.0.2.7:8000"
    browser = Client()
    sign_in(browser)
    page = browser.get(STEP).content.decode()
    assert "data-passkey" not in page
    assert browser.post(STEP, {"credential": phone.show({"challenge": "AAAA"})}).status_code == 200
    browser.post(STEP, {"code": codes[0]})
    assert is_in(browser)
    page = client.post("/accounts/2fa/totp/deactivate/").content.decode()
    assert "the last one stays" in page, "the passkey that is left would open nothing"
    assert "data-passkeys" not in client.get("/accounts/reauthenticate/").content.decode()
    remove(client, passkeys.of(dana).get())
    assert not passkeys.of(dana).exists(), "what opens nothing can be removed"
