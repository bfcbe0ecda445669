"""Whom an answer and a handover are for."""

from services.intake.domain import handling
from shared.contracts.words import Handling, Label


def test_each_answer_is_for_the_one_that_it_answers() -> None:
    assert handling.of_receipt("icb") == Handling(Label.NAMED, ("agency:icb",))
    assert handling.of_acknowledgement("7") == Handling(Label.NAMED, ("person:7",))


def test_a_handover_is_for_safeguarding_alone() -> None:
    assert handling.of_handover() == Handling(Label.NAMED, ("council_safeguarding",))
