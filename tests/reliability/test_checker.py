"""What the checker lets pass, and what it must not."""

from django.template.loader import render_to_string

from bench import checker
from bench.driver import Call
from bench.screens import Screen

PEOPLE = {"bob": 1, "dana": 2}
RECALLED = {"type": "OrderManager.OrderRecalled", "order": "A", "data": {}}


def call(who, act):
    return Call(who, act, "A", act, 0.0, 1.0, "ok", answer={"id": "A"})


def test_an_answered_claim_that_is_not_in_the_log_is_found():
    assert checker.acts([call("bob", "make")], [], PEOPLE, [])


def test_who_recalled_a_drink_has_its_claim_and_a_colleague_has_not():
    recall = call("bob", "recall")
    assert checker.acts([recall, call("bob", "make")], [RECALLED], PEOPLE, []) == []
    assert checker.acts([recall, call("dana", "make")], [RECALLED], PEOPLE, [])


def test_a_screen_without_a_browser_takes_away_what_the_pages_say_is_gone():
    rows = {row: ("ready", "ready", row[-1]) for row in ("n1-3", "n1-4")}
    screen = Screen("wall", 0, "", "", rows)
    screen.show(render_to_string("display/_delta.html", {"gone": ["n1-3"]}))
    assert list(screen.rows) == ["n1-4"]
