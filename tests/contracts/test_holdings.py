"""As whom somebody may know what is NAMED."""

from shared.contracts.holdings import holdings, may_know
from shared.contracts.words import Handling, Label, Role

NAMED = Handling(Label.NAMED, ("council_safeguarding",))


def test_what_is_named_is_for_its_holders() -> None:
    assert may_know(NAMED, holdings([Role.SAFEGUARDING]))
    assert not may_know(NAMED, holdings([Role.PRACTITIONER, Role.OPERATIONS_LEAD]))
    assert may_know(Handling(), holdings([Role.PRACTITIONER]))


def test_a_chair_holds_no_function_by_being_one() -> None:
    assert holdings([Role.INTELLIGENCE_CHAIR, Role.QIP_CHAIR]) == frozenset()


def test_what_is_personal_is_for_nobody_whoever_holds_it() -> None:
    handling = Handling(Label.PERSONAL, ("council_quality",))
    assert not may_know(handling, holdings([Role.TEAM_MANAGER]))
