"""Compute every crossing again from the facts, and tell where what is kept differs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from services.assessment.domain.crossings import Change, Held, Place, differences
from services.assessment.domain.picture import standings
from services.assessment.handlers.thresholds import thresholds_of
from services.assessment.store import crossings, facts, register
from services.assessment.tables import LocationRow
from shared.platform.work import Work, Works

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A crossing that is kept and should not be, or should be kept and is not."""

    location_id: UUID
    place: Place
    kept: UUID | None
    expected: UUID | None


async def recompute(works: Works, partnership: str) -> AsyncIterator[tuple[UUID, list[Difference]]]:
    """Each location of a partnership with its differences, a page of locations at a time."""
    after = UUID(int=0)
    while True:
        async with works.begin() as work:
            page = await register.page_of_locations(work, partnership, after, _AT_ONCE)
            found = [(row.id, await differences_at(work, row)) for row in page]
        for each in found:
            yield each
        if len(page) < _AT_ONCE:
            return
        after = page[-1].id


async def differences_at(work: Work, location: LocationRow) -> list[Difference]:
    """Where the kept crossings of a location do not agree with its facts today."""
    kept = await _kept(work, location)
    known = await facts.all_of(work, location)
    thresholds = thresholds_of(work, location.partnership)
    names = await crossings.last_ended(work, location)
    names |= {place: held.name for place, held in kept.items()}
    expected = standings(known, thresholds, work.today, names)
    return [
        _difference(location, place, what)
        for place, what in sorted(differences(kept, expected).items())
    ]


async def _kept(work: Work, location: LocationRow) -> dict[Place, Held]:
    """What holds, without windows that time has closed and whose clock is about to fire."""
    rows = await crossings.all_held(work, location)
    held = {place: crossings.held_of(row) for place, row in rows.items()}
    return {
        place: each
        for place, each in held.items()
        if each.ends_on is None or each.ends_on > work.today
    }


def _difference(location: LocationRow, place: Place, what: Change) -> Difference:
    expected = what.begins or what.moves
    return Difference(
        location.id,
        place,
        kept=what.ends.id if what.ends else None,
        expected=expected.crossing_id(location.id) if expected else None,
    )
