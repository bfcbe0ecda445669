"""What is shown of an item to whom: its own office's people and safeguarding apart."""

from __future__ import annotations

from collections.abc import Collection

from services.intake.domain.concerns import ConcernState
from shared.contracts.words import AgencyFunction, ImplicatedRole, Role

_IMPLICATED = {
    ImplicatedRole.REGISTERED_MANAGER: Role.REGISTERED_MANAGER,
    ImplicatedRole.NOMINATED_INDIVIDUAL: Role.NOMINATED_INDIVIDUAL,
    # These two are often the nominated individual in person.
    ImplicatedRole.SENIOR_MANAGER: Role.NOMINATED_INDIVIDUAL,
    ImplicatedRole.PROPRIETOR: Role.NOMINATED_INDIVIDUAL,
}


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
