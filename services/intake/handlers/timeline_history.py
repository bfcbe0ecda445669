"""Of a provider's timeline: what changed in the register, was done with concerns, and is owed."""

from __future__ import annotations

from dataclasses import replace

from services.intake.domain.handling import of_missing_return
from services.intake.domain.timeline import Fact, raised
from services.intake.store import timeline as store
from services.intake.store.timeline import ACKNOWLEDGED, HANDED_OVER, PUBLISHER, Span, fact_of
from shared.contracts.holdings import may_know
from shared.contracts.words import AgencyFunction, Handling, Label, strictest
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
        replace(
            fact_of(
                row,
                "register_changed",
                row["until_source"],
                Label.PUBLIC if row["until_source"].startswith(PUBLISHER) else Label.AGENCIES,
                {"fact": row["name"], "before_from": row["source"]},
            ),
            location_id=None if row["subject_id"] == span.provider.id else row["subject_id"],
        )
        for row in await store.changes(work, span)
    ]


async def _handovers(work: Work, span: Span) -> list[Fact]:
    steps = {HANDED_OVER: _COUNCIL}
    if AgencyFunction.COUNCIL_SAFEGUARDING in span.audience.held:
        # That it has taken something up is known to safeguarding alone (readers.shown_state).
        steps[ACKNOWLEDGED] = _SAFEGUARDING
    return [
        fact_of(row, step, source, Label.AGENCIES)
        for step, source in steps.items()
        for row in await store.handovers(work, span, step)
    ]


async def _files(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(row, "file_attached", "concern", Label.AGENCIES, {"state": row["state"]})
        for row in await store.files(work, span)
    ]


async def _merges(work: Work, span: Span) -> list[Fact]:
    found: list[Fact] = []
    for row in await store.merges(work, span):
        told = {"with": row["other_reference"]}
        merged = fact_of(row, "concerns_merged", _COUNCIL, Label.AGENCIES, told)
        both = (row["label"], row["holders"]), (row["other_label"], row["other_holders"])
        handling = strictest(
            Handling(raised(label, Label.AGENCIES), tuple(holders)) for label, holders in both
        )
        found.append(replace(merged, label=raised(handling.label, Label.AGENCIES)))
    return found


async def _owed(work: Work, span: Span) -> list[Fact]:
    """Quality returns that did not come, on the day by which they were due (L1.2g)."""
    return [
        fact_of(
            row,
            "quality_return_overdue",
            _COUNCIL,
            raised(told.label, Label.AGENCIES),
            {
                "quarter": row["quarter"],
                "owed_by": row["agency_id"],
                "clause": row["due_clause"],
            },
        )
        for row in await store.owed_returns(work, span)
        if may_know(told := of_missing_return(row["agency_id"]), span.audience.held)
    ]
