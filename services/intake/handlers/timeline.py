"""A provider's timeline: what intake knows, each fact with source and label, for its reader."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.intake.domain.readers import is_implicated
from services.intake.domain.timeline import Audience, Fact, newest, source_of
from services.intake.handlers import timeline_history as history
from services.intake.handlers.concerns import of_a_provider
from services.intake.store import timeline as store
from services.intake.store.timeline import PUBLISHED, PUBLISHER, Span, fact_of
from services.intake.tables import ProviderRow
from services.intake.views.timeline import TimelineFact
from shared.contracts.holdings import holdings
from shared.contracts.words import ImplicatedRole, Label, derived_id
from shared.platform import paging
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
        fact_of(
            row,
            "concern_received",
            source_of(row["source"]),
            Label.PROVIDER if row["source"].startswith("provider:") else Label.AGENCIES,
            {"category": row["category"], "occurred_on": row["occurred_on"].isoformat()},
        )
        for row in await store.concerns(work, span)
    ]


async def _entries(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(row, f"concern_{row['kind']}", source_of(row["said_by"]), Label.AGENCIES)
        for row in await store.entries(work, span)
    ]


async def _signals(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(
            row,
            row["kind"].removeprefix("partner.").rpartition(".v")[0],
            f"agency:{row['agency_id']}",
            Label.PUBLIC if row["kind"] == PUBLISHED else Label.AGENCIES,
        )
        for row in await store.signals(work, span)
    ]


async def _ratings(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(
            row,
            "cqc_rating",
            row["source"],
            Label.PUBLIC,
            {
                "service_group": row["service_group"],
                "key_question": row["key_question"],
                "rating": row["raw"],
            },
        )
        for row in await store.ratings(work, span)
    ]


async def _feedback(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(
            row,
            row["kind"],
            source_of(row["source"]),
            Label.AGENCIES,
            {"category": row["category"]},
        )
        for row in await store.feedback(work, span)
    ]


async def _requests(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(
            row,
            "request",
            source_of(row["asked_by"]),
            Label.AGENCIES,
            {"type": row["type"], "state": row["state"]}
            | ({"due_on": row["due_on"].isoformat()} if row["due_on"] else {}),
        )
        for row in await store.requests(work, span)
    ]


async def _variations(work: Work, span: Span) -> list[Fact]:
    return [
        fact_of(
            row,
            "policy_varied",
            "council",
            Label.AGENCIES,
            {
                "name": row["name"],
                "value": str(row["value"]),
                "instead_of": str(row["default_value"]),
                "clause": row["clause"],
                "reason": row["reason"],
                "by": row["varied_by"],
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
            on=row["since"],
            id=derived_id("succession", row["id"], row["predecessor_reference"]),
            what="registered_anew",
            source=row["source"] or row["place_source"],
            label=Label.PUBLIC if _published(row["source"]) else Label.AGENCIES,
            location_id=row["id"],
            details={"predecessor": row["predecessor_reference"]},
        )
        for row in await store.successions(work, span)
    ]
    for place in await store.ended(work, span):
        days = {"registration_ended": place["ended_on"], "no_longer_listed": place["vanished_on"]}
        found += [
            Fact(
                on=day,
                id=derived_id(what, place["id"], day.isoformat()),
                what=what,
                source=place["source"],
                label=Label.PUBLIC,
                location_id=place["id"],
            )
            for what, day in days.items()
            if day is not None
        ]
    return found
