"""Who may know what lies at intake's desk: NAMED items are for their holders only."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from services.intake.domain.concerns import ConcernState
from shared.contracts.words import AgencyFunction, Handling, ImplicatedRole, Label, Role

FUNCTION_OF: dict[Role, AgencyFunction] = {
    Role.TEAM_MANAGER: AgencyFunction.COUNCIL_QUALITY,
    Role.PRACTITIONER: AgencyFunction.COUNCIL_QUALITY,
    Role.SAFEGUARDING: AgencyFunction.COUNCIL_SAFEGUARDING,
    Role.CONTRACTS_OFFICER: AgencyFunction.COUNCIL_CONTRACTS,
    Role.OPERATIONS_LEAD: AgencyFunction.COUNCIL_COMMISSIONING,
    Role.COMPLAINTS: AgencyFunction.COUNCIL_COMPLAINTS,
}
"""The function of the council in which a role works. Bodies' chairs hold none by being chairs."""

_IMPLICATED = {
    ImplicatedRole.REGISTERED_MANAGER: Role.REGISTERED_MANAGER,
    ImplicatedRole.NOMINATED_INDIVIDUAL: Role.NOMINATED_INDIVIDUAL,
    # These two are often the nominated individual in person.
    ImplicatedRole.SENIOR_MANAGER: Role.NOMINATED_INDIVIDUAL,
    ImplicatedRole.PROPRIETOR: Role.NOMINATED_INDIVIDUAL,
}


def holdings(roles: Iterable[Role]) -> frozenset[str]:
    """The holders as whom somebody with these roles may know NAMED items."""
    return frozenset(FUNCTION_OF[role].value for role in roles if role in FUNCTION_OF)


def may_know(handling: Handling, held: Collection[str]) -> bool:
    """True where the label does not restrict, or one of the holders is who asks.

    What is PERSONAL is for nobody here.
    """
    if handling.label is Label.PERSONAL:
        return False
    return handling.label is not Label.NAMED or bool(set(handling.holders) & set(held))


def is_implicated(role: str | None, roles: Collection[Role]) -> bool:
    """True where a concern is about the office of who asks: they are kept out (L1.2c)."""
    return role is not None and _IMPLICATED[ImplicatedRole(role)] in roles


def shown_state(state: ConcernState, held: Collection[str]) -> ConcernState:
    """That safeguarding has acknowledged a handover is known to safeguarding alone."""
    if state is ConcernState.ACKNOWLEDGED and AgencyFunction.COUNCIL_SAFEGUARDING not in held:
        return ConcernState.REDIRECTED
    return state


def states_shown_as(state: ConcernState, held: Collection[str]) -> frozenset[ConcernState]:
    """The states that somebody is shown as this one."""
    return frozenset(one for one in ConcernState if shown_state(one, held) is state)
