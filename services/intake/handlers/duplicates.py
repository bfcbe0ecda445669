"""Propose likely duplicates to who triages, and keep what they decide; both sources stay."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.duplicates import Compared, DuplicateState, likeness
from services.intake.handlers import personal_data
from services.intake.store import concerns as concern_store
from services.intake.store import told as store
from services.intake.tables import ConcernRow, DuplicateRow
from shared.contracts.holdings import holdings
from shared.contracts.intake import ConcernsMerged
from shared.contracts.words import Handling, refused, strictest
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work

_LOOKED_AT = 200
"""The newest concerns of one place, category and window that are compared."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another concern that is likely to be about the same thing."""

    concern_id: UUID
    reference: str
    source: str
    likeness: int
    """In percent."""
    state: str
    """`proposed`, `merged` or `apart`."""


async def proposals(work: Work, person: Person, concern_id: UUID) -> list[Proposal]:
    """What is like a concern, the likest first; only what the reader may know himself."""
    row = await _concern(work, person, concern_id)
    decided = await store.decided(work, row.id)
    found = [
        Proposal(
            other.id,
            other.reference,
            other.source.partition(":")[0],
            like,
            decided[other.id].state if other.id in decided else "proposed",
        )
        for other, like in await _alike(work, person, row)
    ]
    work.audit(person.subject, "duplicates.read", row.id, partnership=row.partnership)
    return sorted(found, key=lambda one: (-one.likeness, one.reference))


async def decide(
    work: Work, person: Person, concern_id: UUID, other_id: UUID, state: DuplicateState, why: str
) -> DuplicateState:
    """Two concerns are about one thing, or are not. Nothing of either is changed or lost."""
    personal_data.check_staff(work, reason=why)
    row = await _concern(work, person, concern_id)
    other = await _concern(work, person, other_id)
    if row.id == other.id or row.location_id != other.location_id:
        raise refused(
            "concern.not-alike",
            "These cannot be about one thing.",
            "Merge concerns about one location.",
            clause="pack: duplicates",
            field="other_id",
        )
    known = (await store.decided(work, row.id)).get(other.id)
    if known is not None:
        return DuplicateState(known.state)
    later, earlier = sorted((row, other), key=lambda one: one.received_at, reverse=True)
    work.session.add(
        DuplicateRow(
            id=work.new_id(),
            partnership=row.partnership,
            concern_id=later.id,
            other_id=earlier.id,
            likeness=likeness(_compared(row), _compared(other), days=_days(work, row)),
            state=state.value,
            decided_by=person.subject,
            decided_at=work.now,
            reason=why,
        )
    )
    work.audit(person.subject, f"concerns.{state}", later.id, partnership=row.partnership, why=why)
    if state is DuplicateState.MERGED:
        _say_merged(work, later, earlier)
    return state


def _say_merged(work: Work, later: ConcernRow, earlier: ConcernRow) -> None:
    with span("merge concerns", links=[later.traceparent, earlier.traceparent]):
        work.announce(
            ConcernsMerged(
                partnership=later.partnership,
                handling=strictest(Handling.of(one.label, one.holders) for one in (later, earlier)),
                location_id=later.location_id,
                concern_id=later.id,
                other_id=earlier.id,
            )
        )


async def _concern(work: Work, person: Person, concern_id: UUID) -> ConcernRow:
    row = await concern_store.concern(work, person.partnerships, concern_id, holdings(person.roles))
    if row is None:
        raise not_found()
    return row


async def _alike(work: Work, person: Person, row: ConcernRow) -> list[tuple[ConcernRow, int]]:
    least = work.policies.on(row.partnership, work.today).value(
        "intake", "duplicates", "likeness_percent"
    )
    days = _days(work, row)
    near = await store.near(work, row, days, holdings(person.roles), _LOOKED_AT)
    measured = [(other, likeness(_compared(row), _compared(other), days=days)) for other in near]
    return [(other, like) for other, like in measured if like >= least.number]


def _days(work: Work, row: ConcernRow) -> int:
    pack = work.policies.on(row.partnership, work.today)
    return pack.value("intake", "duplicates", "window_days").number


def _compared(row: ConcernRow) -> Compared:
    return Compared(
        row.id, row.source, row.location_id, row.category, row.occurred_on, row.description
    )
