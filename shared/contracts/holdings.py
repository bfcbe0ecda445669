"""As whom somebody may know what is NAMED: by the function of the council in which they work."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shared.contracts.words import AgencyFunction, Handling, Label, Role

FUNCTION_OF: dict[Role, AgencyFunction] = {
    Role.TEAM_MANAGER: AgencyFunction.COUNCIL_QUALITY,
    Role.PRACTITIONER: AgencyFunction.COUNCIL_QUALITY,
    Role.SAFEGUARDING: AgencyFunction.COUNCIL_SAFEGUARDING,
    Role.CONTRACTS_OFFICER: AgencyFunction.COUNCIL_CONTRACTS,
    Role.OPERATIONS_LEAD: AgencyFunction.COUNCIL_COMMISSIONING,
    Role.COMPLAINTS: AgencyFunction.COUNCIL_COMPLAINTS,
}
"""The function of the council in which a role works. Bodies' chairs hold none by being chairs."""


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
