"""Passwords: long ones of any kind are welcome, the first ones anybody would try are not."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


@pytest.mark.parametrize(
    "password",
    ["short77", "password123", "qwertyuiop", "Espresso2026!", "c0ffee1234", "b@rist@99", "Serverlesspresso1"],
)
def test_what_anybody_would_try_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "x" * 64,
        "пароль из слов",
        "☕☕☕☕☕☕☕☕",
        "espresso under a blue umbrella",
    ],
)
def test_long_ones_of_any_kind_are_taken(password):
    validate_password(password)
