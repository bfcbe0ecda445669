"""What intake knows of a provider, source by source, for one audience and from one place on.

What lies by the thousand is cut to a page by the database, the rest by `domain.timeline.newest`.
A timeline asks all sources: each query is made once, and reads no more than the timeline shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    Uuid,
    all_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.intake.domain.timeline import Audience, Fact, raised
from services.intake.store.handlings import HELD, knowable
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
from shared.contracts.words import Label
from shared.platform.prepared import Prepared, Row, among, fixed
from shared.platform.rows import made
from shared.platform.work import Work

PUBLISHED = "partner.cqc_rating.published.v1"
"""The one kind of signal that is public."""
PUBLISHER = "CQC "
"""How the names of the sources begin that CQC publishes."""
HANDED_OVER, ACKNOWLEDGED = "handed_over", "handover_acknowledged"
"""The steps of a handover."""
Rows: TypeAlias = Sequence[Row]

_TOP = date.max, UUID(int=2**128 - 1)
"""After which the first page begins: nothing stands before it."""
_PROVIDER_ID = bindparam("provider", type_=Uuid)
_PARTNERSHIP = bindparam("partnership", type_=String)
_CONCERN = col(ConcernRow.reference), col(ConcernRow.location_id), col(ConcernRow.label)
"""What is shown of a concern that something was done with."""


@dataclass(frozen=True, slots=True)
class Span:
    """Of which provider, for whom, from which place on, and how much."""

    provider: ProviderRow
    audience: Audience
    after: tuple[date, UUID] | None
    limit: int


async def provider(work: Work, partnerships: frozenset[str], id_: UUID) -> ProviderRow | None:
    """A provider within the reader's partnerships; to read, not to change."""
    rows = await _PROVIDER.rows(work.session, provider=id_, partnerships=list(partnerships))
    return next((made(ProviderRow, **row) for row in rows), None)


_PROVIDER = Prepared(
    lambda: (
        select(ProviderRow)
        .where(col(ProviderRow.id) == _PROVIDER_ID)
        .where(among(col(ProviderRow.partnership), "partnerships"))
    )
)


async def concerns(work: Work, span: Span) -> Rows:
    """Concerns that the audience may know of; a provider's people what it told itself."""
    return await _read(work, span, _CONCERNS, _TOLD_ITSELF)


def _concerns(*known: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    query = select(
        *_CONCERN, col(ConcernRow.source), col(ConcernRow.category), col(ConcernRow.occurred_on)
    ).where(_here(ConcernRow.location_id), *known)
    return _page(query, _london(ConcernRow.received_at), col(ConcernRow.id))


_CONCERNS = Prepared(lambda: _concerns(knowable(HELD)))
_TOLD_ITSELF = Prepared(
    lambda: _concerns(
        col(ConcernRow.source) == bindparam("teller", type_=String),
        or_(
            col(ConcernRow.implicated_role).is_(None),
            col(ConcernRow.implicated_role) != all_(bindparam("implicated", type_=ARRAY(String))),
        ),
    )
)


async def entries(work: Work, span: Span) -> Rows:
    """What was decided on and added to concerns; for staff."""
    return await _read(work, span, _ENTRIES)


def _entries() -> Select[*tuple[Any, ...]]:
    row = ConcernEntryRow
    query = (
        select(*_CONCERN, col(row.kind), col(row.said_by))
        .join(ConcernRow, col(ConcernRow.id) == col(row.concern_id))
        .where(_here(ConcernRow.location_id), knowable(HELD))
    )
    return _page(query, _london(row.at), col(row.id))


_ENTRIES = Prepared(_entries)


async def signals(work: Work, span: Span) -> Rows:
    """What agencies told beside concerns; for others than staff only what CQC published."""
    return await _read(work, span, _SIGNALS, _PUBLISHED)


def _signals(known: ColumnElement[bool], *shown: Any) -> Select[*tuple[Any, ...]]:
    row = SignalRow
    query = select(
        *(col(row.kind), col(row.agency_id), col(row.label), col(row.location_id), *shown)
    ).where(_here(row.location_id), known)
    return _page(query, col(row.occurred_on), col(row.id))


_SIGNALS = Prepared(lambda: _signals(knowable(HELD, SignalRow), col(SignalRow.reference)))
_PUBLISHED = Prepared(lambda: _signals(col(SignalRow.kind) == fixed(PUBLISHED)))


async def owed_returns(work: Work, span: Span) -> Rows:
    """Quality returns that did not come; for staff."""
    return await _read(work, span, _OWED)


def _owed() -> Select[*tuple[Any, ...]]:
    row = ExpectedReturnRow
    query = select(
        *(col(row.location_id), col(row.agency_id), col(row.quarter), col(row.due_clause))
    ).where(_here(row.location_id), col(row.state) == fixed("overdue"))
    return _page(query, col(row.due_on), col(row.id))


_OWED = Prepared(_owed)


async def ratings(work: Work, span: Span) -> Rows:
    """Ratings as CQC published them."""
    return await _read(work, span, _RATINGS, _RATINGS)


def _ratings() -> Select[*tuple[Any, ...]]:
    row = RatingRow
    query = select(
        *(col(row.location_id), col(row.source)),
        *(col(row.service_group), col(row.key_question), col(row.raw)),
    ).where(
        or_(_here(row.location_id), col(row.provider_id) == _PROVIDER_ID),
        col(row.published_on).is_not(None),
    )
    return _page(query, col(row.published_on), col(row.id))


_RATINGS = Prepared(_ratings)


async def feedback(work: Work, span: Span) -> Rows:
    """Feedback and compliments; for staff."""
    return await _read(work, span, _FEEDBACK)


def _feedback() -> Select[*tuple[Any, ...]]:
    row = FeedbackRow
    query = select(
        *(col(row.label), col(row.location_id), col(row.reference)),
        *(col(row.kind), col(row.source), col(row.category)),
    ).where(_here(row.location_id), knowable(HELD, row))
    return _page(query, _london(row.received_at), col(row.id))


_FEEDBACK = Prepared(_feedback)


async def requests(work: Work, span: Span) -> Rows:
    """What was asked of the team about the provider; for staff."""
    return await _read(work, span, _REQUESTS)


def _requests() -> Select[*tuple[Any, ...]]:
    row = RequestRow
    query = select(
        *(col(row.label), col(row.location_id), col(row.reference)),
        *(col(row.asked_by), col(row.type), col(row.state), col(row.due_on)),
    ).where(
        or_(_here(row.location_id), col(row.provider_id) == _PROVIDER_ID),
        knowable(HELD, row),
        # What the law entitles somebody to ask is information governance's.
        col(row.statutory).is_(False),
    )
    return _page(query, _london(row.received_at), col(row.id))


_REQUESTS = Prepared(_requests)


async def variations(work: Work, span: Span) -> Rows:
    """How the policy was varied for the provider (WG3); for staff."""
    return await _read(work, span, _VARIATIONS)


def _variations() -> Select[*tuple[Any, ...]]:
    row = VariationRow
    query = select(
        *(col(row.name), col(row.value), col(row.default_value)),
        *(col(row.clause), col(row.reason), col(row.varied_by)),
    ).where(col(row.provider_id) == _PROVIDER_ID)
    return _page(query, _london(row.at), col(row.id))


_VARIATIONS = Prepared(_variations)


async def ended(work: Work, span: Span) -> Rows:
    """The provider's locations that are no longer registered, or no longer listed."""
    return await _read(work, span, _ENDED, _ENDED)


_ENDED = Prepared(
    lambda: (
        select(
            *(col(LocationRow.id), col(LocationRow.source)),
            *(col(LocationRow.ended_on), col(LocationRow.vanished_on)),
        )
        .where(col(LocationRow.provider_id) == _PROVIDER_ID)
        .where(
            or_(col(LocationRow.ended_on).is_not(None), col(LocationRow.vanished_on).is_not(None))
        )
    )
)


async def successions(work: Work, span: Span) -> Rows:
    """Re-registrations of the provider's locations, since a day; others know what CQC told."""
    return await _read(work, span, _SUCCESSIONS, _TOLD_SUCCESSIONS)


def _successions(known: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = SuccessionRow
    return (
        select(
            *(col(row.predecessor_reference), col(row.since), col(row.source)),
            *(col(LocationRow.id), col(LocationRow.source).label("place_source")),
        )
        .join(
            LocationRow,
            (col(LocationRow.reference) == col(row.location_reference))
            & (col(LocationRow.partnership) == col(row.partnership)),
        )
        .where(col(LocationRow.provider_id) == _PROVIDER_ID)
        .where(col(row.since).is_not(None), or_(col(row.source).is_(None), known))
    )


_SUCCESSIONS = Prepared(lambda: _successions(true()))
_TOLD_SUCCESSIONS = Prepared(
    lambda: _successions(col(SuccessionRow.source).startswith(fixed(PUBLISHER)))
)


async def changes(work: Work, span: Span) -> Rows:
    """What changed in the register, of the provider and its locations; others what CQC told."""
    return await _read(work, span, _CHANGES, _TOLD_CHANGES)


def _changes(known: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = PastFactRow
    query = select(
        *(col(row.subject_id), col(row.name), col(row.source), col(row.until_source))
    ).where(or_(_here(row.subject_id), col(row.subject_id) == _PROVIDER_ID), known)
    return _page(query, col(row.until), col(row.id))


_CHANGES = Prepared(lambda: _changes(true()))
_TOLD_CHANGES = Prepared(
    lambda: _changes(col(PastFactRow.until_source).startswith(fixed(PUBLISHER)))
)


async def handovers(work: Work, span: Span, step: str) -> Rows:
    """When concerns were handed to safeguarding, or taken up there; for who may know of them."""
    return await _read(work, span, _HANDOVERS[step])


def _handovers(step: str, at: Any) -> Select[*tuple[Any, ...]]:
    # An id of its own for each step, which the database can put in order.
    own = func.md5(func.concat(fixed(step), fixed("|"), col(HandoverRow.concern_id)))
    id_ = cast(own, Uuid)
    query = (
        select(*_CONCERN)
        .join(ConcernRow, col(ConcernRow.id) == col(HandoverRow.concern_id))
        .where(_here(ConcernRow.location_id), knowable(HELD))
        .where(at.is_not(None))
    )
    return _page(query, _london(at), id_)


_HANDOVERS = {
    HANDED_OVER: Prepared(lambda: _handovers(HANDED_OVER, col(HandoverRow.handed_over_at))),
    ACKNOWLEDGED: Prepared(lambda: _handovers(ACKNOWLEDGED, col(HandoverRow.acknowledged_at))),
}


async def files(work: Work, span: Span) -> Rows:
    """Files that were attached to concerns; for staff."""
    return await _read(work, span, _FILES)


def _files() -> Select[*tuple[Any, ...]]:
    row = FileRow
    query = (
        select(*_CONCERN, col(row.state))
        .join(ConcernRow, col(ConcernRow.id) == col(row.concern_id))
        .where(_here(ConcernRow.location_id), knowable(HELD))
    )
    return _page(query, _london(row.attached_at), col(row.id))


_FILES = Prepared(_files)


async def merges(work: Work, span: Span) -> Rows:
    """Concerns that were found to be about one thing; for staff who may know both."""
    return await _read(work, span, _MERGES)


def _merges() -> Select[*tuple[Any, ...]]:
    row, other = DuplicateRow, aliased(ConcernRow)
    query: Select[*tuple[Any, ...]] = (
        select(
            *(*_CONCERN, col(ConcernRow.holders)),
            col(other.reference).label("other_reference"),
            col(other.label).label("other_label"),
            col(other.holders).label("other_holders"),
        )
        .join(ConcernRow, col(ConcernRow.id) == col(row.concern_id))
        .join(other, col(other.id) == col(row.other_id))
        .where(col(row.state) == fixed("merged"), _here(ConcernRow.location_id))
        .where(knowable(HELD), knowable(HELD, other))
    )
    return _page(query, _london(row.decided_at), col(row.id))


_MERGES = Prepared(_merges)


async def _read(
    work: Work, span: Span, for_staff: Prepared, for_others: Prepared | None = None
) -> Rows:
    """Ask what is asked for the span's audience; who is not staff is told nothing unless said."""
    query = for_staff if span.audience.is_staff else for_others
    if query is None:
        return []
    audience, after = span.audience, span.after or _TOP
    return await query.rows(
        work.session,
        provider=span.provider.id,
        partnership=span.provider.partnership,
        held=list(audience.held),
        teller=f"provider:{audience.provider}",
        implicated=list(audience.implicated),
        after_day=after[0],
        after_id=after[1],
        limit=span.limit + 1,
    )


def _here(location_id: Any) -> ColumnElement[bool]:
    """A column that names one of the provider's locations."""
    places = select(col(LocationRow.id)).where(
        col(LocationRow.provider_id) == _PROVIDER_ID,
        col(LocationRow.partnership) == _PARTNERSHIP,
    )
    return col(location_id).in_(places)


def _london(instant: Any) -> ColumnElement[Any]:
    return cast(func.timezone(fixed("Europe/London"), col(instant)), Date)


def _page(query: Select[*tuple[Any, ...]], day: Any, id_: Any) -> Select[*tuple[Any, ...]]:
    after = bindparam("after_day", type_=Date), bindparam("after_id", type_=Uuid)
    return (
        query.add_columns(day.label("on"), id_.label("id"))
        .where(tuple_(day, id_) < tuple_(*after))
        .order_by(day.desc(), id_.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def fact_of(
    row: Row,
    what: str,
    source: str,
    plain: Label,
    details: dict[str, str] | None = None,
) -> Fact:
    """A fact of a row, labelled as the row is or else plainly, at the place where it was found."""
    return Fact(
        on=row["on"],
        id=row["id"],
        what=what,
        source=source,
        label=raised(row.get("label"), plain),
        location_id=row.get("location_id"),
        reference=row.get("reference"),
        details=details or {},
    )
