"""A menu goes into a file and comes back: what would change is shown first."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape

from config.models import Drink

pytestmark = pytest.mark.django_db
NEW = '{"drinks": [{"name": "Mocha"}, {"name": "Espresso", "icon": "espresso"}]}'


def send(client, text: str):
    return client.post("/organise/ABC/menu/", {"file": SimpleUploadedFile("menu.json", text.encode())})


def agree(client, preview) -> object:
    """Press the button of the page that shows what would change."""
    page = preview.content.decode()
    content = re.search(r"<textarea name=\"content\" hidden>(.*?)</textarea>", page, re.DOTALL)[1]
    sure = re.search(r'name="sure" value="([^"]+)"', page)[1]
    return client.post("/organise/ABC/menu/", {"content": content.replace("&quot;", '"'), "sure": sure})


def names(store) -> list[str]:
    return list(store.drinks.values_list("name", flat=True))


def test_a_file_changes_the_menu_after_somebody_agreed(manages, store):
    preview = send(manages, NEW)
    assert "New drink: Mocha." in preview.content.decode()
    assert names(store) == ["Espresso", "Cappuccino"]
    assert agree(manages, preview).status_code == 302
    assert names(store) == ["Mocha", "Espresso"]


def test_a_menu_somebody_changed_meanwhile_is_shown_again(manages, store):
    preview = send(manages, NEW)
    Drink.objects.create(store=store, name="Tea", position=9)
    again = agree(manages, preview)
    assert again.status_code == 200
    assert "Removed drink: Tea." in again.content.decode()
    assert "Tea" in names(store)


def test_a_wrong_file_is_refused_by_line_and_changes_nothing(manages, store):
    response = send(manages, '{"drinks": [\n{"name": ""}]}')
    assert response.status_code == 422
    assert "<strong>Line 2:</strong>" in response.content.decode()
    assert names(store) == ["Espresso", "Cappuccino"]


def test_what_a_file_says_is_shown_as_text(manages, store):
    page = send(manages, '{"drinks": [{"name": "<script>alert(1)</script>"}]}').content.decode()
    assert escape("<script>alert(1)</script>") in page
    assert "<script>alert" not in page


def test_no_file_at_all_is_refused(manages, store):
    assert manages.post("/organise/ABC/menu/").status_code == 422


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_what_goes_out_changes_nothing_when_it_comes_back(manages, store, kind):
    file = manages.get(f"/organise/ABC/menu/{kind}/")
    assert file["Content-Disposition"] == f'attachment; filename="menu-ABC.{kind}"'
    assert (
        "Nothing: the menu already matches the file" in send(manages, file.content.decode()).content.decode()
    )


def test_menus_as_files_are_for_managers(client, store, bob):
    client.force_login(bob)
    assert client.get("/organise/ABC/menu/").status_code == 403
    assert client.get("/organise/ABC/menu/json/").status_code == 403
    assert send(client, NEW).status_code == 403


def test_a_file_of_another_kind_there_is_not(manages, store):
    assert manages.get("/organise/ABC/menu/xml/").status_code == 404


def test_an_empty_menu_is_said_in_words_and_wants_a_tick(manages, store):
    preview = send(manages, '{"drinks": []}')
    assert "the menu would be empty" in " ".join(preview.content.decode().split())
    assert agree(manages, preview).status_code == 200
    assert names(store) == ["Espresso", "Cappuccino"]
    sure = re.search(r'name="sure" value="([^"]+)"', preview.content.decode())[1]
    manages.post("/organise/ABC/menu/", {"content": '{"drinks": []}', "sure": sure, "empty": "on"})
    assert names(store) == []


def test_a_file_whose_accents_were_guessed_says_so(manages, store):
    file = SimpleUploadedFile("menu.csv", "kind;name\ndrink;Caffè".encode("cp1252"))
    page = manages.post("/organise/ABC/menu/", {"file": file}).content.decode()
    assert "New drink: Caffè." in page
    assert "does not say how its accents are encoded" in page
    assert "accents are encoded" not in send(manages, NEW).content.decode()


@pytest.mark.parametrize(
    "text",
    ["kind,name\rdrink,Latte\r", "{" * 5000, '{"drinks":[{"name":"Flat \\ud83d"}]}', '{"menu": {"L": []}}'],
)
def test_no_file_breaks_the_page(manages, store, text):
    assert send(manages, text).status_code in (200, 422)
    assert names(store) == ["Espresso", "Cappuccino"]
