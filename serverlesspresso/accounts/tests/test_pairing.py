"""Screens and tablets: a short code on the screen, confirmed by staff, taken once."""

import re

import pytest
from django.test import Client

from conftest import make_store, make_user
from serverlesspresso.accounts import devices
from serverlesspresso.accounts.models import Membership, Pairing, Role, User
from serverlesspresso.accounts.permissions import role_at
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Forbidden, NotFound, RateLimited, Refusal
from serverlesspresso.events import after_commit

PAIR, STATUS, SCREENS = "/accounts/pair/ABC/display/", "/accounts/pair/status/", "/accounts/screens/ABC/"


@pytest.fixture
def expelled(monkeypatch):
    told = []
    monkeypatch.setattr(after_commit, "disconnect", lambda **who: told.append(who))
    return told


@pytest.fixture
def tv() -> Client:
    return Client()


def code_on(screen: Client, path=PAIR) -> str:
    return re.search(r"[B-Z]{4}-[B-Z]{4}", screen.get(path).content.decode())[0]


def user_of(screen: Client) -> User | None:
    return User.objects.filter(pk=screen.session.get("_auth_user_id"), is_active=True).first()


def confirm(client, code, name="Corner", role="display"):
    return client.post(SCREENS, {"code": code, "name": name, "role": role})


def refused(code, **who) -> str:
    with pytest.raises(Refusal) as refusal:
        devices.confirm(code, **({"name": "Lobby", "role": "display"} | who))
    return refusal.value.code


# -- the whole way -------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "leads_to"), [("display", "/display/ABC/"), ("barista", "/barista/ABC/")])
def test_a_screen_is_paired_by_the_code_it_shows(client, tv, store, bob, role, leads_to):
    code = code_on(tv, f"/accounts/pair/ABC/{role}/")
    assert tv.post(STATUS, headers={"hx-request": "true"}).status_code == 204
    client.force_login(bob)
    assert confirm(client, code, role=role)["Location"] == SCREENS
    answer = tv.post(STATUS, headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == leads_to
    assert (user_of(tv).name, user_of(tv).is_device) == ("Corner", True)
    assert role_at(user_of(tv).pk, store) == role
    assert tv.session.get_expiry_age() == 400 * 86_400


def test_who_pairs_screens_finds_the_way_back_to_where_they_came_from(client, tv, store, bob):
    client.force_login(bob)
    place = f"{SCREENS}?next=/organise/ABC/setup/screens/"
    paired = client.post(place, {"code": code_on(tv), "name": "Corner", "role": "display"})
    assert paired["Location"] == place
    assert 'href="/organise/ABC/setup/screens/"' in client.get(place).content.decode()
    for elsewhere in ("", "?next=https://example.org/", "?next=//example.org/"):
        page = client.get(SCREENS + elsewhere).content.decode()
        assert 'href="/barista/ABC/"' in page
        assert 'href="https://example.org' not in page
        assert 'href="//example.org' not in page


def test_a_screen_without_a_script_asks_with_a_button(client, tv, store, bob):
    code = code_on(tv)
    assert tv.post(STATUS)["Location"] == PAIR
    client.force_login(bob)
    confirm(client, code)
    assert tv.post(STATUS)["Location"] == "/display/ABC/"


def test_reloading_shows_the_same_code_until_it_runs_out(tv, store):
    first = code_on(tv)
    assert code_on(tv) == first
    clock.advance(601)
    assert tv.post(STATUS, headers={"hx-request": "true"})["HX-Redirect"] == PAIR
    assert code_on(tv) != first


def test_another_browser_shows_another_code_and_cannot_take_what_is_not_its_own(client, tv, store, bob):
    other = Client()
    code = code_on(tv)
    assert code_on(other) != code
    client.force_login(bob)
    confirm(client, code)
    other.post(STATUS)
    assert user_of(other) is None


def test_a_screen_goes_to_the_page_it_came_from_on_this_site_only(client, store, bob):
    client.force_login(bob)
    for page, leads_to in (
        ("/display/ABC/?lang=pt-br", "/display/ABC/?lang=pt-br"),
        ("//evil.example/", "/display/ABC/"),
    ):
        tv = Client()
        tv.get(PAIR, {"next": page})
        confirm(client, code_on(tv))
        assert tv.post(STATUS)["Location"] == leads_to


def test_a_paired_screen_needs_no_code(client, tv, store, bob, screen):
    tv.force_login(screen)
    assert tv.get(PAIR)["Location"] == "/display/ABC/"


@pytest.mark.parametrize(
    "path", ["/accounts/pair/NOPE/display/", "/accounts/pair/ABC/manager/", "/accounts/pair/ABC/customer/"]
)
def test_there_is_nothing_else_to_pair(tv, store, path):
    assert tv.get(path).status_code == 404


def test_asking_for_nothing_leads_home(tv, store):
    assert tv.get(STATUS).status_code == 405
    assert tv.post(STATUS)["Location"] == "/"


# -- confirming ----------------------------------------------------------------------------------


def test_a_code_is_found_however_it_is_typed(store, bob):
    for typed in (str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:2]} {code[2:]} "):
        made, _secret = devices.begin(store, Role.DISPLAY)
        devices.confirm(typed(made.code), by=bob, store=store, name="Lobby", role="display")
    assert Membership.objects.filter(role=Role.DISPLAY).count() == 3


def test_codes_have_eight_letters_that_cannot_be_mistaken(store):
    made, _secret = devices.begin(store, Role.DISPLAY)
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", made.code)
    assert len(devices.ALPHABET) == 20


@pytest.mark.parametrize("code", ["BBBB-BBBB", "", "\x00", "☕", "B" * 10_000, "%"])
def test_a_wrong_code_is_refused_with_what_to_do(client, store, bob, code):
    client.force_login(bob)
    answer = confirm(client, code)
    assert answer.status_code == 409
    assert 'data-code="code_wrong"' in answer.content.decode()
    assert User.objects.filter(is_device=True).count() == 0


def test_after_five_wrong_codes_one_waits_and_colleagues_do_not(store, bob, dana):
    made, _secret = devices.begin(store, Role.DISPLAY)
    for _try in range(5):
        assert refused("BBBB-BBBB", by=bob, store=store) == "code_wrong"
    with pytest.raises(RateLimited) as refusal:
        devices.confirm(made.code, by=bob, store=store, name="Lobby", role="display")
    assert refusal.value.retry_at > clock.now()
    assert devices.confirm(made.code, by=dana, store=store, name="Lobby", role="display").is_device


def test_a_code_runs_out_after_ten_minutes(store, bob):
    made, _secret = devices.begin(store, Role.DISPLAY)
    clock.advance(601)
    assert refused(made.code, by=bob, store=store) == "code_wrong"


def test_a_code_is_good_once(store, bob):
    made, secret = devices.begin(store, Role.DISPLAY)
    screen = devices.confirm(made.code, by=bob, store=store, name="Lobby", role="display")
    assert refused(made.code, by=bob, store=store) == "code_wrong"
    assert devices.take(secret) == screen
    assert devices.take(secret) is None


def test_a_tablets_code_does_not_pass_for_a_displays(store, bob):
    made, _secret = devices.begin(store, Role.BARISTA)
    assert refused(made.code, by=bob, store=store, role="display") == "other_kind"
    assert devices.confirm(made.code, by=bob, store=store, name="Left", role="barista").is_device


def test_a_code_of_another_store_is_no_code_here(store, bob):
    made, _secret = devices.begin(make_store("XYZ"), Role.DISPLAY)
    assert refused(made.code, by=bob, store=store) == "code_wrong"


def test_only_staff_of_the_store_confirm(client, store, screen, charlie):
    other = make_user("Eve", make_store("XYZ"), Role.MANAGER)
    made, _secret = devices.begin(store, Role.DISPLAY)
    for who in (screen, charlie, other):
        with pytest.raises(Forbidden):
            devices.confirm(made.code, by=who, store=store, name="Lobby", role="display")
        client.force_login(who)
        assert client.get(SCREENS).status_code == 403
        assert confirm(client, made.code).status_code == 403
    assert Client().get(SCREENS)["Location"] == f"/accounts/login/?next={SCREENS}"
    assert Pairing.objects.get().screen is None


def test_a_tablet_confirms_displays_and_no_other_tablet(store, bob):
    made, _secret = devices.begin(store, Role.BARISTA)
    tablet = devices.confirm(made.code, by=bob, store=store, name="Left", role="barista")
    second, _secret = devices.begin(store, Role.BARISTA)
    with pytest.raises(Forbidden):
        devices.confirm(second.code, by=tablet, store=store, name="Right", role="barista")
    display, _secret = devices.begin(store, Role.DISPLAY)
    assert devices.confirm(display.code, by=tablet, store=store, name="Lobby", role="display").is_device


@pytest.mark.parametrize("name", ["", " ", "\x00", "x" * 31])
def test_a_screen_needs_a_name(client, tv, store, bob, name):
    code = code_on(tv)
    client.force_login(bob)
    assert confirm(client, code, name=name).status_code == 422
    assert code in client.get(PAIR).content.decode() or Pairing.objects.get().screen is None


def test_old_codes_do_not_pile_up(store):
    for _screen in range(3):
        devices.begin(store, Role.DISPLAY)
    clock.advance(2 * 3600)
    devices.begin(store, Role.DISPLAY)
    assert Pairing.objects.count() == 1


# -- unpairing -----------------------------------------------------------------------------------


def test_an_unpaired_screen_loses_everything_at_once(client, tv, store, bob, expelled, on_commit):
    code = code_on(tv)
    client.force_login(bob)
    confirm(client, code)
    tv.post(STATUS)
    screen = user_of(tv)
    assert "Corner" in client.get(SCREENS).content.decode()
    with on_commit():
        client.post(f"{SCREENS}{screen.pk}/revoke/")
    assert user_of(tv) is None
    assert role_at(screen.pk, store) is None
    assert {"user": screen.pk} in expelled
    assert "Corner" not in client.get(SCREENS).content.decode()
    assert code_on(tv)


def test_a_screen_unpaired_before_it_asked_is_given_nothing(store, bob):
    made, secret = devices.begin(store, Role.DISPLAY)
    screen = devices.confirm(made.code, by=bob, store=store, name="Lobby", role="display")
    devices.revoke(screen.pk, by=bob, store=store)
    assert devices.take(secret) is None


def test_people_and_other_stores_screens_cannot_be_unpaired(store, bob, dana):
    elsewhere = make_store("XYZ")
    made, _secret = devices.begin(elsewhere, Role.DISPLAY)
    eve = make_user("Eve", elsewhere, Role.BARISTA)
    theirs = devices.confirm(made.code, by=eve, store=elsewhere, name="Far", role="display")
    for user in (dana, theirs):
        with pytest.raises(NotFound):
            devices.revoke(user.pk, by=bob, store=store)
    with pytest.raises(Forbidden):
        devices.revoke(theirs.pk, by=bob, store=elsewhere)
    assert role_at(dana.pk, store) == Role.MANAGER
