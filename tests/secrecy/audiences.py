"""Who may know a marker: the labels' meaning (docs/architecture.md), told once more and apart."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.words import AgencyFunction, Handling, Label
from tests.secrecy.canaries import Marker

F = AgencyFunction
SEATS = {
    F.COUNCIL_QUALITY,
    F.COUNCIL_CONTRACTS,
    F.COUNCIL_COMMISSIONING,
    F.COUNCIL_SAFEGUARDING,
    F.HEALTH_COMMISSIONER,
    F.NHS_CONTRACT_MANAGEMENT,
    F.REGULATOR,
}
"""In the case before a QIP, by the policy `combined`."""
ALWAYS_TOLD_OF_CARE_CONCERNS = {F.COUNCIL_CONTRACTS, F.COUNCIL_COMMISSIONING, F.COUNCIL_QUALITY}
"""WCC3a: also where they are no members of the QIP."""


@dataclass(frozen=True)
class Agency:
    """An agency as the tests know it."""

    id: str
    function: AgencyFunction
    agreed: bool = True
    suspended: bool = False


AGENCIES = (
    Agency("council-quality", F.COUNCIL_QUALITY),
    Agency("council-contracts", F.COUNCIL_CONTRACTS),
    Agency("council-safeguarding", F.COUNCIL_SAFEGUARDING),
    Agency("icb", F.HEALTH_COMMISSIONER),
    Agency("police", F.POLICE),
    Agency("healthwatch", F.PUBLIC_VOICE),
    Agency("csu", F.NHS_CONTRACT_MANAGEMENT, agreed=False),
    Agency("cqc", F.REGULATOR, suspended=True),
)
MEMBERS = frozenset({"icb", "healthwatch", "csu", "cqc"})
"""Who sits in a QIP of these tests: one with a seat before, one without, two without a right."""


def may_know(agency: Agency, marker: Marker, *, in_qip: bool) -> bool:
    """Whether an agency may know what a marker stands for.

    The fact's existence and the field each have a floor, which handling may raise. Who knows has
    to satisfy every label from the floor to where it was raised.
    """
    if agency.suspended or marker.existence is None or marker.floor is None:
        return False
    return all(
        _satisfies(label, agency, marker, in_qip=in_qip)
        for floor in (marker.existence, marker.floor)
        for label in _from(floor, marker.handling)
    )


def _from(floor: Label, handling: Handling) -> list[Label]:
    top = max((floor, handling.label or floor), key=lambda label: label.strictness)
    return [label for label in Label if floor.strictness <= label.strictness <= top.strictness]


def _satisfies(label: Label, agency: Agency, marker: Marker, *, in_qip: bool) -> bool:
    match label:
        case Label.PUBLIC:
            return True
        case Label.PROVIDER | Label.AGENCIES:
            return agency.agreed and _in_case(agency, marker, in_qip=in_qip)
        case Label.NAMED:
            named = {agency.function.value, f"agency:{agency.id}"} & set(marker.handling.holders)
            # A receipt is about no location: it is the answer to one's own message.
            return bool(named) and (agency.agreed or marker.location is None)
        case _:
            return False


def _in_case(agency: Agency, marker: Marker, *, in_qip: bool) -> bool:
    if in_qip and agency.id in MEMBERS:
        return True
    if not in_qip and agency.function in SEATS:
        return True
    triaged = marker.type == "intake.concern.triaged.v1"
    return triaged and agency.function in ALWAYS_TOLD_OF_CARE_CONCERNS


@dataclass(frozen=True)
class Reader:
    """Somebody who is written to: of a provider, or as a person with functions."""

    person: UUID | None
    provider: bool = False
    in_case: bool = False
    holds: frozenset[str] = frozenset()


def may_read(reader: Reader, marker: Marker) -> bool:
    """Whether somebody may find what a marker stands for in a mail."""
    if marker.existence is None or marker.floor is None:
        return False
    holders = set(marker.handling.holders)
    named = bool(holders & (reader.holds | {f"person:{reader.person}"}))
    for floor in (marker.existence, marker.floor):
        for label in _from(floor, marker.handling):
            if reader.provider:
                known = floor.strictness <= Label.PROVIDER.strictness
                ok = known and (label.strictness <= Label.PROVIDER.strictness or named)
            elif label is Label.NAMED:
                ok = named
            else:
                ok = label is Label.PUBLIC or (reader.in_case and label is not Label.PERSONAL)
            if not ok:
                return False
    return True
