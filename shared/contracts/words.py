"""The vocabulary that all services share. Standard library only, so that domains may use it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5


class Label(StrEnum):
    """Who may know a fact, from widest to narrowest (docs/architecture.md, Labels)."""

    PUBLIC = "PUBLIC"
    PROVIDER = "PROVIDER"
    AGENCIES = "AGENCIES"
    NAMED = "NAMED"
    PERSONAL = "PERSONAL"

    @property
    def strictness(self) -> int:
        """0 for PUBLIC to 4 for PERSONAL; the higher wins when facts are combined."""
        return _STRICTNESS[self]


_STRICTNESS = {label: place for place, label in enumerate(Label)}


class AgencyFunction(StrEnum):
    """What an organisation does in the field; held from a date to a date."""

    COUNCIL_QUALITY = "council_quality"
    COUNCIL_CONTRACTS = "council_contracts"
    COUNCIL_COMMISSIONING = "council_commissioning"
    COUNCIL_SAFEGUARDING = "council_safeguarding"
    COUNCIL_COMPLAINTS = "council_complaints"
    COUNCIL_SOCIAL_WORK = "council_social_work"
    COUNCIL_PROFESSIONAL_STANDARDS = "council_professional_standards"
    PLACING_AUTHORITY = "placing_authority"
    HEALTH_COMMISSIONER = "health_commissioner"
    NHS_CONTRACT_MANAGEMENT = "nhs_contract_management"
    REGULATOR = "regulator"
    MENTAL_HEALTH_TRUST = "mental_health_trust"
    NHS_PROVIDER = "nhs_provider"
    POLICE = "police"
    PUBLIC_VOICE = "public_voice"


class Role(StrEnum):
    """What a person may act as; claims of the bearer token carry these (docs/roles.md)."""

    TEAM_MANAGER = "team_manager"
    SENIOR_MANAGER = "senior_manager"
    ASSISTANT_DIRECTOR = "assistant_director"
    PRACTITIONER = "practitioner"
    SENIOR_OFFICER = "senior_officer"
    OPERATIONS_LEAD = "operations_lead"
    CONTRACTS_OFFICER = "contracts_officer"
    SAFEGUARDING = "safeguarding"
    COMPLAINTS = "complaints"
    INFORMATION_GOVERNANCE = "information_governance"
    ADMIN = "admin"
    INTELLIGENCE_CHAIR = "intelligence_chair"
    RISK_GROUP_CHAIR = "risk_group_chair"
    SENIOR_PANEL_CHAIR = "senior_panel_chair"
    QIP_CHAIR = "qip_chair"
    NOTE_TAKER = "note_taker"
    AGENCY_LIAISON = "agency_liaison"
    REGISTERED_MANAGER = "registered_manager"
    NOMINATED_INDIVIDUAL = "nominated_individual"
    PORTAL = "portal"
    OPERATIONS = "operations"


class ServiceCategory(StrEnum):
    """Kinds of service, as far as rules tell them apart (L0, L3d, WX9, WX10)."""

    NURSING_HOME = "nursing_home"
    RESIDENTIAL_HOME = "residential_home"
    HOME_CARE = "home_care"
    SUPPORTED_LIVING = "supported_living"
    ADULT_MENTAL_HEALTH = "adult_mental_health"
    OTHER = "other"


class CqcRating(StrEnum):
    """CQC's four ratings. PAMMS ratings are another type and never mixed with these."""

    OUTSTANDING = "Outstanding"
    GOOD = "Good"
    REQUIRES_IMPROVEMENT = "Requires improvement"
    INADEQUATE = "Inadequate"


class PammsRating(StrEnum):
    """The four ratings of PAMMS, by the council. Two of its words are CQC's too; it is another."""

    EXCELLENT = "Excellent"
    GOOD = "Good"
    REQUIRES_IMPROVEMENT = "Requires improvement"
    POOR = "Poor"


class OfficeHolderRole(StrEnum):
    """The offices at a provider that the system writes to (L1.3j, L4.1, L4.2)."""

    REGISTERED_MANAGER = "registered_manager"
    NOMINATED_INDIVIDUAL = "nominated_individual"
    PROPRIETOR = "proprietor"


class ImplicatedRole(StrEnum):
    """Roles whose implication makes a concern one of leadership or culture (L1.2c)."""

    REGISTERED_MANAGER = "registered_manager"
    NOMINATED_INDIVIDUAL = "nominated_individual"
    SENIOR_MANAGER = "senior_manager"
    PROPRIETOR = "proprietor"


class Trigger(StrEnum):
    """The seven factors that trigger consideration of a QIP (Lancashire terms, 1.2)."""

    ORGANISATIONAL_ABUSE = "L1.2a"
    ENQUIRY_WITH_WIDER_CONCERN = "L1.2b"
    LEADERSHIP_IMPLICATED = "L1.2c"
    SPECIAL_MEASURES = "L1.2d"
    HIGH_ACTIVITY = "L1.2e"
    CONTRACT_ACTIONS_UNMET = "L1.2f"
    CLINICAL_RISK = "L1.2g"


class EnquiryType(StrEnum):
    """Section 42 enquiries concern one adult or the whole organisation (L1.2a)."""

    INDIVIDUAL = "individual"
    ORGANISATIONAL = "organisational"


class EnquiryStatus(StrEnum):
    """Where a safeguarding enquiry stands."""

    ONGOING = "ongoing"
    SUBSTANTIATED = "substantiated"
    PARTLY_SUBSTANTIATED = "partly_substantiated"
    NOT_SUBSTANTIATED = "not_substantiated"
    INCONCLUSIVE = "inconclusive"


class Improvements(StrEnum):
    """How far the provider has already improved, as the enquirer sees it (L1.2a)."""

    NONE = "none"
    LIMITED = "limited"
    IMPLEMENTED = "implemented"


class ConcernOutcome(StrEnum):
    """What became of a concern, as who told it learns it."""

    SHARED_WITH_TEAMS = "shared_with_teams"
    IMPROVEMENT_UNDER_WAY = "improvement_under_way"
    NO_FURTHER_ACTION = "no_further_action"


class Finding(StrEnum):
    """What a complaint, or the Ombudsman's investigation of one, found."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    NOT_INVESTIGATED = "not_investigated"


class InspectionKind(StrEnum):
    """How CQC looked at a location."""

    COMPREHENSIVE = "comprehensive"
    FOCUSED = "focused"
    SINGLE_ASSESSMENT = "single_assessment"


class EnforcementKind(StrEnum):
    """CQC's enforcement, as far as it is told apart."""

    REQUIREMENT_NOTICE = "requirement_notice"
    WARNING_NOTICE = "warning_notice"
    CONDITIONS = "conditions"
    SUSPENSION_OF_REGISTRATION = "suspension_of_registration"
    CANCELLATION_OF_REGISTRATION = "cancellation_of_registration"
    PROSECUTION = "prosecution"


class Admissions(StrEnum):
    """How far a service takes people in."""

    OPEN = "open"
    LIMITED = "limited"
    CLOSED = "closed"


class HeldStatus(StrEnum):
    """Whether the police still hold a matter; only they release it."""

    HELD = "held"
    RELEASED = "released"


class OtherAssessmentStatus(StrEnum):
    """Where another authority's assessment of a service stands (WX9)."""

    OPEN = "open"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class MeetingMode(StrEnum):
    """How people meet."""

    TEAMS = "teams"
    FACE_TO_FACE = "face_to_face"


class DeliveryState(StrEnum):
    """The states in which a message can end; each is final but `queued`."""

    QUEUED = "queued"
    SENT = "sent"
    WITHHELD = "withheld"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Handling:
    """A label that raises the labels of one instance, and who may know all the same.

    `holders` are agency functions, `agency:<id>` or `person:<ref>`. Handling can only raise.
    """

    label: Label | None = None
    holders: tuple[str, ...] = ()

    @classmethod
    def of(cls, label: str | None, holders: Iterable[str]) -> Handling:
        """The handling that was kept as a label's name and a list of holders."""
        return cls(Label(label) if label else None, tuple(holders))


@dataclass(frozen=True, slots=True)
class HeldFunction:
    """A function that an agency holds from a day to a day, London dates, both included."""

    function: AgencyFunction
    held_from: date
    held_to: date | None = None

    def held_on(self, day: date) -> bool:
        """True where the agency holds the function on that day."""
        return self.held_from <= day and (self.held_to is None or day <= self.held_to)


def strictest(handlings: Iterable[Handling]) -> Handling:
    """The handling of a derived fact: the strictest label, and the holders that all inputs name."""
    found = [h for h in handlings if h.label is not None]
    if not found:
        return Handling()
    top = max(found, key=lambda h: h.label.strictness if h.label else 0).label
    common = set.intersection(*(set(h.holders) for h in found if h.label == top))
    return Handling(label=top, holders=tuple(sorted(common)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A first-class "no": which rule, why, where it comes from and what to do instead."""

    rule: str
    sentence: str
    clause: str
    instead: str
    field: str | None = None
    approvers: tuple[Role, ...] = ()
    """Who may do what was refused, where somebody may."""
    override_reasons: tuple[str, ...] = ()
    """For which reasons one of them may lift it (WX0)."""
    emergency_route: str | None = None
    """Where to turn first, of what speaks of danger and was seen to under this refusal (L1.2i)."""


class Refused(Exception):  # noqa: N818 - reads as what happened, and a refusal is no error
    """Raised where a rule says no; doors turn it into a problem or a receipt."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal

    def under(self, *packs: str) -> Refused:
        """The same refusal, its clause read in these versions of policy packs (WS2)."""
        if not packs or _IN_A_PACK.match(self.refusal.clause):
            return self
        read = "; ".join(f"{pack} {self.refusal.clause}" for pack in packs)
        return Refused(replace(self.refusal, clause=read))


_IN_A_PACK = re.compile(r"\S+@\S+ ")
"""A clause that names pack and version, like `lancashire@2026-11 L1.2b`."""


def refused(
    rule: str,
    sentence: str,
    instead: str,
    *,
    clause: str | None = None,
    field: str | None = None,
    approvers: tuple[Role, ...] = (),
    override_reasons: tuple[str, ...] = (),
    emergency_route: str | None = None,
) -> Refused:
    """A refusal to raise, under a rule; its clause is the rule's own where no other is given."""
    return Refused(
        Refusal(
            rule=rule,
            sentence=sentence,
            clause=clause or rule,
            instead=instead,
            field=field,
            approvers=approvers,
            override_reasons=override_reasons,
            emergency_route=emergency_route,
        )
    )


_DERIVED = UUID("6f1f2a53-0c0e-5c5b-9a53-6d7c1b1d7a10")


def derived_id(rule: str, subject: UUID | str, crossing: str) -> UUID:
    """The id of a derived fact follows from its cause: computing it again changes nothing."""
    return uuid5(_DERIVED, f"{rule}|{subject}|{crossing}")
