"""How long a consumer rests from batch to batch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.consumer import rest_after

SECONDS = st.floats(0, 10)


@pytest.mark.parametrize(
    ("records", "took", "pace", "rest"),
    [
        (1, 0.005, 0.02, 0.015),  # the pace is from batch to batch
        (1, 0.03, 0.02, 0.03),  # as long as it took
        (1, 3.0, 0.02, 0.05),  # and no longer than that
        (1, 0.03, 0.15, 0.12),
        (500, 0.4, 0.15, 0.0),  # more wait
        (100, 0.001, 0.02, 0.0),
    ],
)
def test_a_consumer_rests_as_long_as_a_small_batch_took(
    records: int, took: float, pace: float, rest: float
) -> None:
    assert rest_after(records, took, pace) == pytest.approx(rest)


@given(st.integers(1, 99), SECONDS, st.floats(0, 1))
def test_between_small_batches_lies_the_pace_at_least_and_rest_is_bounded(
    records: int, took: float, pace: float
) -> None:
    rest = rest_after(records, took, pace)
    assert took + rest >= pace - 1e-9
    assert 0 <= rest <= max(pace, 0.05)
