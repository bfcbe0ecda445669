"""Put facts on the agencies' feeds, and let what lies there follow the agencies' rights."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from services.notifications.channels.feed import Record, record_of
from services.notifications.domain import rights
from services.notifications.domain.projection import (
    Audience,
    Known,
    Place,
    Projection,
    Withheld,
    may_know,
    project,
    raised,
    saying_of,
    tell,
)
from services.notifications.domain.rights import Agency
from services.notifications.handlers.terms import case_terms, secret_for
from services.notifications.store import facts, ledger
from services.notifications.store import feeds as store
from services.notifications.store.facts import Kept
from shared.contracts.words import Label
from shared.platform.telemetry import note_audiences, span
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Case:
    """How the case stands that a fact belongs to, and who might be told."""

    place: Place | None
    agencies: tuple[Agency, ...]
    in_qip: bool = False
    about: Hashable = None
    """Cases about the same have the same agencies, as long as no right changes."""


@dataclass(frozen=True, slots=True)
class Release:
    """A projection that is about to go on a feed."""

    kept: Kept
    agency_id: str
    secret: bytes
    told: Projection


@dataclass(frozen=True, slots=True)
class Held:
    """A fact that was kept from agencies, with a rule for each."""

    kept: Kept
    rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class Decided:
    """To whom a fact goes, and from whom it is kept."""

    releases: list[Release]
    withheld: list[Held]


Answers: TypeAlias = dict[Hashable, "_Answer"]
"""What was answered in a unit of work, so that it is asked once for facts of a kind."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """Who may know facts of one kind, and under which rules the others may not."""

    knowing: Sequence[tuple[Agency, bytes, Known]]
    rules: Sequence[str]


def decide(work: Work, kept: Kept, case: Case, answers: Answers) -> Decided:
    """Which agencies may know a fact."""
    fact = kept.fact
    answer = _answer(work, kept, case, answers)
    saying = saying_of(fact)
    releases = [
        Release(kept, agency.id, secret, tell(fact, saying, known, secret))
        for agency, secret, known in answer.knowing
    ]
    note_audiences([release.agency_id for release in releases])
    return Decided(releases, [Held(kept, answer.rules)] if answer.rules else [])


def _answer(work: Work, kept: Kept, case: Case, answers: Answers) -> _Answer:
    fact = kept.fact
    located = (fact.location_id is None, fact.place is None)
    kind = (case.about, fact.event_type, case.in_qip, kept.partnership, fact.handling, located)
    found = answers.get(kind)
    if found is None:
        found = answers[kind] = _ask(work, kept, case)
    return found


def _ask(work: Work, kept: Kept, case: Case) -> _Answer:
    terms = case_terms(work, kept.partnership)
    knowing: list[tuple[Agency, bytes, Known]] = []
    rules: list[str] = []
    for agency in case.agencies:
        audience = _audience(work, agency, kept, terms, in_qip=case.in_qip)
        known = may_know(kept.fact, audience)
        if isinstance(known, Withheld):
            rules.append(known.rule)
        else:
            knowing.append((agency, audience.secret, known))
    return _Answer(knowing, rules)


async def release(work: Work, releases: Sequence[Release], withheld: Sequence[Held]) -> None:
    """Put projections on feeds, once each, and write both into the ledger."""
    rows = await _release(work, releases, {})
    rows += [_withholding(work, held) for held in withheld]
    ledger.add(work, rows)


async def review(
    work: Work, partnership: str, agency: Agency, location_id: UUID | None = None
) -> None:
    """Let an agency's feed follow its rights (about one location, or all) as they are now.

    What has not left yet is taken back; what the agency may know of the cases as they stand is
    put on its feed, once and in the order in which it was heard.
    """
    taken = await store.take_back(work, partnership, agency.id, location_id)
    after = 0
    while found := await facts.undisclosed(
        work,
        partnership,
        agency.id,
        location_id,
        set(taken),
        only_taken_back=agency.suspended,
        after=after,
    ):
        after = found[-1].kept.seq
        await _review(work, partnership, agency, found, taken)
        await store.bound(work)


async def _review(
    work: Work,
    partnership: str,
    agency: Agency,
    found: Sequence[facts.Undisclosed],
    taken: Mapping[UUID, str],
) -> None:
    terms = case_terms(work, partnership)
    releases: list[Release] = []
    withdrawn: list[Kept] = []
    for item in found:
        standing = Agency(
            agency.id, agency.agreement_version, agency.suspended, agency.functions, item.member
        )
        audience = _audience(work, standing, item.kept, terms, in_qip=item.in_qip)
        answer = project(item.kept.fact, audience)
        if isinstance(answer, Projection):
            releases.append(Release(item.kept, agency.id, audience.secret, answer))
        elif item.kept.fact.event_id in taken:
            withdrawn.append(item.kept)
    causes = [release.kept.traceparent for release in releases]
    with span("review feed", links=causes, attributes={"agency.id": agency.id}):
        rows = await _release(work, releases, taken)
    rows += [_withdrawal(work, kept, agency.id) for kept in withdrawn]
    ledger.add(work, rows)


def _audience(
    work: Work,
    agency: Agency,
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
    work: Work, releases: Sequence[Release], ledgered: Mapping[UUID, str]
) -> list[dict[str, object]]:
    """Put projections on feeds, once each; gives the ledger rows that this needs.

    `ledgered` are facts whose disclosure is in the ledger already, with the digest of what it was.
    """
    records = [_record(work, release) for release in releases]
    fresh = await store.enter(
        work, [_entry(work, *pair) for pair in zip(releases, records, strict=True)]
    )
    rows = []
    for release, record in zip(releases, records, strict=True):
        event_id = release.kept.fact.event_id
        if (release.agency_id, event_id) in fresh:
            work.outgoing.append(record.row)
            if ledgered.get(event_id) != record.digest:
                rows.append(_disclosure(work, release, record))
    return rows


def _record(work: Work, release: Release) -> Record:
    return record_of(
        release.kept.fact,
        release.told,
        agency_id=release.agency_id,
        secret=release.secret,
        at=work.now,
    )


def _entry(work: Work, release: Release, record: Record) -> dict[str, object]:
    return {
        "agency_id": release.agency_id,
        "event_id": release.kept.fact.event_id,
        "partnership": release.kept.partnership,
        "ce_id": record.ce_id,
        "type": record.type,
        "digest": record.digest,
        "disclosed_at": work.now,
    }


def _disclosure(work: Work, release: Release, record: Record) -> dict[str, object]:
    return _row(
        work,
        release.kept,
        kind="disclosure",
        audience=f"agency:{release.agency_id}",
        audiences=1,
        label=release.told.label,
        digest=record.digest,
        under=release.told.right,
    )


def _withholding(work: Work, held: Held) -> dict[str, object]:
    """One row per fact, not per agency, so that the ledger does not name who was kept out."""
    return _row(
        work,
        held.kept,
        kind="withholding",
        audience="",
        audiences=len(held.rules),
        label=_label(held.kept),
        digest="",
        under=", ".join(sorted(set(held.rules))),
    )


def _withdrawal(work: Work, kept: Kept, agency_id: str) -> dict[str, object]:
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
) -> dict[str, object]:
    return {
        "id": work.new_id(),
        "at": work.now,
        "partnership": kept.partnership,
        "kind": kind,
        "audience": audience,
        "audiences": audiences,
        "event_id": kept.fact.event_id,
        "event_type": kept.fact.event_type,
        "label": label,
        "digest": digest,
        "under": under,
    }
