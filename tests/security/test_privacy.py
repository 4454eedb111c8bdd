"""Personal data goes when it should, on request at once; logs and events never had any."""

import datetime as dt
import json

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from conftest import make_store, queued, ready
from display import qr_codes, wall_proof
from display.models import Code, Hold
from orders import admission, commands
from orders.models import Order, Turn
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Receipt, User
from serverlesspresso.accounts.privacy import personal_data
from serverlesspresso.accounts.tasks import purge
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal
from serverlesspresso.events.models import Event

from .planted import ADDRESS, NAME, PHONE, TYPED

DAY = 86_400


@pytest.fixture
def over(store):
    """The store's last day was 9 days ago."""

    def make(bar=store, days=9):
        bar.ends_on, bar.is_open = (clock.now() - dt.timedelta(days=days)).date(), False
        bar.save()

    return make


@pytest.fixture
def alice(store):
    user = User.objects.create_user(email=ADDRESS, phone=PHONE, name=NAME, last_login=timezone.now())
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True)
    return user


@pytest.fixture
def order(alice, bob, store) -> Order:
    """Alice's, cancelled with typed words."""
    waiting = queued(alice, store)
    Order.objects.filter(pk=waiting.pk).update(browser="her-browser")
    return commands.cancel(waiting, by=bob, reason="other", text=TYPED)


def kept_of(order) -> tuple:
    order.refresh_from_db()
    return order.name, order.reason_text, order.browser, order.customer


# -- when it is due ---------------------------------------------------------------------------------


def test_seven_days_after_the_last_day_nobody_knows_who_ordered_and_the_totals_stay(order, over, store):
    over()
    clock.advance(9 * DAY)
    purge()
    assert kept_of(order) == ("", "", "", None)
    assert not User.objects.filter(name=NAME).exists()
    assert not EmailAddress.objects.exists()
    assert (order.status, order.drink, order.number) == ("cancelled", "Espresso", 1)
    assert Event.objects.filter(order=order.pk).exists()
    assert not Hold.objects.exclude(user=None).exists()


def test_before_that_everything_is_as_it_was(order, alice, over):
    over(days=7)
    assert personal_data.purge() == []
    assert kept_of(order) == (NAME, TYPED, "her-browser", alice)


def test_a_receipt_says_when_and_how_many_of_what(order, over):
    over()
    clock.advance(8 * DAY)
    kinds = {each.kind: each for each in personal_data.purge()}
    assert kinds["store"].store == "ABC"
    assert kinds["store"].counts == {"names": 1, "reasons": 1, "links": 1}
    assert kinds["people"].counts == {"accounts": 1}
    assert PHONE not in json.dumps(list(Receipt.objects.values("counts")))


def test_doing_it_again_finds_nothing(order, over):
    over()
    clock.advance(8 * DAY)
    assert len(personal_data.purge()) == 2
    assert personal_data.purge() == []


def test_a_purge_that_was_cut_short_is_finished_by_the_next(order, alice, over, monkeypatch):
    over()
    clock.advance(8 * DAY)
    monkeypatch.setattr(personal_data, "_over", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        personal_data.purge()
    monkeypatch.undo()
    personal_data.purge()
    assert kept_of(order)[0] == ""
    assert not User.objects.filter(pk=alice.pk).exists()


def test_whoever_also_ordered_at_a_bar_that_goes_on_is_still_known(order, alice, over):
    later = make_store("XYZ")
    queued(alice, later)
    over()
    clock.advance(8 * DAY)
    later.refresh_from_db()
    personal_data.purge()
    assert kept_of(order)[3] is None
    assert User.objects.get(pk=alice.pk).phone == PHONE


def test_a_drink_on_its_way_keeps_its_name_until_it_is_over(alice, over, store):
    waiting = queued(alice, store)
    over()
    personal_data.purge()
    assert kept_of(waiting)[0] == NAME


def test_staff_and_screens_stay(order, bob, dana, screen, over):
    over()
    clock.advance(400 * DAY)
    personal_data.purge()
    assert {bob, dana, screen} <= set(User.objects.all())


def test_a_contact_whose_code_was_never_typed_goes_after_a_day(db):
    typed = User.objects.create_user(phone=PHONE)
    personal_data.purge()
    assert User.objects.filter(pk=typed.pk).exists()
    clock.advance(DAY + 60)
    assert [each.kind for each in personal_data.purge()] == ["unverified"]
    assert not User.objects.filter(pk=typed.pk).exists()


def test_a_contact_that_waits_in_a_session_goes_with_it(client, db):
    session = client.session
    session["account_login_code"] = {"phone": PHONE}
    session.save()
    personal_data.purge()
    assert Session.objects.count() == 1
    clock.advance(DAY + 60)
    personal_data.purge()
    assert Session.objects.count() == 0


def test_who_is_signed_in_stays_so(client, bob):
    client.force_login(bob)
    clock.advance(2 * DAY)
    personal_data.purge()
    assert client.get("/barista/ABC/").status_code == 200


# -- by command and from the admin ------------------------------------------------------------------


def test_the_command_says_what_went(order, over, capsys):
    over()
    clock.advance(8 * DAY)
    call_command("purge")
    said = capsys.readouterr().out
    assert "a store had ended (ABC): links: 1, names: 1, reasons: 1" in said
    call_command("purge")
    assert capsys.readouterr().out == "Nothing is due.\n"


def test_a_closed_store_can_be_purged_before_its_time_an_open_one_not(order, store, capsys):
    with pytest.raises(CommandError, match="Close it first"):
        call_command("purge", "--store", "ABC")
    assert kept_of(order)[0] == NAME
    commands.close_store(store, by=None)
    call_command("purge", "--store", "ABC")
    assert kept_of(order)[:3] == ("", "", "")


def test_a_manager_does_it_from_the_admin_after_being_asked(client, order, dana, store, over):
    over(days=0)
    dana.is_staff = True
    dana.save()
    client.force_login(dana)
    press = {"action": "forget_people", "_selected_action": store.pk}
    assert "are deleted now" in client.post("/admin/config/store/", press).content.decode()
    assert kept_of(order)[0] == NAME
    client.post("/admin/config/store/", {**press, "sure": "yes"})
    assert kept_of(order)[0] == ""


# -- on request -------------------------------------------------------------------------------------


def test_people_can_take_along_all_that_is_kept_about_them(client, alice, order):
    client.force_login(alice)
    answer = client.get("/privacy/data/")
    kept = json.loads(answer.content)
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert (kept["account"]["email"], kept["account"]["phone"]) == (ADDRESS, PHONE)
    assert [(each["drink"], each["name"], each["reason"]["text"]) for each in kept["orders"]] == [
        ("Espresso", NAME, TYPED)
    ]


def test_what_they_take_along_has_scans_turns_and_sessions_in_it(client, store, bob):
    client.post("/accounts/enter/", {"name": "Gus", "store": "ABC"})
    client.post(f"/q/{qr_codes.current_code(store).token}")
    order = Order.objects.get()
    commands.withdraw(order, by=order.customer)
    commands.grant_one_more(order, by=bob)
    Code.objects.update(used=F("budget"))
    client.post("/s/ABC/waiting/", {"seen": wall_proof.proof(qr_codes.current_code(store))})
    kept = json.loads(client.get("/privacy/data/").content)
    [scan], [turn], [grant] = kept["scans"], kept["waiting_list"], kept["one_more"]
    assert scan["store"] == turn["store"] == grant["store"] == "ABC"
    assert scan["taken_at"] and scan["used_at"] and turn["asked_at"]
    assert kept["this_browser"]["number"] == Hold.objects.get().browser
    assert kept["this_browser"]["session_ends"] > kept["exported_at"]
    nobody = json.loads(Client().get("/privacy/data/").content)
    assert (nobody["scans"], nobody["waiting_list"]) == ([], [])


def test_a_scan_without_a_name_belongs_to_the_browser_and_a_turn_goes_when_asked(client, store):
    client.post(f"/q/{qr_codes.current_code(store).token}")
    assert len(json.loads(client.get("/privacy/data/").content)["scans"]) == 1
    Turn.objects.create(
        store=store, browser=Hold.objects.get().browser, asked_at=clock.now(), expires_at=clock.now()
    )
    client.post("/privacy/erase/")
    assert not Turn.objects.exists()


def test_nobody_takes_along_anything_of_anybody_else(client, charlie, order):
    client.force_login(charlie)
    assert json.loads(client.get("/privacy/data/").content)["orders"] == []
    assert json.loads(Client().get("/privacy/data/").content)["orders"] == []


def test_forgetting_is_asked_first_then_done_at_once_and_receipted(client, alice, order):
    client.force_login(alice)
    assert "cannot be undone" in client.get("/privacy/erase/").content.decode()
    assert kept_of(order)[0] == NAME
    answer = client.post("/privacy/erase/").content.decode()
    receipt = Receipt.objects.get()
    assert f"Receipt {receipt.pk}" in answer
    assert receipt.counts == {"accounts": 1, "names": 1, "reasons": 1}
    assert kept_of(order)[:2] == ("", "")
    alice.refresh_from_db()
    assert (alice.name, alice.email, alice.phone, alice.is_active) == ("", None, None, False)
    assert not EmailAddress.objects.exists()
    assert "_auth_user_id" not in client.session


def test_a_day_later_even_that_a_nameless_somebody_had_a_drink_is_gone(client, alice, order):
    client.force_login(alice)
    client.post("/privacy/erase/")
    clock.advance(DAY + 60)
    personal_data.purge()
    assert not User.objects.filter(pk=alice.pk).exists()
    assert kept_of(order)[2:] == ("", None)


def test_the_daily_limit_outlives_the_name(client, bob, store):
    guest = User.objects.create_user(name="Gus", is_guest=True)
    waiting = ready(guest, store, bob)
    Order.objects.filter(pk=waiting.pk).update(browser="b1")
    commands.collect(Order.objects.get(), by=bob)
    personal_data.erase(Person(guest, "b1"))
    again = User.objects.create_user(name="Gus", is_guest=True)
    with pytest.raises(Refusal) as refused:
        admission.scan_and_create(store, qr_codes.current_code(store).token, Person(again, "b1"))
    assert refused.value.code == "limit_reached"


def test_with_a_drink_on_its_way_it_waits(client, alice, store):
    waiting = queued(alice, store)
    client.force_login(alice)
    answer = client.post("/privacy/erase/")
    assert answer.status_code == 409
    assert f"/orders/{waiting.pk}/" in answer.content.decode()
    assert kept_of(waiting)[0] == NAME


def test_staff_ask_a_manager_first(client, bob):
    client.force_login(bob)
    assert client.post("/privacy/erase/").status_code == 409
    bob.refresh_from_db()
    assert bob.email == "bob@example.org"


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_the_page_says_what_is_kept_and_every_page_leads_to_it(client, store, language):
    client.cookies["language"] = language
    assert client.get("/privacy/").status_code == 200
    for page in ("/", "/s/ABC/", "/accounts/enter/?store=ABC", "/orders/"):
        assert 'href="/privacy/"' in client.get(page, follow=True).content.decode()
