"""Lists of the admin are filtered by what they offer: no hidden column is guessed from counts."""

import pytest
from django.contrib import admin

from conftest import make_user

pytestmark = pytest.mark.django_db
LISTS = [each for each in admin.site._registry.values() if each.model._meta.app_label != "auth"]


@pytest.mark.parametrize("shown", LISTS, ids=str)
def test_a_list_is_looked_up_by_its_own_filters_only(shown, rf):
    named = [each[0] if isinstance(each, tuple) else each for each in shown.list_filter]
    offered = {each.partition("__")[0] for each in named if isinstance(each, str)}
    own = {
        each.parameter_name for each in named if not isinstance(each, str) and hasattr(each, "parameter_name")
    }
    fields = {field.name for field in shown.model._meta.get_fields()} - offered
    assert fields
    for field in fields:
        for how in ("", "__startswith", "__regex", "__pk", "__password__startswith"):
            if how or field not in own:  # a filter of its own knows what to do with its values
                assert not shown.lookup_allowed(f"{field}{how}", "A", rf.get("/")), f"{field}{how}"


@pytest.mark.parametrize(
    "address",
    [
        "/admin/display/code/?token__startswith=A",
        "/admin/accounts/membership/?pin__startswith=p",
        "/admin/accounts/apitoken/?digest__startswith=a",
        "/admin/accounts/user/?memberships__pin__startswith=p",
    ],
)
def test_secrets_are_not_found_letter_by_letter(client, store, address):
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/admin/config/drink/?store__id__exact=1",
        "/admin/config/drink/?available__exact=1",
        "/admin/accounts/user/?kind=staff",
        "/admin/accounts/user/?memberships__store__id__exact=1",
        "/admin/accounts/user/?is_active__exact=1",
        "/admin/orders/order/?status__exact=queued",
        "/admin/accounts/apitoken/?revoked_at__isempty=1",
    ],
)
def test_what_a_list_offers_works(client, store, address):
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    assert client.get(address).status_code == 200
