"""How a fact that is made of others is handled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.words import Handling, Label, strictest

HANDLINGS = st.builds(
    Handling,
    st.none() | st.sampled_from(Label),
    st.sets(st.sampled_from(["council_quality", "police", "agency:icb"])).map(sorted).map(tuple),
)


def strictness(handling: Handling) -> int:
    """How strict a handling is; one without a label raises nothing."""
    return -1 if handling.label is None else handling.label.strictness


@given(st.lists(HANDLINGS, max_size=4))
def test_the_strictest_of_all_labels_is_in_force(inputs: list[Handling]) -> None:
    assert strictness(strictest(inputs)) == max(map(strictness, inputs), default=-1)


@given(st.lists(HANDLINGS, max_size=4))
def test_only_holders_of_every_input_of_that_label_may_know(inputs: list[Handling]) -> None:
    found = strictest(inputs)
    for one in inputs:
        if one.label is not None and one.label is found.label:
            assert set(found.holders) <= set(one.holders)
