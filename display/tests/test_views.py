"""The wall's page: who may see it, in which language, and what it says when there is no code to scan."""

import datetime as dt
import html
import json
import re

import pytest
from django.urls import reverse

from config import schedule, services
from config.timetable import Hours
from conftest import choosing, making, queued, ready
from display import qr_codes, qr_images, wall_proof
from display import wall as board
from orders import commands, staff_commands, waiting_list, workflow
from serverlesspresso.accounts.identity import Person
from serverlesspresso.core import clock

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def wall(client, screen, store):
    """The wall as the paired screen sees it: a function that fetches it."""
    client.force_login(screen)
    return lambda query="", **headers: client.get(f"/display/{store.slug}/{query}", **headers)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).strip()


def test_a_screen_that_is_not_paired_is_led_to_pairing(client, store):
    response = client.get("/display/ABC/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/pair/ABC/display/")


def test_charlie_who_has_no_role_here_gets_403(client, store, charlie):
    client.force_login(charlie)
    response = client.get("/display/ABC/")
    assert response.status_code == 403
    assert qr_codes.current_code(store).token not in response.content.decode()


@pytest.mark.parametrize("who", ["screen", "bob", "dana"])
def test_screens_and_staff_see_the_wall(client, request, store, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/display/ABC/").status_code == 200


@pytest.mark.parametrize("slug", ["XYZ", "abcd", "%00", "ABC%00", "é", "x" * 3000])
def test_a_store_that_does_not_exist_is_404(client, screen, store, slug):
    client.force_login(screen)
    assert client.get(f"/display/{slug}/").status_code == 404


def test_an_archived_store_is_404(client, screen, store):
    client.force_login(screen)
    store.archived_at = clock.now()
    store.save()
    assert client.get("/display/ABC/").status_code == 404


def test_nothing_can_be_posted_to_the_wall(client, screen, store):
    client.force_login(screen)
    assert client.post("/display/ABC/").status_code == 405


def test_the_wall_shows_the_running_code_its_end_and_the_drinks_left(wall, store, alice):
    code = qr_codes.current_code(store)
    qr_codes.take_hold(code, user=alice)
    page = wall().content.decode()
    assert qr_images.svg(qr_images.address(code)) in page
    assert code.ends_at.isoformat() in page
    assert "<strong>9</strong> drinks left" in page


def test_the_code_is_not_made_from_the_host_header(wall, store, settings):
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://coffee.example", ["*"]
    page = wall(HTTP_HOST="evil.example").content.decode()
    assert qr_images.svg(f"https://coffee.example/q/{qr_codes.current_code(store).token}") in page
    assert "evil.example" not in page.replace("ws://evil.example", "")


def test_a_closed_bar_says_so_and_shows_no_code(wall, store):
    services.set_status(store, open=False)
    response = wall()
    assert "The bar is closed" in text_of(response)
    assert "code__qr" not in response.content.decode()


def test_a_paused_bar_says_that_it_goes_on_shortly(wall, store):
    services.set_status(store, paused=True)
    response = wall()
    assert "The code will be back shortly." in text_of(response)
    assert "code__qr" not in response.content.decode()


def test_a_full_queue_shows_no_code_until_a_place_is_free(wall, store, alice, bob):
    store.capacity = 1
    store.save()
    order = queued(alice, store)
    response = wall()
    assert "The queue is full" in text_of(response)
    assert "code__qr" not in response.content.decode()
    commands.complete(order, by=bob)
    assert "code__qr" in wall().content.decode()


def test_a_used_up_code_is_hidden_and_says_when_the_next_comes(wall, store, alice):
    store.per_code = 1
    store.save()
    code = qr_codes.current_code(store)
    qr_codes.take_hold(code, user=alice)
    response = wall()
    assert "The next code comes in" in text_of(response)
    assert f'data-countdown="{code.ends_at.isoformat()}"' in response.content.decode()
    assert "code__qr" not in response.content.decode()


def test_numbers_stand_under_preparing_and_ready_with_their_drinks(wall, store, alice, charlie, bob, dana):
    ready(alice, store, bob)
    making(charlie, store, bob, drink="Cappuccino", modifiers=["Oat"])
    queued(dana, store)
    page = wall().content.decode()
    preparing, done = page.split('id="ready"')
    assert [
        (n, d)
        for n, d in re.findall(r'class="number">(\d+)</b>\s*<span class="drink-name">\s*(\w+)', preparing)
    ] == [
        ("2", "Cappuccino"),
        ("3", "Espresso"),
    ]
    assert re.findall(r'class="number">(\d+)</b>', done) == ["1"]
    assert preparing.count("being made") == 1


def test_the_wall_never_names_a_person_nor_gives_away_an_order(wall, store, alice, bob):
    order = making(alice, store, bob)
    page = wall().content.decode()
    assert "Alice" not in page and "Bob" not in page
    assert order.pk not in page


def test_orders_without_a_number_are_not_on_the_wall(wall, store, alice):
    choosing(alice, store)
    assert "data-number" not in wall().content.decode()


def test_the_wall_speaks_the_stores_language_unless_another_is_asked_for(wall, store):
    store.language = "pt-br"
    store.save()
    page = wall().content.decode()
    assert '<html lang="pt-br"' in page and "/ws/display/ABC/?lang=pt-br" in page
    english = wall("?lang=en")
    assert "/ws/display/ABC/?lang=en" in english.content.decode()
    assert english["Content-Language"] == "en"


def test_a_language_nobody_speaks_is_ignored(wall):
    assert "/ws/display/ABC/?lang=en" in wall("?lang=%00xx").content.decode()


def test_drinks_are_called_as_the_menu_calls_them_in_that_language(wall, store, alice):
    store.drinks.filter(name="Espresso").update(labels={"pt-br": "Café curto"})
    queued(alice, store)
    assert "Café curto" in wall("?lang=pt-br").content.decode()
    assert "Café curto" not in wall().content.decode()


def test_polling_answers_the_frame_the_socket_sends_with_a_pulse(wall, store, alice):
    queued(alice, store)
    answer = wall(**HTMX).content.decode()
    assert "<html" not in answer
    for name in ("store-name", "code", "left", "preparing", "ready", "pulse"):
        assert re.search(rf'<\w+ id="{name}"[^>]* hx-swap-oob="true"', answer), name


def test_a_poll_of_a_screen_that_was_revoked_leads_to_a_dark_page(client, store, screen):
    client.force_login(screen)
    screen.memberships.all().delete()
    answer = client.get("/display/ABC/", **HTMX)
    assert answer["HX-Redirect"] == reverse("display:unpaired", args=["ABC"])
    dark = client.get(answer["HX-Redirect"])
    assert "This screen is no longer paired" in text_of(dark)
    assert "data-live" not in dark.content.decode()


def test_the_page_is_never_kept_by_a_cache(wall):
    assert "no-store" in wall()["Cache-Control"]


def test_the_walls_queries_do_not_grow_with_the_queue(wall, store, alice, bob, django_assert_num_queries):
    ready(alice, store, bob)
    for _ in range(9):
        order = commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
        workflow.run(workflow.QUEUE, order.pk)
    assert wall().content.decode().count("data-number") == 10
    with django_assert_num_queries(9):
        wall()


def test_a_closed_wall_says_when_the_store_opens_in_its_own_time(wall, store):
    services.set_status(store, open=False)
    schedule.set_hours(store, [Hours(day, dt.time(9), dt.time(17)) for day in range(7)])
    assert re.search(r"We open: (\w+day, )?09:00", text_of(wall()))


def test_an_open_wall_says_until_when_last_orders_are_taken(wall, store):
    assert "Last orders" not in text_of(wall())
    services.call_last_orders(store, 10)
    assert re.search(r"Last orders: until .*\d\d:\d\d", text_of(wall()))


def test_two_languages_alternate_unless_a_screen_was_told_to_speak_one(wall, store):
    assert "data-alternates" not in wall().content.decode()
    store.second_language = "pt-br"
    store.save()

    assert 'data-alternates="en pt-br"' in wall().content.decode()
    assert "data-alternates" not in wall("?lang=pt-br").content.decode()


def test_what_a_wall_says_aloud_is_there_in_each_of_its_languages(wall, store):
    store.second_language = "pt-br"
    store.save()
    said = json.loads(html.unescape(re.search(r'data-says="([^"]*)"', wall().content.decode())[1]))
    assert list(said) == ["en", "pt-br"]
    assert said["en"] == "Number {n} is ready."


def test_a_number_that_is_called_again_is_marked_so(wall, alice, bob, store):
    order = ready(alice, store, bob)
    assert "data-called" not in wall().content.decode()

    called = staff_commands.call_again(order, by=bob)

    assert f'data-called="{clock.text(called.called_at)}"' in wall().content.decode()


def test_a_bar_that_nobody_is_behind_says_so_and_when_it_goes_on(wall, store):
    services.pause_by_itself(store)
    said = text_of(wall())
    assert "Nobody is at the bar right now" in said
    assert "The code comes back when a barista does." in said


# -- the waiting list -------------------------------------------------------------------------------


def full(store, alice) -> None:
    store.capacity = 1
    store.save()
    queued(alice, store)


def used_up(store, alice) -> None:
    code = qr_codes.current_code(store)
    type(code).objects.filter(pk=code.pk).update(used=code.budget)


@pytest.mark.parametrize("nobody_can_order", [full, used_up])
def test_while_nobody_can_order_the_wall_shows_a_code_for_the_list(wall, store, alice, nobody_can_order):
    assert "code__list" not in wall().content.decode()
    nobody_can_order(store, alice)
    code = qr_codes.current_code(store)
    page = wall().content.decode()
    assert qr_images.svg(qr_images.list_address(code)) in page
    digits = wall_proof.digits(code)
    assert f"{digits[:3]} {digits[3:]}" in page
    assert code.token not in page


@pytest.mark.parametrize("nobody_can_order", [full, used_up])
def test_the_code_for_the_list_changes_with_the_code(store, alice, nobody_can_order):
    nobody_can_order(store, alice)
    before = board.code_panel(store)
    after = board.CodePanel(before.state, list_code=qr_codes.new_code_now(store))
    assert before.panel != after.panel
    assert (before.list_svg, before.list_digits) != (after.list_svg, after.list_digits)


def test_a_list_that_is_full_is_not_offered(wall, store, alice, charlie, monkeypatch):
    full(store, alice)
    monkeypatch.setattr(waiting_list, "PER_PLACE", 1)
    waiting_list.join(store, Person(charlie), wall_proof.proof(qr_codes.current_code(store)))
    assert "code__list" not in wall().content.decode()
