"""Appoint the chair that the intelligence meeting agreed (L3a-d)."""

from __future__ import annotations

from uuid import UUID

from services.meetings.domain.chairs import ChairPolicy, ChairProposal, agree_chair
from services.meetings.domain.people import implicated_people
from services.meetings.handlers import cases
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.handling import held_by
from services.meetings.handlers.policy import SECTION
from services.meetings.store import register
from services.meetings.tables import ChairRow, QipRow
from shared.contracts.meetings import ChairAppointed
from shared.contracts.words import ServiceCategory
from shared.platform.policy import Pack
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


async def appoint_chair(
    work: Work, person: Person, qip_id: UUID, person_ref: UUID, proposal: ChairProposal
) -> ChairRow:
    """Appoint a chair; the one before steps down. The same chair again changes nothing.

    Raises Refused (L3a-d, L1.2c).
    """
    case = await cases.for_change(work, person, qip_id)
    qip, now_in = case.qip, case.chair
    contact = await register.contact(work, qip.partnership, person_ref)
    agency = agree_chair(
        proposal,
        opened_by=qip.decision_id,
        category=ServiceCategory(case.location.category),
        policy=_policy(case.pack),
        agencies=await register.agencies(work, qip.partnership),
        contact=contact,
        implicated=implicated_people(
            [*case.contacts, *([contact] if contact else [])], case.implicated
        ),
        today=work.today,
    )
    if now_in is not None:
        if (now_in.person_ref, now_in.function) == (person_ref, proposal.function):
            return now_in
        now_in.ended_at = work.now
    row = _row(work, person, qip, person_ref, proposal, agency.id)
    work.session.add(row)
    work.audit(person.subject, "chair.appointed", row.id, partnership=qip.partnership)
    _announce(work, case, row, proposal)
    return row


def _row(
    work: Work,
    person: Person,
    qip: QipRow,
    person_ref: UUID,
    proposal: ChairProposal,
    agency_id: str,
) -> ChairRow:
    return ChairRow(
        id=work.new_id(),
        partnership=qip.partnership,
        qip_id=qip.id,
        decision_id=qip.decision_id,
        person_ref=person_ref,
        function=proposal.function,
        agency_id=agency_id,
        rationale=proposal.rationale,
        appointed_at=work.now,
        appointed_by=person.subject,
        event_id=work.new_id(),
    )


def _announce(work: Work, case: QipCase, row: ChairRow, proposal: ChairProposal) -> None:
    with span("appoint chair", links=[case.qip.traceparent]):
        work.announce(
            ChairAppointed(
                partnership=row.partnership,
                handling=held_by(case.qip, [row.person_ref]),
                location_id=case.qip.location_id,
                qip_id=row.qip_id,
                decision_id=row.decision_id,
                chair_ref=row.person_ref,
                chair_function=proposal.function,
            ),
            id=row.event_id,
        )


def _policy(pack: Pack) -> ChairPolicy:
    functions = pack.value(*SECTION, "chair_functions")
    mental_health = pack.value(*SECTION, "adult_mental_health_chair")
    return ChairPolicy(functions.texts, functions.clause, mental_health.text, mental_health.clause)
