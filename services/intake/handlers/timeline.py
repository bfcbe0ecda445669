"""A provider's timeline: what intake knows, each fact with source and label, for its reader."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.intake.domain.readers import is_implicated
from services.intake.domain.timeline import Audience, Fact, newest, raised, source_of
from services.intake.handlers import timeline_history as history
from services.intake.handlers.concerns import of_a_provider
from services.intake.store import timeline as store
from services.intake.store.timeline import PUBLISHED, PUBLISHER, Span
from services.intake.tables import ProviderRow
from services.intake.views.timeline import TimelineFact
from shared.contracts.holdings import holdings
from shared.contracts.words import ImplicatedRole, Label, derived_id
from shared.platform import paging
from shared.platform.dates import london_date
from shared.platform.paging import Page
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

_KINDS = (date, UUID)


async def timeline(
    work: Work, person: Person, provider_id: UUID, cursor: str | None, limit: int
) -> Page[TimelineFact]:
    """A page of what the reader may know of a provider, the newest first; the read is audited."""
    provider = await store.provider(work, person.partnerships, provider_id)
    if provider is None or not _may_ask(person, provider):
        raise not_found()
    told = {"provider": provider_id}
    span = Span(provider, _audience(person), paging.after(cursor, _KINDS, told), limit)
    facts = newest(
        [
            await _concerns(work, span),
            await _entries(work, span),
            await _signals(work, span),
            await _ratings(work, span),
            await _feedback(work, span),
            await _requests(work, span),
            await _variations(work, span),
            await _register(work, span),
            *await history.facts(work, span),
        ],
        span.after,
        limit,
    )
    did = "timeline.read"
    work.audit(person.subject, did, provider.id, partnership=provider.partnership)
    page = paging.page_of(facts, limit, lambda one: one.place, told)
    views = [TimelineFact.model_validate(one, from_attributes=True) for one in page.items]
    return Page(views, page.next)


def _may_ask(person: Person, provider: ProviderRow) -> bool:
    """A provider's people ask for their own provider only."""
    return not of_a_provider(person) or person.provider == provider.reference


def _audience(person: Person) -> Audience:
    if not of_a_provider(person):
        return Audience(held=holdings(person.roles))
    offices = {role.value for role in ImplicatedRole if is_implicated(role, person.roles)}
    return Audience(provider=person.provider, implicated=frozenset(offices))


async def _concerns(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(row.received_at),
            id=row.id,
            what="concern_received",
            source=source_of(row.source),
            label=raised(
                row.label, Label.PROVIDER if row.source.startswith("provider:") else Label.AGENCIES
            ),
            location_id=row.location_id,
            reference=row.reference,
            details={"category": row.category, "occurred_on": row.occurred_on.isoformat()},
        )
        for row in await store.concerns(work, span)
    ]


async def _entries(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(entry.at),
            id=entry.id,
            what=f"concern_{entry.kind}",
            source=source_of(entry.said_by),
            label=raised(row.label, Label.AGENCIES),
            location_id=row.location_id,
            reference=row.reference,
        )
        for entry, row in await store.entries(work, span)
    ]


async def _signals(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=row.occurred_on,
            id=row.id,
            what=row.kind.removeprefix("partner.").rpartition(".v")[0],
            source=f"agency:{row.agency_id}",
            label=raised(row.label, Label.PUBLIC if row.kind == PUBLISHED else Label.AGENCIES),
            location_id=row.location_id,
            reference=row.reference if span.audience.is_staff else None,
        )
        for row in await store.signals(work, span)
    ]


async def _ratings(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=row.published_on,
            id=row.id,
            what="cqc_rating",
            source=row.source,
            label=Label.PUBLIC,
            location_id=row.location_id,
            details={
                "service_group": row.service_group,
                "key_question": row.key_question,
                "rating": row.raw,
            },
        )
        for row in await store.ratings(work, span)
        if row.published_on is not None
    ]


async def _feedback(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(row.received_at),
            id=row.id,
            what=row.kind,
            source=source_of(row.source),
            label=raised(row.label, Label.AGENCIES),
            location_id=row.location_id,
            reference=row.reference,
            details={"category": row.category},
        )
        for row in await store.feedback(work, span)
    ]


async def _requests(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(row.received_at),
            id=row.id,
            what="request",
            source=source_of(row.asked_by),
            label=raised(row.label, Label.AGENCIES),
            location_id=row.location_id,
            reference=row.reference,
            details={"type": row.type, "state": row.state}
            | ({"due_on": row.due_on.isoformat()} if row.due_on else {}),
        )
        for row in await store.requests(work, span)
    ]


async def _variations(work: Work, span: Span) -> list[Fact]:
    return [
        Fact(
            on=london_date(row.at),
            id=row.id,
            what="policy_varied",
            source="council",
            label=Label.AGENCIES,
            details={
                "name": row.name,
                "value": str(row.value),
                "instead_of": str(row.default_value),
                "clause": row.clause,
                "reason": row.reason,
                "by": row.varied_by,
            },
        )
        for row in await store.variations(work, span)
    ]


def _published(source: str | None) -> bool:
    """Whether CQC told it; what has no source of its own is of its files."""
    return source is None or source.startswith(PUBLISHER)


async def _register(work: Work, span: Span) -> list[Fact]:
    """What is known of registrations: begun anew, ended, no longer listed."""
    found = [
        Fact(
            on=row.since,
            id=derived_id("succession", place.id, row.predecessor_reference),
            what="registered_anew",
            source=row.source or place.source,
            label=Label.PUBLIC if _published(row.source) else Label.AGENCIES,
            location_id=place.id,
            details={"predecessor": row.predecessor_reference},
        )
        for row, place in await store.successions(work, span)
        if row.since is not None
    ]
    for place in await store.locations(work, span):
        days = {"registration_ended": place.ended_on, "no_longer_listed": place.vanished_on}
        found += [
            Fact(
                on=day,
                id=derived_id(what, place.id, day.isoformat()),
                what=what,
                source=place.source,
                label=Label.PUBLIC,
                location_id=place.id,
            )
            for what, day in days.items()
            if day is not None
        ]
    return found
