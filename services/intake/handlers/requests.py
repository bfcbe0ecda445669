"""Take what is asked of the team or of a provider, refuse it under its rule, or lift a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.intake.domain import door, handling
from services.intake.domain import requests as rules
from services.intake.domain.concerns import Concern
from services.intake.domain.readers import holdings, may_know
from services.intake.domain.requests import Asked, Open, RequestType
from services.intake.handlers import concerns, personal_data
from services.intake.handlers import request_terms as terms
from services.intake.store import agencies, register
from services.intake.store import requests as store
from services.intake.tables import LocationRow, RequestRow
from shared.contracts.intake import (
    IntakeRequestRefused,
    RequestRecorded,
    RequestRouted,
    StatutoryRequestRecorded,
)
from shared.contracts.words import AgencyFunction, Handling, Label, Refused, Role
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

RECORDED = frozenset({"WX0", "WX2", "WX4", "WX5", "WX6", "L1.2h", "L1.2i"})
"""Refusals that are kept as requests, so that they can be lifted and counted."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and as whom they may know what is open on a provider."""

    partnership: str
    name: str
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    agency: door.Agency | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def holders(self) -> frozenset[str]:
        """The holders as whom the asker may know NAMED requests."""
        if self.agency is None:
            return holdings(self.roles)
        return frozenset({f"agency:{self.agency.id}", *self.agency.functions})


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a request that was taken."""

    request_id: UUID
    reference: str
    state: str
    due_on: date | None
    due_clause: str | None
    open_before: int
    open_due_on: tuple[date, ...]


def of_agency(agency: door.Agency) -> Asker:
    """An agency as asker."""
    return Asker(agency.partnership, f"agency:{agency.id}", agency)


async def of_person(work: Work, person: Person, partnership: str) -> Asker:
    """Somebody signed in as asker. Raises Refused where their agency is suspended."""
    if person.agency is not None or person.has(Role.AGENCY_LIAISON):
        wanted = person.agency or ""
        agency = (await agencies.agencies(work, {wanted})).get(wanted)
        if agency is None or agency.partnership != partnership:
            raise not_found()
        if agency.suspended:
            raise door.suspended()
        return Asker(partnership, f"agency:{agency.id}", agency, person.roles)
    provider = concerns.of_a_provider(person)
    name = f"provider:{person.provider}" if provider else f"staff:{person.subject}"
    return Asker(partnership, name, None, person.roles)


async def read_ahead(work: Work, wanted: Collection[tuple[Asker, str | None]]) -> None:
    """Read what all these requests would ask for; their locations were read before."""
    found = [await _place(work, asker, reference) for asker, reference in wanted]
    await store.agreements(work, {asker.agency.id for asker, _ in wanted if asker.agency})
    await store.read_ahead(work, {place.provider_id for place in found if place})


async def partnership_of(work: Work, person: Person, asked: Asked) -> str:
    """Where a person asks: the partnership of the location, or the first of their own.

    A provider's people ask about their own locations only. Raises Refused.
    """
    for partnership in sorted(person.partnerships):
        if asked.location is None:
            break
        place = await register.location_by_reference(work, partnership, asked.location)
        if place is None:
            continue
        provider = await register.provider(work, place.provider_id)
        if not concerns.of_a_provider(person) or provider.reference == person.provider:
            return partnership
    if not asked.is_statutory or not person.partnerships:
        raise door.unknown_location()
    return min(person.partnerships)


async def make_request(work: Work, person: Person, asked: Asked) -> Taken:
    """Take a request at the HTTP door. Raises Refused."""
    asker = await of_person(work, person, await partnership_of(work, person, asked))
    await read_ahead(work, [(asker, asked.location)])
    return await take_request(work, asker, asked)


async def take_request(work: Work, asker: Asker, asked: Asked) -> Taken:
    """Record a request with its due date. Raises Refused under its rule."""
    place = await _place(work, asker, asked.location)
    if not asked.is_statutory:
        if place is None:
            raise door.unknown_location()
        personal_data.check_texts(work, {"text": asked.text})
        rules.judge(
            asked,
            terms.pointers(
                work, asker.partnership, by_team_manager=Role.TEAM_MANAGER in asker.roles
            ),
        )
    open_ = _known_open(work, asker, place)
    if place is not None and asked.kind in rules.LOADS_PROVIDER:
        clause = (
            work.policies.on(asker.partnership, work.today)
            .value("intake", "requests", "answer_days")
            .clause
        )
        rules.check_load([Open(one.due_on) for one in open_], asked.load_seen, clause)
    row = _row(work, asker, asked, place)
    row.state = "handed_over" if asked.is_statutory else "open"
    if asked.is_statutory:
        row.due_on, row.due_clause = terms.deadline(work, asker.partnership, asked)
    elif place is not None:
        row.due_on, row.due_clause = terms.due(work, asker.partnership, place.provider_id)
    store.keep(work, row)
    announce(work, row)
    return Taken(
        row.id,
        row.reference,
        row.state,
        row.due_on,
        row.due_clause,
        len(open_),
        tuple(sorted({one.due_on for one in open_ if one.due_on})),
    )


def recorder(
    person: Person, asked: Asked
) -> Callable[[Work, Refused], Awaitable[tuple[UUID, Refused] | None]]:
    """Keeps a refused request in the work in which its refusal is said."""

    async def record(work: Work, refused: Refused) -> tuple[UUID, Refused] | None:
        if refused.refusal.rule not in RECORDED:
            return None
        asker = await of_person(work, person, await partnership_of(work, person, asked))
        await read_ahead(work, [(asker, asked.location)])
        row, said = await record_refusal(work, asker, asked, refused)
        return row.id, said

    return record


async def record_refusal(
    work: Work, asker: Asker, asked: Asked, refused: Refused
) -> tuple[RequestRow, Refused]:
    """Keep a refused request; its asker learns the reference under which it may be lifted."""
    place = await _place(work, asker, asked.location)
    refusal = refused.refusal
    row = _row(work, asker, asked, place)
    row.state, row.rule, row.clause = "refused", refusal.rule, refusal.clause
    row.pointer = refusal.instead
    store.keep(work, row)
    if refusal.rule == "WX4" and place is not None:
        _route(work, asker, asked, row)
    if refusal.rule == "L1.2i" and place is not None:
        await _hand_over(work, asker, asked, row)
    instead = f"{refusal.instead} Our reference is {row.reference}."
    return row, Refused(replace(refusal, instead=instead))


def say_refused(work: Work, asker: Asker, request_id: UUID, refused: Refused) -> None:
    """Say a refusal that came by Kafka, as the HTTP door says its own."""
    work.announce(
        IntakeRequestRefused(
            partnership=asker.partnership,
            request_id=request_id,
            rule=refused.refusal.rule,
            clause=refused.refusal.clause,
            agency_id=asker.agency.id if asker.agency else None,
        )
    )


async def open_requests(work: Work, person: Person, location_id: UUID) -> Sequence[RequestRow]:
    """What is open on a location's provider, as far as the reader may know of it (W3.3)."""
    place = await register.location(work, person.partnerships, location_id)
    if place is None:
        raise not_found()
    asker = await of_person(work, person, place.partnership)
    await store.agreements(work, {asker.agency.id} if asker.agency else set())
    await store.read_ahead(work, {place.provider_id})
    return _known_open(work, asker, place)


async def _place(work: Work, asker: Asker, reference: str | None) -> LocationRow | None:
    if reference is None:
        return None
    return await register.location_by_reference(work, asker.partnership, reference)


def _known_open(work: Work, asker: Asker, place: LocationRow | None) -> Sequence[RequestRow]:
    if place is None:
        return []
    return [one for one in store.open_on(work, place.provider_id) if may_see(work, one, asker)]


def may_see(work: Work, row: RequestRow, asker: Asker) -> bool:
    """The team manager all; everybody their own; others by label, and agencies by agreement."""
    if Role.TEAM_MANAGER in asker.roles or row.asked_by == asker.name:
        return True
    held = Handling.of(row.label, row.holders)
    if asker.agency is None:
        return not asker.name.startswith("provider:") and may_know(held, asker.holders)
    pack = work.policies.on(asker.partnership, work.today)
    if not pack.has("intake", "requests"):
        return False
    signed = store.agreement_of(work, asker.agency.id)
    if signed != pack.value("intake", "requests", "agreement_version").text:
        return False
    seated = set(pack.value("intake", "requests", "shared_with").texts)
    return bool(seated & asker.agency.functions) and may_know(held, asker.holders)


def _row(work: Work, asker: Asker, asked: Asked, place: LocationRow | None) -> RequestRow:
    police = asker.agency is not None and AgencyFunction.POLICE in asker.agency.functions
    held = handling.of_concern(
        very_small=place is not None and place.very_small,
        implicated=False,
        police=police,
        source_holder=asker.name if asker.agency else None,
    )
    details = {
        "risk_type": asked.risk_type,
        "system": asked.system,
        "about_individual": asked.about_individual,
        "roles": sorted(asker.roles),
    }
    return RequestRow(
        id=work.new_id(),
        partnership=asker.partnership,
        reference=work.new_reference("RQ"),
        type=asked.type,
        statutory=asked.is_statutory,
        asked_by=asker.name,
        agency_id=asker.agency.id if asker.agency else None,
        provider_id=place.provider_id if place else None,
        location_id=place.id if place else None,
        details=details,
        text=asked.text,
        state="open",
        label=held.label,
        holders=list(held.holders),
        received_at=work.now,
    )


def announce(work: Work, row: RequestRow) -> None:
    """Say that something is open, or that information governance has something to answer."""
    known = row.type if row.type in set(RequestType) else "other"
    if row.statutory and row.due_on is not None:
        work.announce(
            StatutoryRequestRecorded(
                partnership=row.partnership,
                request_id=row.id,
                reference=row.reference,
                request_type=known,
                due_on=row.due_on,
                due_clause=row.due_clause or "",
            )
        )
    elif row.location_id is not None and row.due_on is not None:
        work.announce(
            RequestRecorded(
                partnership=row.partnership,
                handling=Handling.of(row.label, row.holders),
                location_id=row.location_id,
                request_id=row.id,
                request_type=known,
                due_on=row.due_on,
                due_clause=row.due_clause or "",
                agency_id=row.agency_id,
            )
        )


def _route(work: Work, asker: Asker, asked: Asked, row: RequestRow) -> None:
    """Pass a visit on to the team for its risk: refused is not the same as dropped (WX4)."""
    lines = (
        work.policies.on(asker.partnership, work.today)
        .value("intake", "requests", "visit_functions")
        .texts
    )
    functions = rules.parse_pointers(lines)
    risk = asked.risk_type if asked.risk_type in functions else "other"
    if row.location_id is None or risk is None:
        return
    work.announce(
        RequestRouted(
            partnership=row.partnership,
            handling=Handling(Label.NAMED, (AgencyFunction(functions[risk]).value,)),
            location_id=row.location_id,
            request_id=row.id,
            reference=row.reference,
            risk_type=risk,
        )
    )


async def _hand_over(work: Work, asker: Asker, asked: Asked, row: RequestRow) -> None:
    """What is urgent is kept as a concern and handed to safeguarding at once (L1.2i)."""
    teller = concerns.Teller(
        asker.partnership,
        asker.name,
        is_provider=asker.name.startswith("provider:"),
        is_police=asker.agency is not None and AgencyFunction.POLICE in asker.agency.functions,
    )
    urgent = Concern(
        location=asked.location or "",
        client_reference=row.reference,
        occurred_on=work.today,
        category="other",
        description=asked.text or "A QIP was proposed; somebody is in immediate danger.",
        action_taken="",
        action_none_reason="",
        measures="",
        significant_harm=False,
        immediate_danger=True,
        implicated_role=None,
    )
    await concerns.take_concern(work, teller, urgent)
