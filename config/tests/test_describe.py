"""A store as programs see it."""

import json

import pytest
from django.utils import translation

from config import services
from config.serializers import describe

pytestmark = pytest.mark.django_db


def test_a_store_is_described_with_its_menu(store):
    services.set_available(store, "Cappuccino", available=False, option="Oat")
    assert describe(store) == {
        "store": "ABC",
        "name": "Bar ABC",
        "open": True,
        "paused": False,
        "language": "en",
        "menu": {
            "drinks": [
                {
                    "name": "Espresso",
                    "label": "Espresso",
                    "icon": "espresso",
                    "available": True,
                    "modifiers": [],
                },
                {
                    "name": "Cappuccino",
                    "label": "Cappuccino",
                    "icon": "cappuccino",
                    "available": True,
                    "modifiers": [
                        {
                            "name": "Milk",
                            "label": "Milk",
                            "min": 1,
                            "max": 1,
                            "options": [
                                {"name": "Regular", "label": "Regular", "available": True},
                                {"name": "Oat", "label": "Oat", "available": False},
                            ],
                        }
                    ],
                },
            ]
        },
    }


def test_labels_are_in_the_readers_language_and_names_are_not(store):
    with translation.override("pt-br"):
        milk = describe(store)["menu"]["drinks"][1]["modifiers"][0]
    assert (milk["name"], milk["label"]) == ("Milk", "Leite")
    assert [(each["name"], each["label"]) for each in milk["options"]] == [
        ("Regular", "Regular"),
        ("Oat", "Aveia"),
    ]


def test_it_is_plain_json_in_four_queries_the_first_time_and_one_after(store, django_assert_num_queries):
    with django_assert_num_queries(4):
        described = describe(store)
    with django_assert_num_queries(1):  # whether the menu is still the one in memory
        assert describe(store) == described
    assert json.loads(json.dumps(described)) == described
