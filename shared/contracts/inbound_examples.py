"""An example of every inbound message that is taken, and one that is not, with why."""

from __future__ import annotations

from typing import Any

from shared.contracts.inbound import inbound_messages

_PLACE = {"location": "1-200000001"}
_CONCERN = {
    **_PLACE,
    "reference": "REF-1",
    "occurred_on": "2026-11-18",
    "category": "medication",
    "description": "A dose was given two hours late.",
    "action_taken": "The round was moved and staff were briefed.",
    "measures": "Two members of staff now check the round.",
}
_ENQUIRY = {
    **_PLACE,
    "enquiry_reference": "S42-77",
    "updated_on": "2026-11-18",
    "enquiry_type": "organisational",
    "status": "ongoing",
    "improvements": "limited",
}
_RATING = {
    **_PLACE,
    "key_question": "overall",
    "rating": "Requires improvement",
    "published_on": "2026-11-01",
}
_COMPLAINT = {
    **_PLACE,
    "complaint_reference": "C-2031",
    "received_on": "2026-11-10",
    "theme": "staffing",
}
_RETURN = {
    **_PLACE,
    "quarter": "2026-Q3",
    "submitted_on": "2026-10-20",
    "clinical_risk": False,
}
_REVIEW = {
    **_PLACE,
    "review_reference": "CR-9",
    "reviewed_on": "2026-11-12",
    "unmet_actions": ["A-1", "A-4"],
}
_OUTCOME = {
    **_PLACE,
    "complaint_reference": "C-2031",
    "decided_on": "2026-11-16",
    "outcome": "upheld",
    "theme": "staffing",
    "improvement_needed": True,
}
_OMBUDSMAN = {
    **_PLACE,
    "ombudsman_reference": "26-004-711",
    "decided_on": "2026-11-02",
    "outcome": "partly_upheld",
    "theme": "records",
    "improvement_needed": True,
    "remedy_due_on": "2027-01-29",
}
_INSPECTION = {
    **_PLACE,
    "inspection_reference": "INS1-5550",
    "inspected_on": "2026-10-06",
    "published_on": "2026-11-17",
    "kind": "comprehensive",
}
_ENFORCEMENT = {
    **_PLACE,
    "enforcement_reference": "ENF-12",
    "taken_on": "2026-11-13",
    "kind": "warning_notice",
}
_FEEDBACK = {
    **_PLACE,
    "feedback_reference": "HW-1",
    "received_on": "2026-11-18",
    "theme": "nutrition",
    "text": "Families praise the garden but not the food.",
}
_COMPLIMENT = {
    **_PLACE,
    "compliment_reference": "TY-3",
    "received_on": "2026-11-18",
    "theme": "dignity",
    "text": "The night staff were kind and patient.",
}
_CAPACITY = {
    **_PLACE,
    "reported_on": "2026-11-19",
    "admissions": "limited",
    "vacancies": 4,
}
_POLICE = {
    **_PLACE,
    "matter_reference": "OP-88",
    "held_since": "2026-11-14",
    "status": "held",
    "owner_role": "investigating_officer",
    "hold_reason": "live_investigation",
    "review_on": "2027-01-15",
}
_ELSEWHERE = {
    **_PLACE,
    "assessment_reference": "PA-6",
    "authority": "E06000050",
    "status": "open",
    "status_on": "2026-11-05",
}
_REQUEST = {
    **_PLACE,
    "request_reference": "Q-15",
    "request_type": "information_from_provider",
    "text": "The staffing rota of October.",
}
_HANDOVER = {**_PLACE, "reference": "CC-7K3M-9QXD"}

_EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "partner.concern.raised.v1": (
        _CONCERN,
        {**_CONCERN, "immediate_danger": "yes"},
        "`immediate_danger` is true or false",
    ),
    "partner.safeguarding_enquiry.updated.v1": (
        _ENQUIRY,
        {**_ENQUIRY, "summary": "What happened."},
        "an enquiry comes by reference, without a text about it",
    ),
    "partner.cqc_rating.published.v1": (
        _RATING,
        {**_RATING, "rating": "Poor"},
        "Poor is a PAMMS rating and none of CQC's",
    ),
    "partner.complaint.received.v1": (
        _COMPLAINT,
        {**_COMPLAINT, "received_on": "10/11/2026"},
        "dates are written 2026-11-10",
    ),
    "partner.quality_return.submitted.v1": (
        _RETURN,
        {**_RETURN, "quarter": "Q3 2026"},
        "quarters are written 2026-Q3",
    ),
    "partner.contract_review.completed.v1": (
        _REVIEW,
        {**_REVIEW, "unmet_actions": "A-1, A-4"},
        "the unmet actions are a list",
    ),
    "partner.complaint_outcome.recorded.v1": (
        _OUTCOME,
        {**_OUTCOME, "outcome": "justified"},
        "the outcome is one of four words",
    ),
    "partner.ombudsman_outcome.published.v1": (
        _OMBUDSMAN,
        {**_OMBUDSMAN, "improvement_needed": "perhaps"},
        "`improvement_needed` is true or false",
    ),
    "partner.cqc_inspection.published.v1": (
        _INSPECTION,
        {**_INSPECTION, "kind": "surprise"},
        "the kind is one of three words",
    ),
    "partner.cqc_enforcement.taken.v1": (
        _ENFORCEMENT,
        {name: value for name, value in _ENFORCEMENT.items() if name != "kind"},
        "the kind is missing",
    ),
    "partner.public_feedback.received.v1": (
        _FEEDBACK,
        {**_FEEDBACK, "name": "A visitor"},
        "feedback comes without anybody's name",
    ),
    "partner.compliment.received.v1": (
        _COMPLIMENT,
        {**_COMPLIMENT, "text": ""},
        "a compliment has a text",
    ),
    "partner.capacity.reported.v1": (
        _CAPACITY,
        {**_CAPACITY, "vacancies": -1},
        "vacancies are not below zero",
    ),
    "partner.police_matter.held.v1": (
        _POLICE,
        {name: value for name, value in _POLICE.items() if name != "review_on"},
        "what is held has a day on which it is reviewed",
    ),
    "partner.other_assessment.reported.v1": (
        _ELSEWHERE,
        {**_ELSEWHERE, "authority": "Cheshire West"},
        "the authority is named by its ONS code",
    ),
    "partner.request.made.v1": (
        _REQUEST,
        {**_REQUEST, "request_type": "Information, please"},
        "the type is one word in small letters",
    ),
    "partner.handover.acknowledged.v1": (
        _HANDOVER,
        {"reference": "CC-7K3M-9QXD"},
        "the location is missing",
    ),
}

GOOD = {type_: good for type_, (good, _, _) in _EXAMPLES.items()}
"""What is taken, by type."""
BAD = {type_: bad for type_, (_, bad, _) in _EXAMPLES.items()}
"""What its schema refuses, by type."""
WHY_BAD = {type_: why for type_, (_, _, why) in _EXAMPLES.items()}
"""What is wrong with it."""


def page() -> list[tuple[str, str, dict[str, Any], dict[str, Any], str, tuple[str, ...]]]:
    """Of every type: what it says, examples good and bad, why, and who may send it."""
    return [
        (
            type_,
            (cls.__doc__ or "").strip().split("\n")[0],
            GOOD[type_],
            BAD[type_],
            WHY_BAD[type_],
            tuple(sorted(function.value for function in cls.spec.functions)),
        )
        for type_, cls in inbound_messages().items()
    ]
