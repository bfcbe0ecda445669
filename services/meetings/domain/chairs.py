"""Who may chair a QIP (L3a-d)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.meetings.domain.agencies import Agencies, Agency, acting_today
from services.meetings.domain.people import Contact
from shared.contracts.words import AgencyFunction, Refused, ServiceCategory, refused


@dataclass(frozen=True, slots=True)
class ChairProposal:
    """A chair as the intelligence meeting agreed it."""

    decision_id: UUID | None
    function: AgencyFunction
    agency_id: str
    rationale: str


@dataclass(frozen=True, slots=True)
class ChairPolicy:
    """Which functions may chair, and which one where the provider is one of mental health."""

    functions: Collection[str]
    functions_clause: str
    mental_health: str
    mental_health_clause: str


def agree_chair(
    proposal: ChairProposal,
    *,
    opened_by: UUID,
    category: ServiceCategory,
    policy: ChairPolicy,
    agencies: Agencies,
    contact: Contact | None,
    implicated: Collection[UUID],
    today: date,
) -> Agency:
    """The agency that the chair comes from, a predecessor resolved to its successor.

    Raises Refused: L3a without the meeting's decision, L3c without rationale, L3b or L3d for a
    function that may not chair.
    """
    if proposal.decision_id != opened_by:
        raise refused(
            "L3a",
            "The chair is agreed at the intelligence meeting, and this names no decision of it.",
            "Give the id of the decision that opened this QIP.",
            field="decision_id",
        )
    if not proposal.rationale:
        raise refused(
            "L3c",
            "The nature of the concerns helps to decide the chair, and no rationale is given.",
            "Say why this chair suits these concerns.",
            field="rationale",
        )
    _check_function(proposal.function, category, policy)
    agency = acting_today(agencies, proposal.agency_id, today)
    if agency is None or not agency.holds(proposal.function, today):
        raise _not_today()
    _check_person(contact, agency, agencies, implicated, today)
    return agency


def no_chair() -> Refused:
    """What the chair does waits until there is one."""
    return refused(
        "L3a",
        "This QIP has no chair yet.",
        "Let the intelligence meeting agree one and appoint them first.",
    )


def _check_person(
    contact: Contact | None,
    agency: Agency,
    agencies: Agencies,
    implicated: Collection[UUID],
    today: date,
) -> None:
    known = contact is not None and contact.agency_id is not None
    home = acting_today(agencies, contact.agency_id or "", today) if contact else None
    if contact is None or not known or home is None or home.id != agency.id:
        raise _unknown_person()
    if contact.person_ref in implicated:
        raise refused(
            "L1.2c",
            "An implicated person has no part in the case.",
            "Agree another chair.",
            field="person_ref",
        )


def _check_function(
    function: AgencyFunction, category: ServiceCategory, policy: ChairPolicy
) -> None:
    if category is ServiceCategory.ADULT_MENTAL_HEALTH:
        if function != policy.mental_health:
            raise refused(
                "L3d",
                "The chair for an adult mental health provider is from the mental health trust.",
                "Agree a chair from the agency that holds that function today.",
                clause=policy.mental_health_clause,
                field="function",
            )
    elif function not in policy.functions:
        raise refused(
            "L3b",
            "The chair comes from the council or from the health commissioner.",
            "Agree a chair from an agency that holds such a function today.",
            clause=policy.functions_clause,
            field="function",
        )


def _not_today() -> Refused:
    return refused(
        "L3b",
        "This agency does not hold that function today.",
        "Name the agency that does, or the function that it holds.",
        field="agency_id",
    )


def _unknown_person() -> Refused:
    return refused(
        "L3b",
        "The register has no such person at that agency.",
        "Enter the person as a contact of the agency first, or name another.",
        field="person_ref",
    )
