"""asvs.md says which test would notice: such a test exists, and no row is left out."""

import re
from pathlib import Path

from django.conf import settings

PAGE = Path(__file__).with_name("asvs.md")


def _tests() -> set[str]:
    folders = (
        "serverlesspresso",
        "config",
        "display",
        "orders",
        "baristas",
        "organisers",
        "extensions",
        "tests",
    )
    files = (path for folder in folders for path in (settings.BASE_DIR / folder).rglob("test_*.py"))
    return {name for path in files for name in re.findall(r"def (test_\w+)", Path(path).read_text())}


def test_every_test_it_names_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    assert len(named) > 100
    assert named - _tests() == set()


def test_all_items_of_both_levels_and_all_rows_of_the_matrix_are_answered():
    page = PAGE.read_text()
    items = [
        item
        for row in re.findall(r"(?m)^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \|", page)
        for item in row.split(", ")
    ]
    assert len(items) == len(set(items)) == 253
    rows = [row for line in re.findall(r"(?m)^\| ((?:A\d+(?:, )?)+) \|", page) for row in line.split(", ")]
    assert sorted(rows, key=lambda row: int(row[1:])) == [f"A{n}" for n in range(1, 83)]
