"""Considerations with their triggers, candidates and the proprietor's earlier QIPs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.meetings.domain.decisions import ConsiderationState
from services.meetings.handlers import confidentiality
from services.meetings.handlers.decisions import Decided
from services.meetings.handlers.policy import partnerships_of
from services.meetings.store import considerations as store
from services.meetings.store import qips, register
from services.meetings.tables import ConsiderationRow, LocationRow, TriggerRow
from services.meetings.views.considerations import (
    ConsiderationLine,
    ConsiderationView,
    DecisionView,
    EarlierQip,
    TriggerView,
)
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
    return await _lines(work, rows)


async def _lines(work: Work, rows: Sequence[ConsiderationRow]) -> list[ConsiderationLine]:
    triggers = await store.triggers_by_consideration(work, rows)
    places = {row.location_id for row in rows}
    locations = await register.locations(work, {row.partnership for row in rows}, places)
    return [_line(row, locations.get(row.location_id), triggers[row.id]) for row in rows]


def _line(
    row: ConsiderationRow, location: LocationRow | None, triggers: Sequence[TriggerRow]
) -> ConsiderationLine:
    return ConsiderationLine(
        consideration_id=row.id,
        location_id=row.location_id,
        location_name=location.name if location else None,
        state=row.state,
        opened_at=row.opened_at,
        triggers=[trigger.trigger for trigger in triggers],
    )


async def consideration(work: Work, person: Person, consideration_id: UUID) -> ConsiderationView:
    """A consideration with triggers, candidates and the proprietor's earlier QIPs.

    Raises not-found, and Refused before the procedures on confidentiality are accepted (L8a).
    """
    row = await store.consideration(work, person.partnerships, consideration_id)
    if row is None:
        raise not_found()
    await confidentiality.check(work, person, row.partnership)
    work.audit(person.subject, "consideration.read", row.id, partnership=row.partnership)
    [line] = await _lines(work, [row])
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


def decision_view(decided: Decided) -> DecisionView:
    """A decision as it was recorded, and the QIP where one was opened."""
    decision, qip = decided.decision, decided.qip
    return DecisionView(
        decision_id=decision.id,
        consideration_id=decision.consideration_id,
        decision=decision.decision,
        decided_on=decision.decided_on,
        qip_id=qip.id if qip else None,
        limit_on=qip.limit_on if qip else None,
        terms_version=qip.terms_version if qip else None,
        clause=qip.clause if qip else None,
        members=[seat.agency_id for seat in decided.members],
    )
