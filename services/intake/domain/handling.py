"""How strictly a fact is held: the law's protections, before anything leaves (docs/domain.md)."""

from __future__ import annotations

from shared.contracts.words import AgencyFunction, Handling, Label, Role, strictest

RESTRICTED_HOLDERS = (
    AgencyFunction.COUNCIL_QUALITY.value,
    AgencyFunction.COUNCIL_SAFEGUARDING.value,
)
SAFEGUARDING = (AgencyFunction.COUNCIL_SAFEGUARDING.value,)


def of_concern(
    *, very_small: bool, implicated: bool, police: bool, source_holder: str | None
) -> Handling:
    """A concern about a very small service, a leader, or from the police is for named holders.

    Category and date could identify a person in a small service; an implicated person is kept out
    of the case (L1.2c); what the police hold only its originator releases. Who told it knows it.
    """
    if not (very_small or implicated or police):
        return Handling()
    holders = {*RESTRICTED_HOLDERS, *([source_holder] if source_holder else [])}
    return Handling(Label.NAMED, tuple(sorted(holders)))


def at_rest(told: Handling, *, immediate_danger: bool) -> Handling:
    """How a concern lies here: one about immediate danger is safeguarding's from the first."""
    return strictest([told, of_handover()]) if immediate_danger else told


def of_handover() -> Handling:
    """What is handed over is for safeguarding alone."""
    return Handling(Label.NAMED, SAFEGUARDING)


def of_governance() -> Handling:
    """A statutory request is told to information governance alone: a role, and no agency's."""
    return Handling(Label.NAMED, (f"role:{Role.INFORMATION_GOVERNANCE}",))


def of_restricted() -> Handling:
    """For quality, the team of the door, and safeguarding.

    So is an emergency that nobody can place, and what the law protects.
    """
    return Handling(Label.NAMED, RESTRICTED_HOLDERS)


def of_receipt(*agencies: str) -> Handling:
    """A receipt, or an answer, is for the agency that published, and who follows it."""
    return Handling(Label.NAMED, tuple(f"agency:{one}" for one in sorted(agencies)))


def of_acknowledgement(person_ref: object) -> Handling:
    """An acknowledgement is for the person who reported."""
    return Handling(Label.NAMED, (f"person:{person_ref}",))


def of_owner() -> Handling:
    """What somebody has to see to, by reference only: for the team whose door and policy it is."""
    return Handling(Label.NAMED, (AgencyFunction.COUNCIL_QUALITY.value,))


def of_missing_return(agency: str) -> Handling:
    """A return did not come: for who was to send it, its successor, and who follows it up."""
    functions = (
        AgencyFunction.NHS_CONTRACT_MANAGEMENT,
        AgencyFunction.COUNCIL_QUALITY,
        AgencyFunction.COUNCIL_CONTRACTS,
    )
    return Handling(Label.NAMED, (f"agency:{agency}", *(one.value for one in functions)))
