import pytest

from serverlesspresso.core.percentiles import percentile


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (1, 1), (50, 5), (80, 8), (95, 10), (100, 10)])
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(percent, expected):
    assert percentile([float(value) for value in range(1, 11)], percent) == expected


def test_a_percentile_of_a_hundred_values_and_of_one():
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7], 50) == 7
