"""Of each inbound message type, from the list in code: who tells it here, and what it brings about.

A type that is declared and has no effect named here fails `test_batches.py`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import text

from shared.contracts.event import Event
from shared.contracts.inbound import inbound_messages
from shared.contracts.inbound_examples import GOOD
from shared.contracts.intake import (
    CapacityRecorded,
    ComplaintOutcomeRecorded,
    ComplaintRecorded,
    ComplimentReceived,
    ConcernReceived,
    ContractReviewRecorded,
    CqcEnforcementRecorded,
    CqcInspectionRecorded,
    CqcRatingChanged,
    HandoverAcknowledged,
    OmbudsmanOutcomeRecorded,
    OtherAssessmentRecorded,
    PoliceMatterRecorded,
    PublicFeedbackRecorded,
    QualityReturnRecorded,
    RequestRecorded,
    SafeguardingOutcomeRecorded,
)
from tests.intake.conftest import AGENCIES, CARE_HOME, Intake, concern

CONCERN = "partner.concern.raised.v1"
HANDOVER = "partner.handover.acknowledged.v1"
_SIGNALS: dict[str, type[Event]] = {
    "partner.safeguarding_enquiry.updated.v1": SafeguardingOutcomeRecorded,
    "partner.cqc_rating.published.v1": CqcRatingChanged,
    "partner.complaint.received.v1": ComplaintRecorded,
    "partner.quality_return.submitted.v1": QualityReturnRecorded,
    "partner.contract_review.completed.v1": ContractReviewRecorded,
    "partner.complaint_outcome.recorded.v1": ComplaintOutcomeRecorded,
    "partner.ombudsman_outcome.published.v1": OmbudsmanOutcomeRecorded,
    "partner.cqc_inspection.published.v1": CqcInspectionRecorded,
    "partner.cqc_enforcement.taken.v1": CqcEnforcementRecorded,
    "partner.capacity.reported.v1": CapacityRecorded,
    "partner.police_matter.held.v1": PoliceMatterRecorded,
    "partner.other_assessment.reported.v1": OtherAssessmentRecorded,
}
EFFECTS: dict[str, tuple[str, type[Event]]] = {
    CONCERN: ("concern WHERE NOT immediate_danger", ConcernReceived),
    HANDOVER: ("handover WHERE acknowledged_at IS NOT NULL", HandoverAcknowledged),
    "partner.public_feedback.received.v1": (
        "feedback WHERE kind = 'feedback'",
        PublicFeedbackRecorded,
    ),
    "partner.compliment.received.v1": ("feedback WHERE kind = 'compliment'", ComplimentReceived),
    "partner.request.made.v1": ("request WHERE state = 'open'", RequestRecorded),
    **{type_: (f"signal WHERE kind = '{type_}'", event) for type_, event in _SIGNALS.items()},
}
"""By type: the rows that one message adds one to, and the event of which it is said once."""


def sender_of(type_: str) -> str:
    """The first agency of the tests' register that may tell it."""
    may = inbound_messages()[type_].spec.functions
    return next(agency for agency, held in AGENCIES.items() if may & set(held))


def data_of(type_: str, number: int, handed_over: str) -> dict[str, Any]:
    """The so-manieth sound message of a type; safeguarding takes over what was handed over."""
    own: dict[str, dict[str, Any]] = {
        CONCERN: {"reference": f"REF-{number}"},
        HANDOVER: {"reference": handed_over},
        "partner.request.made.v1": {"load_seen": True},
    }
    return {**GOOD[type_], **own.get(type_, {}), "location": CARE_HOME}


def emergency(intake: Intake, number: int) -> Any:
    """A record whose concern is handed over to safeguarding."""
    danger = concern(reference=f"SAFE-{number}", immediate_danger=True)
    return intake.message("council-quality", CONCERN, danger, id=f"safe-{number}")


async def effects(intake: Intake) -> dict[str, tuple[int, int]]:
    """By type, how many rows it has brought about, and how many events."""
    said = Counter(type(event) for event in await intake.world.said())
    found = {}
    async with intake.world.works.begin() as work:
        for type_, (rows, event) in EFFECTS.items():
            # No value of a test's: the tables are named above.
            query = text(f"SELECT count(*) FROM intake.{rows}")
            found[type_] = ((await work.session.execute(query)).scalar_one(), said[event])
    return found
