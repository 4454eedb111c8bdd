"""Managers show two things; sessions are listed and ended; texts are bounded by prefix, country and money."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from conftest import make_store, make_user
from serverlesspresso.accounts.models import Role, User

from .passkey_steps import confirm_password, type_password

SET_UP = "/accounts/2fa/totp/activate/"


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR = True


def digits(secret: str) -> str:
    """What the app shows now."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def following(secret: str) -> str:
    """What the app shows half a minute later, which is taken now and for a minute more."""
    *_, counter = totp.yield_hotp_counters_from_time()
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def set_up(browser) -> tuple[str, list[str]]:
    """Set the second step up as a person would; the secret, and the codes for the drawer."""
    assert browser.get(SET_UP)["Location"].startswith("/accounts/reauthenticate/"), (
        "a found tablet sets up nothing"
    )
    confirm_password(browser)
    page = browser.get(SET_UP).content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)[1]
    answer = browser.post(SET_UP, {"code": digits(secret)}, follow=True)
    cache.clear()  # each code opens once: the test signs in again within the same half minute
    return secret, re.findall(r"<code>(\d+)</code>", answer.content.decode())


# -- the second step --------------------------------------------------------------------------------


def test_without_it_a_manager_gets_nowhere_but_to_setting_it_up(client, dana, required):
    type_password(client)
    for page in ("/admin/", "/barista/ABC/", "/display/ABC/", "/"):
        answer = client.get(page)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, SET_UP)
    assert client.post("/barista/ABC/pause/", {"paused": "yes"})["Location"].startswith(SET_UP)
    assert client.get("/accounts/").status_code == 200


def test_set_up_once_everything_is_open_and_codes_for_the_drawer_are_shown_once(client, dana, required):
    type_password(client)
    _secret, codes = set_up(client)
    assert len(codes) == 10
    assert client.get("/admin/").status_code == 200
    shown_again = client.get("/accounts/2fa/codes/").content.decode()
    assert not any(code in shown_again for code in codes)


def test_from_then_on_a_password_alone_opens_nothing(client, dana, required):
    type_password(client)
    secret, _codes = set_up(client)
    other = Client()
    assert type_password(other)["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/admin/")["Location"].startswith("/admin/login/")
    wrong = f"{(int(digits(secret)) + 1) % 1_000_000:06}"
    assert (
        "not the code the app shows"
        in other.post("/accounts/2fa/authenticate/", {"code": wrong}).content.decode()
    )
    other.post("/accounts/2fa/authenticate/", {"code": digits(secret)})
    assert other.get("/admin/").status_code == 200


def test_the_same_six_digits_open_only_once(client, dana):
    type_password(client)
    secret, _codes = set_up(client)
    shown = digits(secret)
    for opened in (True, False):
        browser = Client()
        type_password(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": shown})
        assert ("_auth_user_id" in browser.session) is opened


def test_the_six_digits_that_set_the_app_up_open_nothing_afterwards(client, dana, monkeypatch):
    monkeypatch.setattr(cache, "clear", lambda: None)
    type_password(client)
    secret, _codes = set_up(client)
    browser = Client()
    type_password(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": digits(secret)})
    assert "_auth_user_id" not in browser.session


def test_six_digits_open_once_for_as_long_as_they_are_taken(client, dana, monkeypatch):
    type_password(client)
    secret, _codes = set_up(client)
    shown, began = following(secret), time.time()
    for seconds, opened in ((0, True), (35, False)):
        monkeypatch.setattr(time, "time", lambda later=began + seconds: later)
        browser = Client()
        type_password(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": shown})
        assert ("_auth_user_id" in browser.session) is opened


def test_six_digits_may_be_typed_in_any_script_with_blanks(client, dana):
    type_password(client)
    secret, _codes = set_up(client)
    wide = "".join(chr(ord("０") + int(digit)) for digit in digits(secret))
    browser = Client()
    type_password(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": f"{wide[:3]}\u00a0{wide[3:]}"})
    assert "_auth_user_id" in browser.session


def test_a_code_from_the_drawer_opens_once(client, dana, required):
    type_password(client)
    _secret, codes = set_up(client)
    for opened in (True, False):
        browser = Client()
        type_password(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert ("_auth_user_id" in browser.session) is opened


def test_guessing_the_six_digits_is_stopped_after_five(client, dana, required):
    type_password(client)
    secret, _codes = set_up(client)
    browser = Client()
    type_password(browser)
    for _guess in range(5):
        browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    browser.post("/accounts/2fa/authenticate/", {"code": digits(secret)})
    assert "_auth_user_id" not in browser.session


def test_where_it_is_required_it_cannot_be_switched_off(client, dana, required):
    type_password(client)
    set_up(client)
    page = client.post("/accounts/2fa/totp/deactivate/", follow=True).content.decode()
    assert "Managers need two-factor sign-in here" in page
    assert Authenticator.objects.filter(user=dana, type="totp").exists()


def test_the_secret_is_not_readable_in_the_database(client, dana, settings):
    type_password(client)
    secret, codes = set_up(client)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert codes[0] not in stored
    old, settings.SECRET_KEY = settings.SECRET_KEY, "x" * 60
    settings.SECRET_KEY_FALLBACKS = [old]
    browser = Client()
    type_password(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert "_auth_user_id" in browser.session, "a key that is being exchanged still opens"


def test_baristas_screens_and_customers_need_none(client, bob, screen, alice, required):
    client.force_login(bob)
    assert client.get("/barista/ABC/").status_code == 200
    client.force_login(screen)
    assert client.get("/display/ABC/").status_code == 200
    client.force_login(alice)
    assert client.get("/s/ABC/").status_code == 200


def test_the_demo_on_a_laptop_does_without(client, dana, settings):
    assert not settings.HTTPS
    assert settings.SECOND_FACTOR is False
    type_password(client)
    assert client.get("/admin/").status_code == 200


def test_an_administrator_helps_who_lost_the_phone_a_manager_elsewhere_cannot(client, dana, required):
    type_password(client)
    set_up(client)
    frank = make_user("Frank", make_store("XYZ"), Role.MANAGER, is_staff=True)
    Authenticator.objects.create(user=frank, type="totp", data={})
    browser = Client()
    browser.force_login(frank)
    press = {"action": "forget_second_factor", "_selected_action": dana.pk}
    browser.post("/admin/accounts/user/", press)
    assert Authenticator.objects.filter(user=dana).exists()
    root = User.objects.create_superuser("root@example.org", "a long password")
    Authenticator.objects.create(user=root, type="totp", data={})
    browser.force_login(root)
    browser.post("/admin/accounts/user/", press)
    assert not Authenticator.objects.filter(user=dana).exists()


# -- sessions ---------------------------------------------------------------------------------------


def test_sessions_are_listed_and_one_is_ended_from_another(client, dana):
    tablet = Client(headers={"user-agent": "Tablet"})
    type_password(client)
    type_password(tablet)
    page = client.get("/accounts/sessions/").content.decode()
    assert "Tablet" in page
    theirs = UserSession.objects.get(user_agent="Tablet")
    client.post("/accounts/sessions/", {"end": theirs.pk})
    assert tablet.get("/barista/ABC/").status_code == 200
    assert "Tablet" not in client.get("/accounts/sessions/").content.decode()
    assert "Sign in" in tablet.get("/barista/ABC/").content.decode()
    assert client.get("/accounts/").status_code == 200


def test_everywhere_else_is_one_tap(client, dana):
    others = [Client(), Client()]
    for browser in (client, *others):
        type_password(browser)
    client.post("/accounts/sessions/", {"end": "others"})
    assert [browser.get("/accounts/").status_code for browser in (client, *others)] == [200, 302, 302]


def test_nobody_ends_a_session_of_somebody_else(client, dana, bob):
    tablet = Client()
    type_password(tablet, "bob")
    type_password(client)
    client.post("/accounts/sessions/", {"end": UserSession.objects.get(user=bob).pk})
    assert tablet.get("/accounts/").status_code == 200


def test_a_manager_signs_somebody_out_everywhere(client, dana, bob):
    tablet = Client()
    type_password(tablet, "bob")
    type_password(client)
    client.post("/admin/accounts/user/", {"action": "end_sessions", "_selected_action": bob.pk})
    assert tablet.get("/accounts/").status_code == 302


def test_a_session_gets_a_new_key_at_sign_in_and_a_new_password_ends_the_others(client, dana):
    client.get("/accounts/login/")
    client.session.save()
    planted = client.session.session_key
    other = Client()
    type_password(client)
    type_password(other)
    assert client.session.session_key != planted
    new = "another very long password"
    client.post(
        "/accounts/password/",
        {"old_password": "a long password", "new_password1": new, "new_password2": new},
    )
    assert [browser.get("/accounts/").status_code for browser in (client, other)] == [200, 302]
