"""Who may read a QIP, and how much of it; to everybody else it does not exist (L1.2, L1.2c)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from services.meetings.domain.people import Recipient
from shared.contracts.words import Handling, ImplicatedRole, Role

NAMED_DESK = frozenset(
    {
        Role.INTELLIGENCE_CHAIR,
        Role.QIP_CHAIR,
        Role.NOTE_TAKER,
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.SAFEGUARDING,
    }
)
"""Those who read a restricted case as well."""

DESK = NAMED_DESK | {
    Role.PRACTITIONER,
    Role.OPERATIONS_LEAD,
    Role.CONTRACTS_OFFICER,
    Role.SENIOR_PANEL_CHAIR,
}

PROVIDER_PEOPLE = (Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL)


class Level(StrEnum):
    """How much of a QIP somebody reads."""

    DESK = "desk"
    MEMBER = "member"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: the token's roles, agency, and CQC's id of the provider."""

    roles: frozenset[Role]
    agency: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What decides on who reads a QIP."""

    handling: Handling
    members: Collection[str]
    """Agencies seated today whose agreement stands and who are not suspended."""
    provider_reference: str
    contacted: Collection[Recipient]
    """Everybody at the provider whom the chair has contacted; empty before that."""
    implicated: Collection[ImplicatedRole]


def level_of(reader: Reader, case: Case) -> Level | None:
    """How much of the case the reader may see; None: not even that it exists."""
    if reader.provider is not None:
        return Level.PROVIDER if _is_the_providers(reader, case) else None
    if reader.roles & (NAMED_DESK if case.handling.label else DESK):
        return Level.DESK
    if Role.AGENCY_LIAISON in reader.roles and reader.agency in case.members:
        return Level.MEMBER
    return None


def _is_the_providers(reader: Reader, case: Case) -> bool:
    """One of the provider's own people, once contacted, with no implicated office (L1.2c)."""
    offices = {role.value for role in PROVIDER_PEOPLE if role in reader.roles}
    implicated = {role.value for role in case.implicated}
    if not case.contacted or not offices or offices & implicated:
        return False
    chosen = {r.role.value for r in case.contacted if r.role and r.named}
    if ImplicatedRole.SENIOR_MANAGER in case.implicated:
        # Only those whom the chair chose in person are known not to be meant.
        offices &= chosen
    if ImplicatedRole.PROPRIETOR in case.implicated:
        # Often the nominated individual in person, and signed in as that.
        offices -= {Role.NOMINATED_INDIVIDUAL.value} - chosen
    ours = bool(reader.provider) and reader.provider == case.provider_reference
    return ours and bool(offices)
