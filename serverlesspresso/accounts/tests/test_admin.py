"""People in the admin: who sees whom, and who can give what."""

import pytest

from conftest import make_store, make_user
from serverlesspresso.accounts.models import ApiToken, Membership, Role, User, digest
from serverlesspresso.events import after_commit

PEOPLE, TOKENS = "/admin/accounts/user/", "/admin/accounts/apitoken/"
PASSWORD = "beans and more beans"


@pytest.fixture
def elsewhere(db):
    return make_store("XYZ")


@pytest.fixture
def eve(elsewhere):
    """Manages another store."""
    return make_user("Eve", elsewhere, Role.MANAGER, is_staff=True)


@pytest.fixture
def root(db):
    return make_user("Root", is_staff=True, is_superuser=True)


@pytest.fixture
def expelled(monkeypatch):
    told = []
    monkeypatch.setattr(after_commit, "disconnect", lambda **who: told.append(who))
    return told


def page_of(person) -> str:
    return f"{PEOPLE}{person.pk}/change/"


def names(client) -> set[str]:
    return {each.name for each in client.get(PEOPLE).context["cl"].queryset}


def filled(client, person, **changes) -> dict:
    """The form of a person as the page shows it, with changes."""
    page = client.get(page_of(person)).context
    data = {key: value for key, value in page["adminform"].form.initial.items() if value not in (None, False)}
    formset = page["inline_admin_formsets"][0].formset
    data |= {f"memberships-{key}": value for key, value in formset.management_form.initial.items()}
    for n, form in enumerate(formset.initial_forms):
        data |= {f"memberships-{n}-{key}": value for key, value in form.initial.items()}
        data |= {f"memberships-{n}-id": form.instance.pk, f"memberships-{n}-user": person.pk}
    return {key: value for key, value in (data | changes).items() if value is not None}


# -- who sees whom -------------------------------------------------------------------------------


def test_managers_see_the_people_of_their_stores(client, dana, bob, eve, charlie, screen):
    client.force_login(dana)
    assert names(client) == {"Dana", "Bob", "Lobby screen"}
    assert client.get(page_of(eve)).status_code == 302
    assert client.get(page_of(charlie)).status_code == 302


def test_superusers_see_everybody(client, root, dana, bob, eve, charlie):
    client.force_login(root)
    assert names(client) == {"Root", "Dana", "Bob", "Eve", "Charlie"}


def test_baristas_and_customers_do_not_come_in(client, bob, charlie):
    for who in (bob, charlie):
        client.force_login(who)
        assert client.get(PEOPLE, follow=True).status_code == 403


def test_there_is_one_door(client, db):
    assert client.get("/admin/", follow=True).request["PATH_INFO"] == "/accounts/login/"


@pytest.mark.parametrize("kind", ["staff", "devices", "guests", "customers", "nonsense"])
def test_people_can_be_told_apart(client, root, bob, screen, charlie, kind):
    User.objects.create_user(name="Gus", is_guest=True)
    client.force_login(root)
    found = {each.name for each in client.get(PEOPLE, {"kind": kind}).context["cl"].queryset}
    everybody = {"Root", "Bob", "Lobby screen", "Gus", "Charlie"}
    kinds = {
        "staff": {"Root", "Bob"},
        "devices": {"Lobby screen"},
        "guests": {"Gus"},
        "customers": {"Charlie"},
    }
    assert found == kinds.get(kind, everybody)


# -- adding --------------------------------------------------------------------------------------


def add(client, bar, **changes):
    data = {
        "name": "Fay",
        "email": "Fay@Example.org",
        "password": PASSWORD,
        "store": bar.pk,
        "role": "barista",
    }
    return client.post(f"{PEOPLE}add/", data | changes)


def test_a_manager_adds_a_barista_who_can_sign_in(client, dana, store):
    client.force_login(dana)
    assert client.get(f"{PEOPLE}add/").status_code == 200
    assert add(client, store).status_code == 302
    fay = User.objects.get(email="fay@example.org")
    assert [(m.store, m.role) for m in fay.memberships.all()] == [(store, "barista")]
    assert (fay.is_staff, fay.check_password(PASSWORD)) == (False, True)
    client.logout()
    assert (
        client.post("/accounts/login/", {"login": "fay@example.org", "password": PASSWORD})["Location"]
        == "/barista/"
    )


def test_a_new_manager_may_use_the_admin(client, dana, store):
    client.force_login(dana)
    add(client, store, role="manager")
    client.force_login(User.objects.get(name="Fay"))
    assert names(client) == {"Dana", "Fay"}


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "king"},
        {"email": ""},
        {"email": "DANA@example.org"},
        {"password": "12345"},
        {"name": ""},
        {"store": "999"},
    ],
)
def test_what_cannot_be_added_is_refused(client, dana, store, changes):
    client.force_login(dana)
    before = User.objects.count()
    assert add(client, store, **changes).status_code == 200
    assert User.objects.count() == before


def test_nobody_is_added_to_somebody_elses_store(client, dana, elsewhere):
    client.force_login(dana)
    assert add(client, elsewhere).status_code == 200
    assert not User.objects.filter(name="Fay").exists()


def test_nobody_becomes_superuser_by_a_forged_field(client, dana, bob, store):
    client.force_login(dana)
    add(client, store, is_superuser="on", is_staff="on")
    client.post(page_of(bob), filled(client, bob, is_superuser="on", is_staff="on"))
    assert list(User.objects.filter(is_superuser=True)) == []
    assert set(User.objects.filter(is_staff=True)) == {dana}


# -- changing ------------------------------------------------------------------------------------


def test_a_changed_role_takes_effect_on_open_sockets(client, dana, bob, expelled, on_commit):
    client.force_login(dana)
    with on_commit():
        answer = client.post(page_of(bob), filled(client, bob, **{"memberships-0-role": "manager"}))
    assert answer.status_code == 302
    bob.refresh_from_db()
    assert (bob.memberships.get().role, bob.is_staff) == ("manager", True)
    assert {"user": bob.pk} in expelled


def test_a_removed_role_takes_effect_on_open_sockets(client, dana, bob, expelled, on_commit):
    client.force_login(dana)
    with on_commit():
        client.post(page_of(bob), filled(client, bob, **{"memberships-0-DELETE": "on"}))
    assert not bob.memberships.exists()
    assert {"user": bob.pk} in expelled


def test_switching_somebody_off_ends_their_sessions_and_sockets(client, dana, bob, expelled, on_commit):
    from django.test import Client

    tablet = Client()
    tablet.force_login(bob)
    client.force_login(dana)
    with on_commit():
        client.post(page_of(bob), filled(client, bob, is_active=None))
    assert tablet.get("/accounts/").status_code == 302
    assert {"user": bob.pk} in expelled


def test_who_works_elsewhere_too_is_not_changed_by_one_manager(client, dana, bob, elsewhere, eve):
    Membership.objects.create(user=bob, store=elsewhere, role=Role.BARISTA)
    client.force_login(dana)
    assert client.get(page_of(bob)).status_code == 200
    assert client.post(page_of(bob), {"name": "Hacked"}).status_code == 403
    assert client.get(f"{PEOPLE}{bob.pk}/password/").status_code == 403


def test_a_superuser_with_a_role_is_not_changed_by_a_manager(client, dana, root, store):
    Membership.objects.create(user=root, store=store, role=Role.MANAGER)
    client.force_login(dana)
    assert client.post(page_of(root), {"name": "Hacked"}).status_code == 403
    assert (
        client.post(
            f"{PEOPLE}{root.pk}/password/", {"password1": PASSWORD, "password2": PASSWORD}
        ).status_code
        == 403
    )
    assert client.post(f"{TOKENS}add/", {"user": root.pk}).status_code == 200
    assert ApiToken.objects.count() == 0


def test_a_manager_sets_a_forgotten_password(client, dana, bob):
    client.force_login(dana)
    new = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(f"{PEOPLE}{bob.pk}/password/", new).status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_only_superusers_delete_people(client, dana, root, bob):
    for who, status in ((dana, 403), (root, 302)):
        client.force_login(who)
        assert client.post(f"{PEOPLE}{bob.pk}/delete/", {"post": "yes"}).status_code == status
    assert not User.objects.filter(pk=bob.pk).exists()


def test_two_people_without_an_address_can_be_saved(client, root, screen, store):
    User.objects.create_user(name="Another", is_device=True)
    client.force_login(root)
    assert client.post(page_of(screen), filled(client, screen, name="Hall")).status_code == 302
    screen.refresh_from_db()
    assert (screen.name, screen.email, screen.phone) == ("Hall", None, None)


# -- tokens and roles ----------------------------------------------------------------------------


def test_a_token_is_shown_once_and_can_be_revoked(client, dana, bob):
    client.force_login(dana)
    page = client.post(f"{TOKENS}add/", {"user": bob.pk}, follow=True)
    secret = str(next(iter(page.context["messages"]))).split(": ")[-1]
    token = ApiToken.objects.get(digest=digest(secret))
    assert token.user == bob
    assert secret not in client.get(TOKENS).content.decode()
    client.post(TOKENS, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_has_a_name_an_end_that_is_to_come_and_a_last_use(client, dana, bob):
    client.force_login(dana)
    form = {"user": bob.pk, "name": "till at the door", "expires_at_1": "12:00"}
    past = client.post(f"{TOKENS}add/", form | {"expires_at_0": "2020-01-01"})
    assert "Choose a time in the future." in past.content.decode()
    assert not ApiToken.objects.exists()
    client.post(f"{TOKENS}add/", form | {"expires_at_0": "2999-01-01"})
    token = ApiToken.objects.get()
    assert (token.name, token.expires_at.year, token.last_used_at) == ("till at the door", 2999, None)
    assert token.use()
    page = client.get(TOKENS).content.decode()
    assert "till at the door" in page
    assert "2999" in page
    assert "last used" in page.lower()


def test_a_manager_makes_and_sees_no_tokens_of_other_stores_people(client, dana, eve):
    ApiToken.issue(eve)
    client.force_login(dana)
    assert client.get(TOKENS).context["cl"].result_count == 0
    assert client.post(f"{TOKENS}add/", {"user": eve.pk}).status_code == 200
    assert ApiToken.objects.count() == 1


def test_the_list_of_roles_is_scoped_too(client, dana, bob, eve):
    client.force_login(dana)
    assert {each.user for each in client.get("/admin/accounts/membership/").context["cl"].queryset} == {
        dana,
        bob,
    }
