"""What the partners publish in the story: plain JSON, as each agency's guide describes it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo import cast
from deploy.demo.clients import Json

CONCERN = "partner.concern.raised.v1"
ENQUIRY = "partner.safeguarding_enquiry.updated.v1"
RATING = "partner.cqc_rating.published.v1"
COMPLAINT = "partner.complaint.received.v1"
RETURN = "partner.quality_return.submitted.v1"
REVIEW = "partner.contract_review.completed.v1"
REQUEST = "partner.request.made.v1"
ACKNOWLEDGEMENT = "partner.handover.acknowledged.v1"


@dataclass(frozen=True)
class Message:
    """One message of the story, and what has to become of it."""

    key: str
    agency: str
    what: str
    type: str
    data: Json | bytes
    expect: str = "accepted"
    """The receipt's status; for a refusal its rule."""
    id: str | None = None
    source: str | None = None
    structured: bool = False
    traceparent: str | None = None


def care_concern(location: str, today: date, category: str, **more: object) -> Json:
    """A concern as any door takes it, with a narrative that must stay inside."""
    return {
        "location": location,
        "reference": f"DEMO-{uuid.uuid4().hex[:10]}",
        "occurred_on": str(today - timedelta(days=1)),
        "category": category,
        "description": f"{cast.RESIDENT} was found … ({cast.TELLTALE})",
        "action_taken": f"A nurse saw {cast.RESIDENT} the same evening ({cast.TELLTALE}).",
        "measures": f"Rounds are signed by two people from now on ({cast.TELLTALE}).",
        **more,
    }


def first_message(today: date) -> Message:
    """What puts Larchfield up for consideration; its trace is followed to the end."""
    data = _enquiry(cast.LARCHFIELD, "S42-2101", today, enquiry_type="organisational")
    what = "an organisational enquiry stands and nothing has improved"
    return Message(
        "enquiry", "council-safeguarding", what, ENQUIRY, data, traceparent=cast.PARTNERS_TRACE
    )


def messages(today: date) -> list[Message]:
    """Everything else, in the order in which it is published."""
    return [
        *_at_larchfield(today),
        *_elsewhere(today),
        *_activity(today),
        *_set_aside(today),
        *_refused(today),
    ]


def _at_larchfield(today: date) -> list[Message]:
    twice = str(uuid.uuid4())
    earlier = _review("CMR-2101", today - timedelta(days=60), "ACT-3", "ACT-7")
    later = _review("CMR-2102", today - timedelta(days=2), "ACT-7")
    quarter, ended = _last_quarter(today)
    submitted = max(ended, today - timedelta(days=9))
    risk = {"quarter": quarter, "submitted_on": str(submitted), "clinical_risk": True}
    return [
        Message("review-1", "council-contracts", "a contract review", REVIEW, earlier),
        Message(
            "review-2",
            "council-contracts",
            "the next review: an action is unmet again",
            REVIEW,
            later,
            id=twice,
        ),
        Message(
            "review-again",
            "council-contracts",
            "the same message once more",
            REVIEW,
            later,
            expect="duplicate",
            id=twice,
        ),
        Message(
            "return",
            "csu",
            "a quality return with clinical risk",
            RETURN,
            {"location": cast.LARCHFIELD, **risk},
            structured=True,
        ),
    ]


def _elsewhere(today: date) -> list[Message]:
    wider = {"wider_concern": True, "wider_concern_assessed_by": "social worker"}
    rated = {"key_question": "overall", "rating": "Inadequate", "published_on": str(today)}
    return [
        Message(
            "wider",
            "council-safeguarding",
            "an enquiry that found wider concerns",
            ENQUIRY,
            _enquiry(cast.TIDEWELL, "S42-2102", today, **wider),
        ),
        Message(
            "leader",
            "icb",
            "a concern that implicates the registered manager",
            CONCERN,
            care_concern(
                cast.HOLLOWBECK, today, "leadership", implicated_role="registered_manager"
            ),
        ),
        Message(
            "rating",
            "cqc",
            "an overall rating: Inadequate",
            RATING,
            {"location": cast.SALTMARSH, **rated},
        ),
        Message(
            "emergency",
            "icb",
            "somebody is in danger now",
            CONCERN,
            care_concern(cast.FOXHOLT, today, "falls", immediate_danger=True),
        ),
        Message(
            "harm",
            "csu",
            "significant harm",
            CONCERN,
            care_concern(cast.DUNNOCKFIELD, today, "skin_care", significant_harm=True),
        ),
        Message(
            "concern",
            "healthwatch",
            "a care concern",
            CONCERN,
            care_concern(cast.ELMSCAR, today, "nutrition"),
        ),
    ]


def _activity(today: date) -> list[Message]:
    """Five distinct items in ninety days make a high level of activity (L1.2e)."""
    complaints = [
        ("council-complaints", "COMP-2101", 40),
        ("council-complaints", "COMP-2102", 21),
        ("icb", "PALS-2101", 12),
        ("healthwatch", "HW-2101", 5),
    ]
    told = [
        Message(
            f"complaint-{reference}",
            agency,
            "a complaint",
            COMPLAINT,
            {
                "location": cast.MISTLETHORPE,
                "complaint_reference": reference,
                "received_on": str(today - timedelta(days=days)),
                "theme": "staffing",
            },
        )
        for agency, reference, days in complaints
    ]
    enquiry = _enquiry(cast.MISTLETHORPE, "S42-2103", today)
    what = "an enquiry about one adult"
    return [*told, Message("enquiry-2", "council-safeguarding", what, ENQUIRY, enquiry)]


def _set_aside(today: date) -> list[Message]:
    """One that nobody takes as it is until somebody has read it, and one that is not done here."""
    named = "Mrs Example, NHS 943 476 5919, waited an hour for her lunch."
    asked = {"request_reference": "CSU-R-1", "request_type": "strategy_meeting"}
    return [
        Message(
            "held",
            "icb",
            "a concern that gives somebody away",
            CONCERN,
            {**care_concern(cast.ELMSCAR, today, "nutrition"), "description": named},
            expect="door.personal-data",
        ),
        Message(
            "strategy-meeting",
            "csu",
            "asking the team to a strategy meeting",
            REQUEST,
            {"location": cast.ELMSCAR, **asked},
            expect="WX5",
        ),
    ]


def _refused(today: date) -> list[Message]:
    rated = {"key_question": "overall", "rating": "Good", "published_on": str(today)}
    return [
        Message(
            "malformed",
            "csu",
            "a message that is not JSON",
            RETURN,
            f'{{"location": "{cast.TELLTALE}'.encode(),
            expect="door.not-json",
        ),
        Message(
            "impostor",
            "healthwatch",
            "speaking as council safeguarding",
            CONCERN,
            care_concern(cast.ELMSCAR, today, "dignity"),
            expect="door.wrong-agency",
            source="urn:agency:council-safeguarding",
        ),
        Message(
            "not-theirs",
            "police",
            "a CQC rating",
            RATING,
            {"location": cast.ELMSCAR, **rated},
            expect="door.function-not-held",
        ),
        Message(
            "tomorrow",
            "mental-health-trust",
            "a concern of tomorrow",
            CONCERN,
            {
                **care_concern(cast.ELMSCAR, today, "staffing"),
                "occurred_on": str(today + timedelta(days=1)),
            },
            expect="door.future-date",
        ),
    ]


def _enquiry(location: str, reference: str, today: date, **more: object) -> Json:
    return {
        "location": location,
        "enquiry_reference": reference,
        "updated_on": str(today),
        "enquiry_type": "individual",
        "status": "ongoing",
        "improvements": "none",
        **more,
    }


def _review(reference: str, day: date, *unmet: str) -> Json:
    about = {"location": cast.LARCHFIELD, "review_reference": reference}
    return {**about, "reviewed_on": str(day), "unmet_actions": list(unmet)}


def _last_quarter(today: date) -> tuple[str, date]:
    """The calendar quarter that is over, and the day after it."""
    number = (today.month - 1) // 3
    year, quarter = (today.year, number) if number else (today.year - 1, 4)
    return f"{year}-Q{quarter}", date(today.year, 3 * number + 1, 1)
