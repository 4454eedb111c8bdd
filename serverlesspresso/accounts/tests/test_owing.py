"""Who owes a second factor has no staff's rights, on no page and no socket, until it is set up or shown."""

import pytest
from allauth.mfa.models import Authenticator
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as project
from django.test import Client

from serverlesspresso.accounts import devices
from serverlesspresso.accounts.models import Pairing, Role, User
from serverlesspresso.asgi import application
from serverlesspresso.events.live.consumers import NOT_YOURS, SIGN_IN
from serverlesspresso.events.live.hub import hub

from .passkey_steps import confirm_password, type_password
from .test_second_factor import SET_UP, digits, set_up

SOCKETS = ["/ws/barista/ABC/", "/ws/display/ABC/", "/ws/organise/ABC/"]
CLOSED = [
    "/accounts/screens/ABC/",
    "/accounts/password/",
    "/accounts/sessions/",
    "/accounts/pair/ABC/barista/",
]


@pytest.fixture(autouse=True)
def required(settings):
    settings.SECOND_FACTOR = True


@pytest.mark.django_db
@pytest.mark.parametrize("page", CLOSED)
def test_pages_behind_the_sign_in_lead_to_setting_it_up(client, dana, page):
    type_password(client)
    assert client.get(page)["Location"].startswith(SET_UP)


@pytest.mark.django_db
def test_nobody_pairs_a_tablet_or_changes_a_password_or_name_with_the_password_alone(client, store, dana):
    type_password(client)
    shown, _secret = devices.begin(store, Role.BARISTA)
    client.post("/accounts/screens/ABC/", {"code": shown.code, "name": "Tablet", "role": Role.BARISTA})
    client.post("/accounts/password/", {"old_password": "a long password", **NEW_PASSWORD})
    client.post("/accounts/", {"name": "Somebody else"})
    client.post("/privacy/erase/")
    assert Pairing.objects.get().screen is None
    kept = User.objects.get(pk=dana.pk)
    assert kept.check_password("a long password") and kept.name == "Dana"


NEW_PASSWORD = {"new_password1": "quite another one", "new_password2": "quite another one"}


@pytest.mark.django_db
def test_a_session_from_before_it_was_set_up_elsewhere_has_to_show_it(dana):
    thief, owner = Client(), Client()
    type_password(thief)
    type_password(owner)
    secret, _codes = set_up(owner)

    assert owner.get("/barista/ABC/").status_code == 200
    assert thief.get("/barista/ABC/")["Location"].startswith("/accounts/2fa/reauthenticate/")
    confirm_password(thief)
    assert thief.get("/accounts/2fa/passkeys/add/")["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert thief.get("/accounts/2fa/reauthenticate/").status_code == 200
    thief.post("/accounts/2fa/reauthenticate/", {"code": digits(secret)})
    assert thief.get("/barista/ABC/").status_code == 200


@pytest.mark.django_db
def test_when_it_was_taken_away_it_is_owed_again(client, dana):
    type_password(client)
    set_up(client)
    assert client.get("/barista/ABC/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/barista/ABC/")["Location"].startswith(SET_UP)


class Screen(WebsocketCommunicator):
    """A socket as a browser opens it."""

    def __init__(self, path: str, browser: Client):
        cookie = browser.cookies[project.SESSION_COOKIE_NAME].value
        headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
        headers.append((b"cookie", f"{project.SESSION_COOKIE_NAME}={cookie}".encode()))
        super().__init__(application, path, headers=headers)

    async def close_code(self) -> int | None:
        """With what it was closed; None while it is open and speaks."""
        said = await self.receive_output(timeout=10)
        return said["code"] if said["type"] == "websocket.close" else None


@pytest.fixture
async def end_of_the_hub():
    yield
    await hub().stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", SOCKETS)
async def test_sockets_stay_closed_until_it_is_set_up(dana, end_of_the_hub, path):
    browser = Client()
    await sync_to_async(type_password)(browser)
    socket = Screen(path, browser)
    assert (await socket.connect())[0]
    assert await socket.close_code() == SIGN_IN

    await sync_to_async(set_up)(browser)
    socket = Screen(path, browser)
    assert (await socket.connect())[0]
    assert await socket.close_code() is None
    await socket.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_an_open_socket_closes_when_the_second_factor_is_taken_away(dana, end_of_the_hub):
    browser = Client()
    await sync_to_async(type_password)(browser)
    await sync_to_async(set_up)(browser)
    socket = Screen(SOCKETS[0], browser)
    assert (await socket.connect())[0]
    assert await socket.close_code() is None
    await sync_to_async(Authenticator.objects.all().delete)()
    for _ in range(10):
        if code := await socket.close_code():
            break
    assert code == NOT_YOURS
