"""Agencies and the functions that they hold from day to day; successors take over (L4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.words import AgencyFunction, HeldFunction, refused


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of a partnership."""

    id: str
    functions: tuple[HeldFunction, ...]
    agreement_version: str | None = None
    """The version of the information sharing agreement that it signed (L1.1)."""
    suspended: bool = False
    succeeds: frozenset[str] = frozenset()
    """Every agency that it follows: several where they were merged."""

    def holds(self, function: AgencyFunction, day: date) -> bool:
        return any(held.function is function and held.held_on(day) for held in self.functions)

    def functions_on(self, day: date) -> tuple[AgencyFunction, ...]:
        return tuple(held.function for held in self.functions if held.held_on(day))


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a QIP: the agency, and the function that it sits for."""

    agency_id: str
    function: AgencyFunction


Agencies = Mapping[str, Agency]
"""The agencies of one partnership by id."""


def acting_today(agencies: Agencies, agency_id: str, day: date) -> Agency | None:
    """The agency, or the successor that holds its functions now (a CCG's is its ICB).

    None where neither is known or the one that acts is suspended.
    """
    agency, seen = agencies.get(agency_id), {agency_id}
    while agency is not None and not agency.functions_on(day):
        heir = next((a for a in agencies.values() if agency.id in a.succeeds), None)
        agency = heir if heir is not None and heir.id not in seen else None
        seen |= {agency.id} if agency else set()
    return agency if agency is not None and not agency.suspended else None


def default_members(
    agencies: Agencies,
    functions: Sequence[AgencyFunction],
    day: date,
    holders: Collection[str] | None,
) -> tuple[Seat, ...]:
    """The agencies that hold the pack's functions today, one seat each (L4.4-L4.11).

    In a restricted case (`holders` given) only those that are named as holders.
    """
    seats: dict[str, Seat] = {}
    for function in functions:
        for agency in sorted(agencies.values(), key=lambda a: a.id):
            may = holders is None or function in holders or f"agency:{agency.id}" in holders
            if may and agency.holds(function, day) and not agency.suspended:
                seats.setdefault(agency.id, Seat(agency.id, function))
    return tuple(seats.values())


def chosen_members(
    agencies: Agencies, chosen: Sequence[str], functions: Sequence[AgencyFunction], day: date
) -> tuple[Seat, ...]:
    """The agencies that the meeting names, or their successors, one seat each. Raises Refused."""
    seats: dict[str, Seat] = {}
    for number, agency_id in enumerate(chosen, start=1):
        agency = acting_today(agencies, agency_id, day)
        if agency is None:
            raise refused(
                "L4",
                f"Member {number} holds no function in this partnership today.",
                "Name an agency that takes part today, or its successor.",
                field=f"members.{number - 1}",
            )
        held = agency.functions_on(day)
        function = next((f for f in functions if f in held), held[0])
        seats.setdefault(agency.id, Seat(agency.id, function))
    return tuple(seats.values())


def takes_over_on(heir: Agency, seat: Seat) -> date | None:
    """The day from which a successor holds the function of its predecessor's seat; None: never."""
    days = [held.held_from for held in heir.functions if held.function is seat.function]
    return min(days, default=None)
