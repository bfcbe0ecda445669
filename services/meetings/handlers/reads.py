"""Read considerations and QIPs, each reader as much as they may know (L1.2); reads are audited."""

from __future__ import annotations

from uuid import UUID

from services.meetings.domain.decisions import ConsiderationState
from services.meetings.domain.readers import Level
from services.meetings.handlers import cases, pictures, rights
from services.meetings.handlers.policy import partnerships_of
from services.meetings.store import considerations as store
from services.meetings.store import qips, register
from services.meetings.tables import ConsiderationRow, TriggerRow
from services.meetings.views.considerations import (
    ConsiderationLine,
    ConsiderationView,
    EarlierQip,
    TriggerView,
)
from services.meetings.views.qips import DeskQip, MemberQip, ProviderQip, QipLine
from shared.contracts.words import Label
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

AT_MOST = 200
"""The longest list that is given."""


async def consideration_lines(
    work: Work, person: Person, state: ConsiderationState
) -> list[ConsiderationLine]:
    """Considerations of a state, the oldest first. Raises Refused where none are run."""
    partnerships = partnerships_of(work, person)
    rows = await store.considerations(work, partnerships, state, AT_MOST)
    return [await _line(work, row) for row in rows]


async def _line(work: Work, row: ConsiderationRow) -> ConsiderationLine:
    location = await register.location(work, row.partnership, row.location_id)
    triggers = await store.triggers_of(work, row.partnership, row.id)
    return ConsiderationLine(
        consideration_id=row.id,
        location_id=row.location_id,
        location_name=location.name if location else None,
        state=row.state,
        opened_at=row.opened_at,
        triggers=[trigger.trigger for trigger in triggers],
    )


async def consideration(work: Work, person: Person, consideration_id: UUID) -> ConsiderationView:
    """A consideration with triggers, candidates and the proprietor's earlier QIPs."""
    row = await store.consideration(work, person.partnerships, consideration_id)
    if row is None:
        raise not_found()
    await work.audit(person.subject, "consideration.read", row.id, partnership=row.partnership)
    line = await _line(work, row)
    triggers = await store.triggers_of(work, row.partnership, row.id)
    candidates = await store.candidates_at(work, row.partnership, row.location_id)
    decision = await store.decision_on(work, row.partnership, row.id)
    qip = await qips.decided_by(work, row.partnership, row.id)
    return ConsiderationView(
        **line.model_dump(),
        trigger_details=[_trigger(trigger) for trigger in triggers],
        candidates=[_trigger(trigger) for trigger in candidates],
        earlier_qips=await _earlier(work, row, qip.id if qip else None),
        decision_id=decision.id if decision else None,
        qip_id=qip.id if qip else None,
    )


def _trigger(row: TriggerRow) -> TriggerView:
    return TriggerView(
        crossing_id=row.crossing_id,
        trigger=row.trigger,
        state=row.state,
        evidence=[UUID(item) for item in row.evidence],
        threshold=row.threshold,
        clause=row.clause,
        restricted=row.label == Label.NAMED,
        told_at=row.told_at,
        ended_on=row.ended_on,
    )


async def _earlier(work: Work, row: ConsiderationRow, own: UUID | None) -> list[EarlierQip]:
    location = await register.location(work, row.partnership, row.location_id)
    if location is None:
        return []
    found = await qips.of_provider(work, row.partnership, location.provider_id)
    return [
        EarlierQip(
            qip_id=qip.id,
            location_id=qip.location_id,
            opened_on=qip.opened_on,
            limit_on=qip.limit_on,
            state=qip.state,
        )
        for qip in found
        if qip.id != own
    ]


async def qip_lines(work: Work, person: Person) -> list[QipLine]:
    """The QIPs that a person may know of, the newest first. Raises Refused where none are run."""
    lines = []
    for row in await qips.qips(work, partnerships_of(work, person), AT_MOST):
        case = await cases.around(work, row)
        if await rights.level(work, person, case) is not None:
            lines.append(
                QipLine(
                    qip_id=row.id,
                    location_id=row.location_id,
                    opened_on=row.opened_on,
                    limit_on=row.limit_on,
                )
            )
    return lines


async def qip(work: Work, person: Person, qip_id: UUID) -> DeskQip | MemberQip | ProviderQip:
    """A QIP as far as the person may know it; a 404 for everybody else (L1.2)."""
    row = await qips.qip(work, person.partnerships, qip_id)
    if row is None:
        raise not_found()
    case = await cases.around(work, row)
    match await rights.level(work, person, case):
        case Level.DESK:
            found: DeskQip | MemberQip | ProviderQip = await pictures.for_desk(work, case)
        case Level.MEMBER:
            found = await pictures.for_member(work, case)
        case Level.PROVIDER:
            found = await pictures.for_provider(work, case)
        case _:
            raise not_found()
    await work.audit(person.subject, "qip.read", row.id, partnership=row.partnership)
    return found
