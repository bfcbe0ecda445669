"""Put facts on the agencies' feeds, and let what lies there follow the agencies' rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.notifications.channels.feed import Record, record_of
from services.notifications.domain import rights
from services.notifications.domain.projection import (
    Audience,
    Projection,
    Withheld,
    project,
    raised,
)
from services.notifications.handlers.terms import case_terms, secret_for
from services.notifications.store import facts, ledger
from services.notifications.store import feeds as store
from services.notifications.store.facts import Kept
from services.notifications.tables import LedgerRow
from shared.contracts.catalogue import outbound_topic
from shared.contracts.words import Label
from shared.platform.identifiers import new_id
from shared.platform.telemetry import span
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class _Release:
    """A projection that is about to go on a feed."""

    kept: Kept
    agency: rights.Agency
    secret: bytes
    told: Projection


async def tell_agencies(
    work: Work,
    kept: Kept,
    agencies: Sequence[rights.Agency],
    *,
    in_qip: bool,
    again: bool = False,
) -> None:
    """Put a fact on the feed of every agency that may know it; count those that may not."""
    terms = case_terms(work, kept.partnership)
    releases: list[_Release] = []
    withheld: list[str] = []
    for agency in agencies:
        audience = _audience(work, agency, kept, terms, in_qip=in_qip)
        answer = project(kept.fact, audience)
        if isinstance(answer, Withheld):
            withheld.append(answer.rule)
        else:
            releases.append(_Release(kept, agency, audience.secret, answer))
    rows = await _release(work, releases, {})
    if withheld and not again:
        rows.append(_withholding(work, kept, withheld))
    await ledger.add(work, rows)


async def review(
    work: Work, partnership: str, agency: rights.Agency, location_id: UUID | None = None
) -> None:
    """Let an agency's feed follow its rights (about one location, or all) as they are now.

    What has not left yet is taken back; what the agency may know of the cases as they stand is
    put on its feed, once and in the order in which it was heard.
    """
    taken = await store.take_back(work, partnership, agency.id, location_id)
    found = await facts.undisclosed(
        work, partnership, agency.id, location_id, set(taken), only_taken_back=agency.suspended
    )
    terms = case_terms(work, partnership)
    releases: list[_Release] = []
    withdrawn: list[Kept] = []
    for item in found:
        standing = rights.Agency(
            agency.id, agency.agreement_version, agency.suspended, agency.functions, item.member
        )
        audience = _audience(work, standing, item.kept, terms, in_qip=item.in_qip)
        answer = project(item.kept.fact, audience)
        if isinstance(answer, Projection):
            releases.append(_Release(item.kept, agency, audience.secret, answer))
        elif item.kept.fact.event_id in taken:
            withdrawn.append(item.kept)
    rows = await _release(work, releases, taken)
    rows += [_withdrawal(work, kept, agency.id) for kept in withdrawn]
    await ledger.add(work, rows)


def _audience(
    work: Work,
    agency: rights.Agency,
    kept: Kept,
    terms: rights.Terms | None,
    *,
    in_qip: bool,
) -> Audience:
    return rights.audience_of(
        agency,
        kept.fact.event_type,
        in_qip=in_qip,
        terms=terms,
        day=work.today,
        secret=secret_for(work, agency.id),
    )


async def _release(
    work: Work, releases: Sequence[_Release], ledgered: Mapping[UUID, str]
) -> list[LedgerRow]:
    """Put projections on feeds, once each; gives the ledger rows that this needs.

    `ledgered` are facts whose disclosure is in the ledger already, with the digest of what it was.
    """
    records = [_record(work, release) for release in releases]
    fresh = await store.enter(
        work, [_entry(work, *pair) for pair in zip(releases, records, strict=True)]
    )
    rows: list[LedgerRow] = []
    for release, record in zip(releases, records, strict=True):
        event_id = release.kept.fact.event_id
        if (release.agency.id, event_id) not in fresh:
            continue
        topic = outbound_topic(release.agency.id)
        with span(
            f"feed {topic}",
            links=[release.kept.traceparent],
            kind=SpanKind.PRODUCER,
            attributes={
                "messaging.destination.name": topic,
                "agency.id": release.agency.id,
                "event.type": record.type,
            },
        ):
            work.outgoing.append(record.row)
        if ledgered.get(event_id) != record.digest:
            rows.append(_disclosure(work, release, record))
    return rows


def _record(work: Work, release: _Release) -> Record:
    return record_of(
        release.kept.fact,
        release.told,
        agency_id=release.agency.id,
        secret=release.secret,
        at=work.now,
    )


def _entry(work: Work, release: _Release, record: Record) -> dict[str, object]:
    return {
        "agency_id": release.agency.id,
        "event_id": release.kept.fact.event_id,
        "partnership": release.kept.partnership,
        "ce_id": record.ce_id,
        "type": record.type,
        "digest": record.digest,
        "disclosed_at": work.now,
    }


def _disclosure(work: Work, release: _Release, record: Record) -> LedgerRow:
    return _row(
        work,
        release.kept,
        kind="disclosure",
        audience=f"agency:{release.agency.id}",
        audiences=1,
        label=release.told.label,
        digest=record.digest,
        under=release.told.right,
    )


def _withholding(work: Work, kept: Kept, rules: Sequence[str]) -> LedgerRow:
    """One row per fact, not per agency, so that the ledger does not name who was kept out."""
    return _row(
        work,
        kept,
        kind="withholding",
        audience="",
        audiences=len(rules),
        label=_label(kept),
        digest="",
        under=", ".join(sorted(set(rules))),
    )


def _withdrawal(work: Work, kept: Kept, agency_id: str) -> LedgerRow:
    return _row(
        work,
        kept,
        kind="withdrawal",
        audience=f"agency:{agency_id}",
        audiences=1,
        label=_label(kept),
        digest="",
        under="the right was lost before it left",
    )


def _label(kept: Kept) -> Label:
    existence = kept.fact.shape.existence
    return raised(existence, kept.fact.handling) if existence else Label.PERSONAL


def _row(
    work: Work,
    kept: Kept,
    *,
    kind: str,
    audience: str,
    audiences: int,
    label: Label,
    digest: str,
    under: str,
) -> LedgerRow:
    return LedgerRow(
        id=new_id(),
        at=work.now,
        partnership=kept.partnership,
        kind=kind,
        audience=audience,
        audiences=audiences,
        event_id=kept.fact.event_id,
        event_type=kept.fact.event_type,
        label=label,
        digest=digest,
        under=under,
    )
