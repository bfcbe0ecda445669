"""What intake knows of a provider, source by source, for one audience and from one place on.

What lies by the thousand is cut to a page by the database, the rest by `domain.timeline.newest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Uuid, cast, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.intake.domain.timeline import Audience
from services.intake.store.handlings import knowable
from services.intake.tables import (
    ConcernEntryRow,
    ConcernRow,
    DuplicateRow,
    ExpectedReturnRow,
    FeedbackRow,
    FileRow,
    HandoverRow,
    LocationRow,
    PastFactRow,
    ProviderRow,
    RatingRow,
    RequestRow,
    SignalRow,
    SuccessionRow,
    VariationRow,
)
from shared.platform.work import Work

PUBLISHED = "partner.cqc_rating.published.v1"
"""The one kind of signal that is public."""
PUBLISHER = "CQC "
"""How the names of the sources begin that CQC publishes."""
HANDED_OVER, ACKNOWLEDGED = "handed_over", "handover_acknowledged"
"""The steps of a handover."""
Step = tuple[UUID, datetime, ConcernRow]
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class Span:
    """Of which provider, for whom, from which place on, and how much."""

    provider: ProviderRow
    audience: Audience
    after: tuple[date, UUID] | None
    limit: int


async def provider(work: Work, partnerships: frozenset[str], id_: UUID) -> ProviderRow | None:
    """A provider within the reader's partnerships."""
    row = await work.session.get(ProviderRow, id_)
    return row if row is not None and row.partnership in partnerships else None


async def concerns(work: Work, span: Span) -> Sequence[ConcernRow]:
    """Concerns that the audience may know of; a provider's people what it told itself."""
    query = select(ConcernRow).where(_here(ConcernRow.location_id, span))
    audience = span.audience
    if audience.is_staff:
        query = query.where(knowable(audience.held))
    else:
        role = col(ConcernRow.implicated_role)
        query = query.where(
            col(ConcernRow.source) == f"provider:{audience.provider}",
            or_(role.is_(None), role.not_in(sorted(audience.implicated))),
        )
    day = _london(ConcernRow.received_at)
    return (await work.session.scalars(_page(query, day, col(ConcernRow.id), span))).all()


async def entries(work: Work, span: Span) -> Sequence[tuple[ConcernEntryRow, ConcernRow]]:
    """What was decided on and added to concerns; for staff."""
    if not span.audience.is_staff:
        return []
    query = (
        select(ConcernEntryRow, ConcernRow)
        .join(ConcernRow, col(ConcernRow.id) == col(ConcernEntryRow.concern_id))
        .where(_here(ConcernRow.location_id, span), knowable(span.audience.held))
    )
    day = _london(ConcernEntryRow.at)
    rows = await work.session.execute(_page(query, day, col(ConcernEntryRow.id), span))
    return [(row[0], row[1]) for row in rows]


async def signals(work: Work, span: Span) -> Sequence[SignalRow]:
    """What agencies told beside concerns; for others than staff only what CQC published."""
    query = select(SignalRow).where(_here(SignalRow.location_id, span))
    if span.audience.is_staff:
        query = query.where(knowable(span.audience.held, SignalRow))
    else:
        query = query.where(col(SignalRow.kind) == PUBLISHED)
    rows = await work.session.scalars(
        _page(query, col(SignalRow.occurred_on), col(SignalRow.id), span)
    )
    return rows.all()


async def owed_returns(work: Work, span: Span) -> Sequence[ExpectedReturnRow]:
    """Quality returns that did not come; for staff."""
    if not span.audience.is_staff:
        return []
    row = ExpectedReturnRow
    query = select(row).where(_here(row.location_id, span), col(row.state) == "overdue")
    return (await work.session.scalars(_page(query, col(row.due_on), col(row.id), span))).all()


async def ratings(work: Work, span: Span) -> Sequence[RatingRow]:
    """Ratings as CQC published them."""
    query = select(RatingRow).where(
        or_(_here(RatingRow.location_id, span), col(RatingRow.provider_id) == span.provider.id),
        col(RatingRow.published_on).is_not(None),
    )
    rows = await work.session.scalars(
        _page(query, col(RatingRow.published_on), col(RatingRow.id), span)
    )
    return rows.all()


async def feedback(work: Work, span: Span) -> Sequence[FeedbackRow]:
    """Feedback and compliments; for staff."""
    if not span.audience.is_staff:
        return []
    query = select(FeedbackRow).where(
        _here(FeedbackRow.location_id, span), knowable(span.audience.held, FeedbackRow)
    )
    day = _london(FeedbackRow.received_at)
    return (await work.session.scalars(_page(query, day, col(FeedbackRow.id), span))).all()


async def requests(work: Work, span: Span) -> Sequence[RequestRow]:
    """What was asked of the team about the provider; for staff."""
    if not span.audience.is_staff:
        return []
    query = select(RequestRow).where(
        or_(_here(RequestRow.location_id, span), col(RequestRow.provider_id) == span.provider.id),
        knowable(span.audience.held, RequestRow),
        # What the law entitles somebody to ask is information governance's.
        col(RequestRow.statutory).is_(False),
    )
    day = _london(RequestRow.received_at)
    return (await work.session.scalars(_page(query, day, col(RequestRow.id), span))).all()


async def variations(work: Work, span: Span) -> Sequence[VariationRow]:
    """How the policy was varied for the provider (WG3); for staff."""
    if not span.audience.is_staff:
        return []
    query = select(VariationRow).where(col(VariationRow.provider_id) == span.provider.id)
    day = _london(VariationRow.at)
    return (await work.session.scalars(_page(query, day, col(VariationRow.id), span))).all()


async def locations(work: Work, span: Span) -> Sequence[LocationRow]:
    """The provider's locations."""
    rows = await work.session.scalars(
        select(LocationRow).where(col(LocationRow.provider_id) == span.provider.id)
    )
    return rows.all()


async def successions(work: Work, span: Span) -> Sequence[tuple[SuccessionRow, LocationRow]]:
    """Re-registrations of the provider's locations, since a day; others know what CQC told."""
    source = col(SuccessionRow.source)
    known = true() if span.audience.is_staff else source.startswith(PUBLISHER)
    rows = await work.session.execute(
        select(SuccessionRow, LocationRow)
        .join(
            LocationRow,
            (col(LocationRow.reference) == col(SuccessionRow.location_reference))
            & (col(LocationRow.partnership) == col(SuccessionRow.partnership)),
        )
        .where(col(LocationRow.provider_id) == span.provider.id)
        .where(col(SuccessionRow.since).is_not(None), or_(source.is_(None), known))
    )
    return [(row[0], row[1]) for row in rows]


async def changes(work: Work, span: Span) -> Sequence[PastFactRow]:
    """What changed in the register, of the provider and its locations; others what CQC told."""
    subject = col(PastFactRow.subject_id)
    query = select(PastFactRow).where(
        or_(_here(PastFactRow.subject_id, span), subject == span.provider.id)
    )
    if not span.audience.is_staff:
        query = query.where(col(PastFactRow.until_source).startswith(PUBLISHER))
    rows = await work.session.scalars(
        _page(query, col(PastFactRow.until), col(PastFactRow.id), span)
    )
    return rows.all()


async def handovers(work: Work, span: Span, step: str) -> Sequence[Step]:
    """When concerns were handed to safeguarding, or taken up there; for who may know of them."""
    if not span.audience.is_staff:
        return []
    at = {
        HANDED_OVER: col(HandoverRow.handed_over_at),
        ACKNOWLEDGED: col(HandoverRow.acknowledged_at),
    }[step]
    # An id of its own for each step, which the database can put in order.
    id_ = cast(func.md5(func.concat(step, "|", col(HandoverRow.concern_id))), Uuid)
    query = (
        select(id_, at, ConcernRow)
        .join(ConcernRow, col(ConcernRow.id) == col(HandoverRow.concern_id))
        .where(_here(ConcernRow.location_id, span), knowable(span.audience.held))
        .where(at.is_not(None))
    )
    rows = await work.session.execute(_page(query, _london(at), id_, span))
    return [(row[0], row[1], row[2]) for row in rows]


async def files(work: Work, span: Span) -> Sequence[tuple[FileRow, ConcernRow]]:
    """Files that were attached to concerns; for staff."""
    if not span.audience.is_staff:
        return []
    query = (
        select(FileRow, ConcernRow)
        .join(ConcernRow, col(ConcernRow.id) == col(FileRow.concern_id))
        .where(_here(ConcernRow.location_id, span), knowable(span.audience.held))
    )
    rows = await work.session.execute(
        _page(query, _london(FileRow.attached_at), col(FileRow.id), span)
    )
    return [(row[0], row[1]) for row in rows]


async def merges(work: Work, span: Span) -> Sequence[tuple[DuplicateRow, ConcernRow, ConcernRow]]:
    """Concerns that were found to be about one thing; for staff who may know both."""
    if not span.audience.is_staff:
        return []
    other = aliased(ConcernRow)
    held = span.audience.held
    query = (
        select(DuplicateRow, ConcernRow, other)
        .join(ConcernRow, col(ConcernRow.id) == col(DuplicateRow.concern_id))
        .join(other, col(other.id) == col(DuplicateRow.other_id))
        .where(col(DuplicateRow.state) == "merged", _here(ConcernRow.location_id, span))
        .where(knowable(held), knowable(held, other))
    )
    day = _london(DuplicateRow.decided_at)
    rows = await work.session.execute(_page(query, day, col(DuplicateRow.id), span))
    return [(row[0], row[1], row[2]) for row in rows]


def _here(location_id: Any, span: Span) -> ColumnElement[bool]:
    """A column that names one of the provider's locations."""
    places = select(col(LocationRow.id)).where(
        col(LocationRow.provider_id) == span.provider.id,
        col(LocationRow.partnership) == span.provider.partnership,
    )
    return col(location_id).in_(places)


def _london(instant: Any) -> ColumnElement[Any]:
    return cast(func.timezone("Europe/London", col(instant)), Date)


def _page(query: Select[*Ts], day: Any, id_: Any, span: Span) -> Select[*Ts]:
    if span.after is not None:
        query = query.where(tuple_(day, id_) < span.after)
    return query.order_by(day.desc(), id_.desc()).limit(span.limit + 1)
