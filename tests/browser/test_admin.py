"""The admin under our content security policy: `people` fails a test in which a page broke it."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_every_page_of_the_admin_works_under_the_policy(people):
    page = people.sign_in(people.window("tablet"), "administrator", "/admin/")
    links = page.eval_on_selector_all("#content a", "found => found.map(each => each.href)")
    pages = sorted({link for link in links if "/admin/" in link})
    assert any(link.endswith("/store/add/") for link in pages)
    for link in pages:
        assert page.goto(link).status == 200, link


def test_a_store_is_changed_with_the_admins_own_scripts_running(people):
    page = people.sign_in(people.window("tablet"), "manager", "/admin/")
    page.goto(f"{people.bar.url}/admin/config/store/")
    page.get_by_role("link", name="Serverlesspresso Bar").first.click()
    page.fill("[name=name]", "Coffee at the door")
    page.locator("[name=_continue]").click()
    expect(page.locator("[name=name]")).to_have_value("Coffee at the door")
    assert page.evaluate("typeof django.jQuery") == "function"
