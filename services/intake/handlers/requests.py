"""Take what is asked of the team or of a provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.intake.domain import door, handling
from services.intake.domain import requests as rules
from services.intake.domain.lists import check_reason
from services.intake.domain.personal_data.judging import judge
from services.intake.domain.requests import Asked, Open, RequestType
from services.intake.handlers import (
    personal_data,
    request_askers,
    request_emergencies,
    speakers,
    statutory,
    where_to_turn,
)
from services.intake.handlers import request_terms as terms
from services.intake.handlers.request_askers import Asker
from services.intake.store import register
from services.intake.store import requests as store
from services.intake.tables import LocationRow, RequestRow
from shared.contracts.intake import RequestRecorded
from shared.contracts.words import AgencyFunction, Handling, Label, Role
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import current_traceparent
from shared.platform.work import Work


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
    emergency_route: str | None = None


async def read_ahead(work: Work, wanted: Collection[tuple[Asker, str | None]]) -> None:
    """Read what all these requests would ask for; their locations were read before."""
    found = [await request_askers.place_of(work, asker, reference) for asker, reference in wanted]
    await store.agreements(work, {asker.agency.id for asker, _ in wanted if asker.agency})
    await store.read_ahead(work, {place.provider_id for place in found if place})


async def make_request(work: Work, person: Person, asked: Asked) -> Taken:
    """Take a request at the HTTP door. Raises Refused."""
    asker = await request_askers.who_asks(work, person, asked)
    await read_ahead(work, [(asker, asked.location)])
    return await take_request(work, asker, asked)


async def take_request(work: Work, asker: Asker, asked: Asked) -> Taken:
    """Record a request with its due date. Raises Refused under its rule."""
    place = await request_askers.place_of(work, asker, asked.location)
    if not asked.is_statutory:
        if place is None:
            raise door.unknown_location()
        if not asked.immediate_danger:
            personal_data.check_texts(work, {"text": asked.text}, asked.needed)
        route = where_to_turn.emergency(work, asker.partnership)
        rules.judge_at_once(asked, route.text, route.clause)
        rules.judge(
            asked,
            terms.pointers(
                work, asker.partnership, by_team_manager=Role.TEAM_MANAGER in asker.roles
            ),
        )
    open_ = request_askers.known_open(work, asker, place)
    if place is not None and asked.kind in rules.LOADS_PROVIDER:
        clause = (
            work.policies.on(asker.partnership, work.today)
            .value("intake", "requests", "answer_days")
            .clause
        )
        rules.check_load([Open(one.due_on) for one in open_], asked.load_seen, clause)
    row = request_row(work, asker, asked, place)
    row.state = "handed_over" if asked.is_statutory else "open"
    if asked.is_statutory:
        row.due_on, row.due_clause = terms.deadline(work, asker.partnership, asked)
    elif place is not None:
        row.due_on, row.due_clause = terms.due(work, asker.partnership, place.provider_id)
    store.keep(work, row)
    announce(work, row, Handling.of(row.label, row.holders))
    shown = await request_emergencies.see_to(work, asker, asked, row, place)
    return Taken(
        row.id,
        row.reference,
        row.state,
        row.due_on,
        row.due_clause,
        len(open_),
        tuple(sorted({one.due_on for one in open_ if one.due_on})),
        shown,
    )


async def open_requests(work: Work, person: Person, location_id: UUID) -> Sequence[RequestRow]:
    """What is open on a location's provider, as far as the reader may know of it (W3.3)."""
    place = await register.location(work, person.partnerships, location_id)
    if place is None:
        raise not_found()
    asker = await request_askers.of_person(work, person, place.partnership)
    await store.agreements(work, {asker.agency.id} if asker.agency else set())
    await store.read_ahead(work, {place.provider_id})
    return request_askers.known_open(work, asker, place)


def request_row(work: Work, asker: Asker, asked: Asked, place: LocationRow | None) -> RequestRow:
    """A new request; who takes or refuses it says what becomes of it."""
    police = asker.agency is not None and AgencyFunction.POLICE in asker.agency.functions
    held = handling.of_concern(
        very_small=place is not None and place.very_small,
        implicated=False,
        police=police,
        source_holder=asker.name if asker.agency else None,
    )
    # What is urgent or statutory was taken whatever it holds; others were searched before.
    marks = judge({"text": asked.text}, asked.needed, work.today, urgent=True)
    id_ = work.new_id()
    personal_data.record(work, marks, asker.name, id_, partnership=asker.partnership)
    details = {
        "risk_type": asked.risk_type,
        "system": asked.system,
        "about_individual": asked.about_individual,
        "roles": sorted(asker.roles),
    }
    if asker.is_suspended:
        details[statutory.ASKER_SUSPENDED] = True
    if asker.agency is not None and asker.agency.uploader is not None:
        details["uploader"] = asker.agency.uploader
    return RequestRow(
        id=id_,
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
        traceparent=current_traceparent(),
        personal_data=personal_data.kept(marks),
    )


def announce(work: Work, row: RequestRow, held: Handling) -> None:
    """Say that something is open, or that information governance has something to answer."""
    if row.statutory:
        statutory.hand_over(work, row)
    elif row.location_id is not None and row.due_on is not None:
        work.announce(
            RequestRecorded(
                partnership=row.partnership,
                handling=held,
                location_id=row.location_id,
                request_id=row.id,
                request_type=row.type if row.type in set(RequestType) else "other",
                due_on=row.due_on,
                due_clause=row.due_clause or "",
                agency_id=row.agency_id,
            )
        )


async def read(work: Work, person: Person, reference: str, why: str | None) -> RequestRow:
    """A request with its text, for who asked it and for the desk; the read is recorded.

    What is statutory is for information governance; it and what is NAMED are read with a reason.
    Raises Refused.
    """
    spoken_for = await speakers.spoken_for(work, person.agency)
    row = await store.request(work, person.partnerships, reference)
    # A liaison's only what its agency asked: a suspended one must not find others' by the refusal.
    foreign = person.agency is not None and row is not None and row.agency_id not in spoken_for
    if row is None or foreign:
        raise not_found()
    asker = await request_askers.of_person(work, person, row.partnership)
    if row.asked_by not in asker.names:
        if not _for_the_desk(work, person, row, asker):
            raise not_found()
        named = row.statutory or Handling.of(row.label, row.holders).label is Label.NAMED
        clause = f"{work.policies.on(row.partnership, work.today).name} L8a"
        check_reason(named=named, why=why, clause=clause)
    work.audit(person.subject, "request.read", row.id, partnership=row.partnership, why=why)
    return row


def _for_the_desk(work: Work, person: Person, row: RequestRow, asker: Asker) -> bool:
    """Agencies, providers and the portal read what they asked themselves, and nothing else."""
    if row.statutory:
        return person.has(Role.INFORMATION_GOVERNANCE)
    if asker.agency is not None or person.has(Role.PORTAL):
        return False
    approves = person.has(Role.SENIOR_MANAGER, Role.ASSISTANT_DIRECTOR)
    return approves or request_askers.may_see(work, row, asker)
