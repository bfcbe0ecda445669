"""Of a provider's timeline: what changed in the register, was done with concerns, and is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.handling import of_missing_return
from services.intake.domain.timeline import Fact, raised
from services.intake.store import timeline as store
from services.intake.store.timeline import ACKNOWLEDGED, HANDED_OVER, PUBLISHER, Span
from services.intake.tables import ConcernRow
from shared.contracts.holdings import may_know
from shared.contracts.words import AgencyFunction, Handling, Label, strictest
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
        await _owed(work, span),
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
    steps = {HANDED_OVER: _COUNCIL}
    if AgencyFunction.COUNCIL_SAFEGUARDING in span.audience.held:
        # That it has taken something up is known to safeguarding alone (readers.shown_state).
        steps[ACKNOWLEDGED] = _SAFEGUARDING
    return [
        _of(concern, id_, step, at, source)
        for step, source in steps.items()
        for id_, at, concern in await store.handovers(work, span, step)
    ]


async def _files(work: Work, span: Span) -> list[Fact]:
    return [
        _of(concern, row.id, "file_attached", row.attached_at, "concern", {"state": row.state})
        for row, concern in await store.files(work, span)
    ]


async def _merges(work: Work, span: Span) -> list[Fact]:
    found: list[Fact] = []
    for row, concern, other in await store.merges(work, span):
        told = {"with": other.reference}
        merged = _of(concern, row.id, "concerns_merged", row.decided_at, _COUNCIL, told)
        handling = strictest(map(_handling, (concern, other)))
        found.append(replace(merged, label=raised(handling.label, Label.AGENCIES)))
    return found


async def _owed(work: Work, span: Span) -> list[Fact]:
    """Quality returns that did not come, on the day by which they were due (L1.2g)."""
    return [
        Fact(
            on=row.due_on,
            id=row.id,
            what="quality_return_overdue",
            source=_COUNCIL,
            label=raised(told.label, Label.AGENCIES),
            location_id=row.location_id,
            details={"quarter": row.quarter, "owed_by": row.agency_id, "clause": row.due_clause},
        )
        for row in await store.owed_returns(work, span)
        if may_know(told := of_missing_return(row.agency_id), span.audience.held)
    ]


def _of(
    concern: ConcernRow,
    id_: UUID,
    what: str,
    at: datetime,
    source: str,
    details: dict[str, str] | None = None,
) -> Fact:
    """What was done with a concern: labelled as it is."""
    return Fact(
        on=london_date(at),
        id=id_,
        what=what,
        source=source,
        label=raised(concern.label, Label.AGENCIES),
        location_id=concern.location_id,
        reference=concern.reference,
        details=details or {},
    )


def _handling(concern: ConcernRow) -> Handling:
    return Handling(raised(concern.label, Label.AGENCIES), tuple(concern.holders))
