"""What a partner agency may publish to its inbound topic: one model per message type.

Free text is allowed here and nowhere else on Kafka. Each model names the functions whose holders
may send it. `location` is CQC's location id, or the council's reference of an unregistered service.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.json_types import Day, FewFields
from shared.contracts.words import (
    Admissions,
    AgencyFunction,
    CqcRating,
    EnforcementKind,
    EnquiryStatus,
    EnquiryType,
    Finding,
    HeldStatus,
    ImplicatedRole,
    Improvements,
    InspectionKind,
    OtherAssessmentStatus,
)

M = TypeVar("M", bound="type[InboundMessage]")

Reference = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._/-]+$")]
LocationReference = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
_WITHOUT_NUL = r"^[^\x00]*$"
"""PostgreSQL has no place for NUL in a text."""
Narrative = Annotated[str, Field(min_length=1, max_length=20_000, pattern=_WITHOUT_NUL)]
FreeText = Annotated[str, Field(max_length=20_000, pattern=_WITHOUT_NUL)]
Category = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z_]+$")]
RequestWord = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]


@dataclass(frozen=True, slots=True)
class InboundSpec:
    """A type that partners publish, and who may."""

    type: str
    functions: frozenset[AgencyFunction]


class InboundMessage(BaseModel):
    """Fields that every inbound message has."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    spec: ClassVar[InboundSpec]

    location: LocationReference


_declared: dict[str, type[InboundMessage]] = {}


def inbound(type_: str, *functions: AgencyFunction) -> Callable[[M], M]:
    """Declare an inbound message; without functions every agency may send it."""

    def declare(cls: M) -> M:
        cls.spec = InboundSpec(type_, frozenset(functions or AgencyFunction))
        _declared[type_] = cls
        return cls

    return declare


def inbound_messages() -> dict[str, type[InboundMessage]]:
    """All inbound message classes by type."""
    return dict(_declared)


@cache
def free_texts(cls: type[BaseModel]) -> tuple[str, ...]:
    """The fields in which somebody may write anything: texts without a form of their own."""
    return tuple(
        name
        for name, field in cls.model_fields.items()
        if name != "personal_data_needed" and _is_free(field.annotation, field.metadata)
    )


def _is_free(hint: Any, metadata: Sequence[Any]) -> bool:
    if typing.get_origin(hint) is Annotated:
        inner, *about = typing.get_args(hint)
        told = [m for one in about for m in getattr(one, "metadata", [one])]
        return _is_free(inner, [*metadata, *told])
    if hint is str:
        forms = {getattr(one, "pattern", None) for one in metadata} - {None}
        return forms <= {_WITHOUT_NUL}
    return any(_is_free(part, metadata) for part in typing.get_args(hint))


def inbound_schema_of(cls: type[InboundMessage]) -> dict[str, Any]:
    """The JSON Schema that a partner builds against."""
    schema = cls.model_json_schema()
    schema["$id"] = f"urn:provider-quality:schema:{cls.spec.type}"
    return schema


Need = Annotated[str, Field(min_length=10, max_length=300, pattern=_WITHOUT_NUL)]
"""Why personal data in a text is needed."""


class Needed(FewFields):
    """Why personal data has to stand in texts, a reason for each text."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @property
    def reasons(self) -> dict[str, str]:
        """The reasons by field."""
        return self.model_dump(exclude_none=True)


class PersonalDataNeeded(Needed):
    """Why personal data has to stand in a text, said for each text in which it stands (L1.2j).

    Without it a concern whose texts give a person away is held back; in danger or significant harm
    it never is.
    """

    description: Need | None = None
    action_taken: Need | None = None
    action_none_reason: Need | None = None
    measures: Need | None = None


class TextDataNeeded(Needed):
    """Why personal data has to stand in the text; without it such a text is held back (L1.2j)."""

    text: Need | None = None


class AssessorDataNeeded(Needed):
    """Why the assessor has to be named; without it such a message is held back (L1.2j)."""

    wider_concern_assessed_by: Need | None = None


@inbound("partner.concern.raised.v1")
class ConcernRaised(InboundMessage):
    """A care concern, as an agency or a provider tells it (WCC1, WCC2)."""

    reference: Reference
    occurred_on: Day
    category: Category
    description: Narrative
    action_taken: FreeText
    action_none_reason: Annotated[str, Field(max_length=4_000, pattern=_WITHOUT_NUL)] = ""
    measures: FreeText
    significant_harm: bool = False
    immediate_danger: bool = False
    implicated_role: ImplicatedRole | None = None
    personal_data_needed: PersonalDataNeeded | None = None


@inbound("partner.safeguarding_enquiry.updated.v1", AgencyFunction.COUNCIL_SAFEGUARDING)
class SafeguardingEnquiryUpdated(InboundMessage):
    """A section 42 enquiry by reference, never by content (L1.2j, W2.8)."""

    enquiry_reference: Reference
    updated_on: Day
    enquiry_type: EnquiryType
    status: EnquiryStatus
    improvements: Improvements
    wider_concern: bool = False
    wider_concern_assessed_by: Annotated[str, Field(max_length=80, pattern=_WITHOUT_NUL)] | None = (
        None
    )
    """The role of the assessor who found wider concerns; required where there are any (L1.2b)."""
    improvement_needed: bool = False
    personal_data_needed: AssessorDataNeeded | None = None


@inbound("partner.cqc_rating.published.v1", AgencyFunction.REGULATOR)
class CqcRatingPublished(InboundMessage):
    """A rating that CQC published."""

    key_question: Category
    """One of the policy's: overall, or CQC's key questions."""
    rating: CqcRating
    published_on: Day


@inbound(
    "partner.complaint.received.v1",
    AgencyFunction.COUNCIL_COMPLAINTS,
    AgencyFunction.COUNCIL_CONTRACTS,
    AgencyFunction.HEALTH_COMMISSIONER,
    AgencyFunction.PUBLIC_VOICE,
)
class ComplaintReceived(InboundMessage):
    """A complaint about a service, by reference and theme."""

    complaint_reference: Reference
    received_on: Day
    theme: Category


@inbound("partner.quality_return.submitted.v1", AgencyFunction.NHS_CONTRACT_MANAGEMENT)
class QualityReturnSubmitted(InboundMessage):
    """A provider's quarterly quality return as NHS contract management passes it on (L1.2g)."""

    quarter: Annotated[str, Field(pattern=r"^20\d\d-Q[1-4]$")]
    submitted_on: Day
    clinical_risk: bool
    nil_return: bool = False
    """There was nothing to report; then there is no clinical risk either."""


@inbound("partner.contract_review.completed.v1", AgencyFunction.COUNCIL_CONTRACTS)
class ContractReviewCompleted(InboundMessage):
    """A contract monitoring review with the ids of the actions still unmet (L1.2f)."""

    review_reference: Reference
    reviewed_on: Day
    unmet_actions: Annotated[tuple[Reference, ...], Field(max_length=200)]


@inbound("partner.handover.acknowledged.v1", AgencyFunction.COUNCIL_SAFEGUARDING)
class HandoverAcknowledgedBySafeguarding(InboundMessage):
    """Safeguarding has taken over what was handed to it under our reference."""

    reference: Reference


@inbound(
    "partner.complaint_outcome.recorded.v1",
    AgencyFunction.COUNCIL_COMPLAINTS,
    AgencyFunction.COUNCIL_CONTRACTS,
    AgencyFunction.HEALTH_COMMISSIONER,
)
class ComplaintOutcomeRecordedByAgency(InboundMessage):
    """What became of a complaint, by reference (W2.7)."""

    complaint_reference: Reference
    decided_on: Day
    outcome: Finding
    theme: Category
    improvement_needed: bool


@inbound(
    "partner.ombudsman_outcome.published.v1",
    AgencyFunction.COUNCIL_COMPLAINTS,
    AgencyFunction.HEALTH_COMMISSIONER,
)
class OmbudsmanOutcomePublished(InboundMessage):
    """What the Ombudsman decided on a complaint about a service, by reference (W2.7)."""

    ombudsman_reference: Reference
    decided_on: Day
    outcome: Finding
    theme: Category
    improvement_needed: bool
    remedy_due_on: Day | None = None
    """The day by which the agreed remedy is due."""


@inbound("partner.cqc_inspection.published.v1", AgencyFunction.REGULATOR)
class CqcInspectionPublished(InboundMessage):
    """CQC inspected a location and published its report; the ratings come as ratings."""

    inspection_reference: Reference
    inspected_on: Day
    published_on: Day
    kind: InspectionKind


@inbound("partner.cqc_enforcement.taken.v1", AgencyFunction.REGULATOR)
class CqcEnforcementTaken(InboundMessage):
    """CQC took enforcement action, or ended it; by reference and kind."""

    enforcement_reference: Reference
    taken_on: Day
    kind: EnforcementKind
    ended_on: Day | None = None


@inbound(
    "partner.public_feedback.received.v1",
    AgencyFunction.PUBLIC_VOICE,
    AgencyFunction.COUNCIL_COMPLAINTS,
)
class PublicFeedbackReceived(InboundMessage):
    """What the public says of a service that is no concern: it counts in themes (W3.10)."""

    feedback_reference: Reference
    received_on: Day
    theme: Category
    text: Narrative
    personal_data_needed: TextDataNeeded | None = None


@inbound("partner.compliment.received.v1")
class ComplimentReceivedByAgency(InboundMessage):
    """A compliment about a service; the complaints team is told of it (W4.7)."""

    compliment_reference: Reference
    received_on: Day
    theme: Category
    text: Narrative
    personal_data_needed: TextDataNeeded | None = None


@inbound(
    "partner.capacity.reported.v1",
    AgencyFunction.COUNCIL_COMMISSIONING,
    AgencyFunction.COUNCIL_CONTRACTS,
    AgencyFunction.HEALTH_COMMISSIONER,
)
class CapacityReported(InboundMessage):
    """How far a service takes people in, and how many places are free."""

    reported_on: Day
    admissions: Admissions
    vacancies: Annotated[int, Field(ge=0, le=5_000)] | None = None


@inbound("partner.police_matter.held.v1", AgencyFunction.POLICE)
class PoliceMatterHeld(InboundMessage):
    """A matter that the police hold: that there is one, by reference, with owner and review.

    It is for named holders only, and only the police release it.
    """

    matter_reference: Reference
    held_since: Day
    status: HeldStatus
    owner_role: Category
    """The office at the police that owns it, never a name."""
    hold_reason: Category
    review_on: Day


@inbound(
    "partner.other_assessment.reported.v1",
    AgencyFunction.PLACING_AUTHORITY,
    AgencyFunction.COUNCIL_CONTRACTS,
)
class OtherAssessmentReported(InboundMessage):
    """Another authority assesses a service, or has published its assessment (WX9)."""

    assessment_reference: Reference
    authority: Annotated[str, Field(pattern=r"^[EWSN][0-9]{8}$")]
    """Its code of the Office for National Statistics, such as E08000015."""
    status: OtherAssessmentStatus
    status_on: Day


@inbound("partner.request.made.v1")
class PartnerRequestMade(InboundMessage):
    """Something that an agency asks of the quality team, or of a provider through it (WX0)."""

    request_reference: Reference
    request_type: RequestWord
    text: Annotated[str, Field(max_length=4_000, pattern=_WITHOUT_NUL)] = ""
    risk_type: Category | None = None
    """Of a visit that information about a risk prompts (WX4)."""
    system: Category | None = None
    """The system in which the data lies (WX2, WX6)."""
    about_individual: bool = False
    """Of a proposal for a QIP: it is about one person's case (L1.2h)."""
    immediate_danger: bool = False
    required_by: Day | None = None
    """The day that a statutory notice itself sets."""
    load_seen: bool = False
    """You have been shown what is open on the provider, and ask all the same (W3.3)."""
    personal_data_needed: TextDataNeeded | None = None
