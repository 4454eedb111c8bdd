"""The page of figures, and its files, which name nobody."""

import csv
import datetime as dt
import io
import re
import zipfile

import pytest

from conftest import make_user, queued
from orders import commands, reasons
from orders.models import Order
from serverlesspresso.core import clock

pytestmark = pytest.mark.django_db


def lines_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def text_of(workbook: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def test_the_page_says_what_was_made_and_when_names_go(manages, store, serve):
    store.ends_on = store.ends_on.replace(2030, 5, 3)
    store.save()
    serve(2, drink="Cappuccino", modifiers=["Oat"])
    page = manages.get("/organise/ABC/figures/").content.decode()
    assert "Cappuccino" in page
    assert "May 10, 2030" in page, "seven days after the last day"
    assert "Guest" not in page


def test_drinks_and_options_are_called_in_the_readers_language(manages, store, serve):
    store.drinks.filter(name="Espresso").update(labels={"pt-br": "Cafezinho"})
    serve(1, drink="Espresso")
    serve(1, drink="Cappuccino", modifiers=["Oat"])
    page = manages.get("/organise/ABC/figures/", headers={"Accept-Language": "pt-br"}).content.decode()
    assert "Cafezinho" in page
    assert "Aveia" in page


def test_the_orders_as_lines_name_nobody(manages, store, bob, serve):
    serve(2)
    order = queued(make_user("Gone"), store)
    commands.cancel(order, by=bob, reason="other", text="Alice was rude")
    lines = lines_of(manages.get("/organise/ABC/figures/orders-csv/"))
    assert [line[0] for line in lines] == ["number", "1", "2", "3"]
    text = str(lines)
    assert "Guest" not in text
    assert "rude" not in text


def test_no_drink_is_a_formula_to_a_spreadsheet(manages, store, serve):
    serve(1)
    Order.objects.update(drink="=HYPERLINK(1)", modifiers=["@x"])
    assert lines_of(manages.get("/organise/ABC/figures/orders-csv/"))[1][3] == "'=HYPERLINK(1)"
    book = manages.get("/organise/ABC/figures/xlsx/").content
    assert "<f>" not in text_of(book)


def test_the_workbook_has_figures_and_orders(manages, store, serve):
    serve(2)
    response = manages.get("/organise/ABC/figures/xlsx/")
    assert response["Content-Disposition"] == 'attachment; filename="figures-ABC.xlsx"'
    text = text_of(response.content)
    assert "Figures" in text
    assert "Orders" in text
    assert "Espresso" in text


def test_the_figures_as_lines(manages, store, serve):
    serve(2)
    lines = lines_of(manages.get("/organise/ABC/figures/csv/"))
    assert lines[0] == ["figure", "name", "value"]
    assert ["drinks made", "", "2"] in lines
    assert ["drink", "Espresso", "2"] in lines


def test_the_figures_are_one_table_that_programs_read(manages, store, serve):
    serve(2)
    assert {len(line) for line in lines_of(manages.get("/organise/ABC/figures/csv/"))} == {3}
    orders = lines_of(manages.get("/organise/ABC/figures/orders-csv/"))
    assert {len(line) for line in orders} == {13}


@pytest.mark.parametrize("kind", ["csv", "orders-csv"])
def test_figures_for_a_country_with_decimal_commas_have_semicolons(manages, store, serve, kind):
    serve(1)
    response = manages.get(f"/organise/ABC/figures/{kind}/", headers={"Accept-Language": "pt-br"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert {line.count(";") for line in text.splitlines()} == {2 if kind == "csv" else 12}
    if kind == "csv":
        assert ";0,0" in text, "minutes with a decimal comma"


@pytest.fixture
def in_kolkata(store, serve):
    """The store in another zone, with an order; when that was made, there."""
    store.timezone = "Asia/Kolkata"
    store.save()
    serve(1)
    made = Order.objects.get().created_at.astimezone(store.zone)
    return made.replace(microsecond=0, tzinfo=None)


def test_times_of_the_orders_as_lines_are_the_stores_and_name_its_zone(manages, in_kolkata):
    heading, line = lines_of(manages.get("/organise/ABC/figures/orders-csv/"))
    said = dict(zip(heading, line, strict=True))
    assert said["created"] == f"{in_kolkata:%Y-%m-%d %H:%M:%S}"
    assert said["time zone"] == "Asia/Kolkata"


def test_times_of_the_figures_as_lines_are_the_stores_and_name_its_zone(manages, in_kolkata):
    lines = lines_of(manages.get("/organise/ABC/figures/csv/"))
    assert ["time zone", "Asia/Kolkata", ""] in lines
    assert [line[1] for line in lines if line[0] == "hour"] == [f"{in_kolkata:%Y-%m-%d %H:00:00}"]


def test_times_in_the_workbook_are_dates_that_can_be_counted_with(manages, in_kolkata):
    with zipfile.ZipFile(io.BytesIO(manages.get("/organise/ABC/figures/xlsx/").content)) as book:
        orders, styles = (book.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet2", "styles"))
    cell = re.search(r'<c r="H2" s="\d+"><v>([\d.]+)</v>', orders)
    assert cell, "created is no number with a style"
    began = dt.datetime(1899, 12, 30)  # noqa: DTZ001  (as spreadsheets count)
    assert abs(began + dt.timedelta(days=float(cell[1])) - in_kolkata) < dt.timedelta(seconds=2)
    assert "yyyy-mm-dd hh:mm:ss" in styles


@pytest.mark.parametrize("address", ["", "csv/", "xlsx/", "orders-csv/"])
def test_a_rehearsal_stays_out_and_the_page_says_so(manages, store, address):
    store.kind = store.Kind.ROBOTS
    store.save()
    response = manages.get(f"/organise/ABC/figures/{address}")
    assert response.status_code == 409
    assert "stays out of figures" in response.content.decode()


@pytest.mark.parametrize("address", ["", "csv/", "xlsx/", "orders-csv/"])
def test_figures_are_for_managers(client, store, bob, address):
    assert client.get(f"/organise/ABC/figures/{address}").status_code == 302
    client.force_login(bob)
    assert client.get(f"/organise/ABC/figures/{address}").status_code == 403


def test_a_file_of_another_kind_there_is_not(manages, store):
    assert manages.get("/organise/ABC/figures/pdf/").status_code == 404


def test_each_count_says_what_it_counts(manages, store, bob, serve):
    serve(2)
    commands.walk_up(store, by=bob, drink="Espresso", modifiers=[])
    page = " ".join(manages.get("/organise/ABC/figures/").content.decode().split())
    assert '<dt>Orders begun</dt> <dd class="num">3</dd>' in page
    assert "1 of them is still in progress" in page
    lines = lines_of(manages.get("/organise/ABC/figures/csv/"))
    for line in (
        ["orders begun", "", "3"],
        ["orders begun", "scanned", "2"],
        ["orders begun", "walk-up", "1"],
    ):
        assert line in lines


@pytest.mark.parametrize("reason", sorted(reasons.LABELS))
def test_an_end_is_a_rows_label_and_no_sentence_to_a_customer(manages, store, reason):
    order = queued(make_user("Gone"), store)
    Order.objects.filter(pk=order.pk).update(status="cancelled", reason=reason, finished_at=clock.now())
    page = manages.get("/organise/ABC/figures/").content.decode()
    assert f"cancelled: {reasons.LABELS[reason]}" in page
    order.refresh_from_db()
    assert reasons.text_of(order) not in page


def test_of_few_promises_no_share_is_said(manages, store, serve):
    serve(8)
    assert (
        "3 promises so far; the share is shown from 10"
        in manages.get("/organise/ABC/figures/").content.decode()
    )
