"""QR codes in the admin: counted, never shown."""

import pytest
from django.urls import reverse

from conftest import make_store
from display import qr_codes
from display.models import Code

pytestmark = pytest.mark.django_db

LIST = "admin:display_code_changelist"


@pytest.fixture
def manager(dana, client):
    """Dana's browser, signed in to the admin."""
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    return client


def test_a_manager_sees_how_far_the_codes_of_their_store_are_used(manager, store, alice):
    code = qr_codes.current_code(store)
    qr_codes.current_code(make_store("XYZ"))
    qr_codes.take_hold(code, user=alice)
    response = manager.get(reverse(LIST))
    assert list(response.context["cl"].result_list) == [code]
    assert '<td class="field-left">9</td>' in response.content.decode()


def test_the_code_itself_is_never_shown(manager, store):
    code = qr_codes.current_code(store)
    for page in (reverse(LIST), reverse("admin:display_code_change", args=[code.pk])):
        response = manager.get(page)
        assert response.status_code == 200
        assert code.token not in response.content.decode()


def test_codes_can_be_neither_added_changed_nor_deleted(manager, store):
    code = qr_codes.current_code(store)
    assert manager.get(reverse("admin:display_code_add")).status_code == 403
    assert (
        manager.post(reverse("admin:display_code_change", args=[code.pk]), {"budget": 99}).status_code == 403
    )
    assert (
        manager.post(reverse("admin:display_code_delete", args=[code.pk]), {"post": "yes"}).status_code == 403
    )
    assert Code.objects.get() == code


def test_a_barista_does_not_see_them(client, store, bob):
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    assert client.get(reverse(LIST)).status_code == 403


def test_a_new_code_comes_when_a_manager_asks_on_the_stores_page(manager, store):
    old = qr_codes.current_code(store)
    page = reverse("admin:config_store_change", args=[store.pk])
    assert "new_code_now" in [name for name, *_label in manager.get(page).context["acts"]]
    posted = {"action": "new_code_now", "_selected_action": store.pk, "from_page": store.pk}
    asked = manager.post(reverse("admin:config_store_changelist"), posted)
    assert "People who have already scanned it keep their places" in asked.content.decode()
    assert qr_codes.current_code(store) == old
    assert manager.post(reverse("admin:config_store_changelist"), posted | {"sure": "yes"}).url == page
    assert qr_codes.current_code(store).token != old.token


def test_another_stores_code_stays(manager, store):
    other = make_store("XYZ")
    old = qr_codes.current_code(other)
    posted = {"action": "new_code_now", "_selected_action": other.pk, "sure": "yes"}
    manager.post(reverse("admin:config_store_changelist"), posted)
    assert qr_codes.current_code(other) == old
