"""Feedback of the public that is no concern (W3.10), and compliments (W4.7)."""

from __future__ import annotations

from enum import StrEnum

from shared.contracts.words import AgencyFunction, Handling, Label


class FeedbackKind(StrEnum):
    """What somebody says of a service without raising a concern."""

    FEEDBACK = "feedback"
    COMPLIMENT = "compliment"


COMPLAINTS_TEAM = AgencyFunction.COUNCIL_COMPLAINTS.value


def of_compliment(told: Handling) -> Handling:
    """A compliment is told to the complaints team and to quality, whoever else is in the case."""
    quality = AgencyFunction.COUNCIL_QUALITY.value
    if told.label is Label.NAMED:
        return Handling(Label.NAMED, tuple(sorted({*told.holders, COMPLAINTS_TEAM})))
    return Handling(Label.NAMED, (COMPLAINTS_TEAM, quality))
