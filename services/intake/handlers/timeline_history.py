"""Of a provider's timeline: what changed in the register, and what was done with concerns."""

from __future__ import annotations

from services.intake.domain.timeline import Fact
from services.intake.store import timeline as store
from services.intake.store.timeline import PUBLISHER, Span
from services.intake.tables import ConcernRow
from shared.contracts.words import Handling, Label, derived_id, strictest
from shared.platform.dates import london_date
from shared.platform.work import Work

_COUNCIL, _SAFEGUARDING = "council", "safeguarding"


async def facts(work: Work, span: Span) -> tuple[list[Fact], ...]:
    """Source by source, for the span's audience."""
    return (
        await _changes(work, span),
        await _handovers(work, span),
        await _files(work, span),
        await _merges(work, span),
    )


async def _changes(work: Work, span: Span) -> list[Fact]:
    """That a fact changed, and by which source; what it was is read in the history."""
    return [
        Fact(
            on=row.until,
            id=row.id,
            what="register_changed",
            source=row.until_source,
            label=Label.PUBLIC if row.until_source.startswith(PUBLISHER) else Label.AGENCIES,
            location_id=None if row.subject_id == span.provider.id else row.subject_id,
            details={"fact": row.name, "before_from": row.source},
        )
        for row in await store.changes(work, span)
    ]


async def _handovers(work: Work, span: Span) -> list[Fact]:
    found: list[Fact] = []
    for row, concern in await store.handovers(work, span):
        steps = (
            ("handed_over", row.handed_over_at, _COUNCIL),
            ("handover_acknowledged", row.acknowledged_at, _SAFEGUARDING),
        )
        found += [
            Fact(
                on=london_date(at),
                id=derived_id(what, concern.id, at.isoformat()),
                what=what,
                source=source,
                label=_label(concern),
                location_id=concern.location_id,
                reference=concern.reference,
            )
            for what, at, source in steps
            if at is not None
        ]
    return found


async def _files(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(row.attached_at),
            id=row.id,
            what="file_attached",
            source="concern",
            label=_label(concern),
            location_id=concern.location_id,
            reference=concern.reference,
            details={"state": row.state},
        )
        for row, concern in await store.files(work, span)
    ]


async def _merges(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(row.decided_at),
            id=row.id,
            what="concerns_merged",
            source=_COUNCIL,
            label=strictest(map(_handling, (concern, other))).label or Label.AGENCIES,
            location_id=concern.location_id,
            reference=concern.reference,
            details={"with": other.reference},
        )
        for row, concern, other in await store.merges(work, span)
    ]


def _label(concern: ConcernRow) -> Label:
    return Label(concern.label) if concern.label else Label.AGENCIES


def _handling(concern: ConcernRow) -> Handling:
    return Handling(_label(concern), tuple(concern.holders))
