"""What happens to a concern after it was told: added to, corrected, withdrawn, answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.intake.domain import concerns as rules
from services.intake.domain import handling
from services.intake.domain.concerns import SAFEGUARDINGS, ConcernState, EntryKind
from services.intake.domain.personal_data.judging import judge
from services.intake.handlers import (
    emergencies,
    handovers,
    personal_data,
    quarantine,
    reads,
    where_to_turn,
)
from services.intake.handlers.concerns import Teller, announce_withdrawn
from services.intake.handlers.emergencies import SeenTo, Told
from services.intake.handlers.tellers import by_hand, who_told
from services.intake.store import concerns as store
from services.intake.store import search
from services.intake.tables import ConcernEntryRow, ConcernRow
from shared.contracts.holdings import holdings
from shared.contracts.intake import ConcernAnswered
from shared.contracts.words import ConcernOutcome, Handling
from shared.platform.problems import Problem, not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Added:
    """The answer to what was added: where to turn to first, and where the concern stands."""

    emergency_route: str | None
    safeguarding_route: str | None
    reference: str
    state: ConcernState | None
    """None for an agency that has not signed the agreement in force (L1.1)."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What who told a concern has to say to it later."""

    kind: EntryKind
    text: str
    field: str | None = None
    """Which field is wrong, of a correction."""
    significant_harm: bool = False
    immediate_danger: bool = False
    reason: str | None = None
    """Why personal data is needed in the text."""

    @property
    def urgent(self) -> bool:
        return self.significant_harm or self.immediate_danger


async def add(work: Work, person: Person, reference: str, addition: Addition) -> Added:
    """Who told a concern adds to it, asks for a correction, or takes it back. Raises Refused.

    Danger or harm comes first, also where it stands in what takes the concern back.
    """
    row = await reads.followed(work, person, reference)
    _enter(work, row, addition, f"person:{person.subject}")
    if addition.urgent:
        await _now_urgent(work, row, addition.significant_harm, addition.immediate_danger)
    elif addition.kind is EntryKind.WITHDRAWAL:
        _withdraw(work, row)
    elif row.state in SAFEGUARDINGS:
        handovers.tell_more(work, row)
    return await _answer(work, row, addition, person)


async def see_to(work: Work, person: Person, reference: str, told: Told) -> SeenTo | None:
    """What is added to a concern speaks of danger, and cannot be taken as it was sent (L1.2i)."""
    try:
        row = await reads.followed(work, person, reference)
    except Problem:
        return await emergencies.see_to_told(work, person, told)
    teller = Teller(row.partnership, row.source)
    item = emergencies.item_of(work, teller, told)
    item.reference = row.reference
    quarantine.restrict(item, handling.of_handover())
    await _now_urgent(work, row, harm=False, danger=True)
    await quarantine.hold(work, item)
    return SeenTo(where_to_turn.emergency(work, row.partnership).text, row.reference)


def _withdraw(work: Work, row: ConcernRow) -> None:
    rules.check_withdrawal(ConcernState(row.state))
    row.state = ConcernState.WITHDRAWN
    with span("withdraw concern", links=[row.traceparent]):
        announce_withdrawn(work, row)


async def _now_urgent(work: Work, row: ConcernRow, harm: bool, danger: bool) -> None:
    """What turns out to be harm or danger is handed over as if it had been told so at first."""
    worse = danger and not row.immediate_danger
    row.significant_harm = row.significant_harm or harm
    row.immediate_danger = row.immediate_danger or danger
    held = handling.at_rest(
        Handling.of(row.label, row.holders), immediate_danger=row.immediate_danger
    )
    row.label, row.holders = held.label, list(held.holders)
    with span("hand over concern", links=[row.traceparent]):
        if row.state not in SAFEGUARDINGS:
            row.state = ConcernState.REDIRECTED
            await handovers.hand_over(work, row)
        elif worse:
            await handovers.hand_over_again(work, row)
        else:
            handovers.tell_more(work, row)


async def _answer(work: Work, row: ConcernRow, addition: Addition, person: Person) -> Added:
    emergency, safeguarding = where_to_turn.after(
        work, row.partnership, danger=addition.immediate_danger, harm=addition.significant_harm
    )
    return Added(
        emergency_route=emergency,
        safeguarding_route=safeguarding,
        reference=row.reference,
        state=await reads.told_state(work, row, person),
    )


def _enter(work: Work, row: ConcernRow, addition: Addition, who: str) -> None:
    needed = {"text": addition.reason} if addition.reason else {}
    marks = judge({"text": addition.text}, needed, work.today, urgent=addition.urgent)
    personal_data.record(work, marks, who, row.id, partnership=row.partnership)
    facts = {"field": addition.field} if addition.field else {}
    enter(work, row, addition.kind, addition.text, facts, who).personal_data = personal_data.kept(
        marks
    )


def enter(
    work: Work, row: ConcernRow, kind: EntryKind, text: str, facts: dict[str, Any], who: str
) -> ConcernEntryRow:
    """Add an entry to a concern."""
    entry = ConcernEntryRow(
        id=work.new_id(),
        partnership=row.partnership,
        concern_id=row.id,
        kind=kind,
        text=text,
        facts=facts,
        said_by=who[:140],
        at=work.now,
    )
    work.session.add(entry)
    search.wait(work, row)
    return entry


async def answer(
    work: Work,
    person: Person,
    concern_id: UUID,
    outcome: ConcernOutcome,
    text: str,
    reason: str | None = None,
) -> str | None:
    """It is dealt with: who told it is told what became of it. Raises Refused.

    `reason` says why personal data has to stand in the text. Gives what has to be told by hand.
    """
    row = await store.concern(work, person.partnerships, concern_id, holdings(person.roles))
    if row is None:
        raise not_found()
    rules.check_answer(ConcernState(row.state))
    marks = personal_data.check_texts(work, {"text": text}, {"text": reason} if reason else {})
    personal_data.record(work, marks, person.subject, row.id, partnership=row.partnership)
    enter(work, row, EntryKind.ANSWER, text, {"outcome": outcome.value}, person.subject)
    row.state = ConcernState.ANSWERED
    work.audit(person.subject, "concern.answered", row.id, partnership=row.partnership)
    told = await who_told(work, row)
    if told is not None:
        with span("answer concern", links=[row.traceparent]):
            work.announce(
                ConcernAnswered(
                    partnership=row.partnership,
                    handling=told,
                    location_id=row.location_id,
                    concern_id=row.id,
                    reference=row.reference,
                    outcome=outcome,
                    reporter_ref=row.reporter_ref,
                )
            )
    return by_hand(row, person.subject)
