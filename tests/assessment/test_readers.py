"""Who may know what of a location's picture."""

from services.assessment.domain.readers import holdings, may_know
from shared.contracts.words import Handling, Label, Role

NAMED = Handling(Label.NAMED, ("council_safeguarding",))


def test_what_is_named_is_for_its_holders() -> None:
    assert may_know(NAMED, holdings([Role.SAFEGUARDING]))
    assert not may_know(NAMED, holdings([Role.PRACTITIONER, Role.OPERATIONS_LEAD]))
    assert may_know(Handling(), holdings([Role.PRACTITIONER]))


def test_a_chair_holds_no_function_by_being_one() -> None:
    assert holdings([Role.INTELLIGENCE_CHAIR, Role.QIP_CHAIR]) == frozenset()
