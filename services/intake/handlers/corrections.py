"""The desk decides on a correction that who told a concern has asked for."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.intake.domain import concerns as rules
from services.intake.domain import door
from services.intake.domain.concerns import (
    SAFEGUARDINGS,
    ConcernState,
    Correctable,
    CorrectionOutcome,
    EntryKind,
)
from services.intake.handlers import concerns, followups, personal_data, tellers, triage
from services.intake.store import concerns as store
from services.intake.store import register
from services.intake.store import told as told_store
from services.intake.tables import ConcernEntryRow, ConcernRow, LocationRow
from shared.contracts.holdings import holdings
from shared.contracts.intake import CorrectionDecided
from shared.contracts.words import AgencyFunction, Handling, Role
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


async def decide(
    work: Work,
    person: Person,
    concern_id: UUID,
    entry_id: UUID,
    outcome: CorrectionOutcome,
    value: str | None,
    reason: str,
) -> ConcernRow:
    """Accept a correction, with the new value of a fact, or decline it. Raises Refused.

    The old value is kept as an entry, and who asked is told. What safeguarding has, safeguarding
    corrects.
    """
    row = await store.concern(work, person.partnerships, concern_id, holdings(person.roles))
    if row is None:
        raise not_found()
    if row.state in SAFEGUARDINGS and not person.has(Role.SAFEGUARDING):
        raise rules.with_safeguarding()
    asked = await _asked(work, row, entry_id, outcome, value)
    personal_data.check_staff(work, reason=reason)
    with span("decide on correction", links=[row.traceparent]):
        was = await _correct(work, row, asked, value) if value is not None else None
        facts = {"entry": str(entry_id), "outcome": outcome.value, **asked.facts}
        facts |= {"was": was, "is": value} if was is not None else {}
        kind, who = EntryKind.CORRECTION_DECISION, person.subject
        followups.enter(work, row, kind, reason, facts, who)
        did = f"correction.{outcome}"
        work.audit(who, did, row.id, partnership=row.partnership, why=reason)
        await _tell(work, row, outcome)
    return row


async def _asked(
    work: Work, row: ConcernRow, entry_id: UUID, outcome: CorrectionOutcome, value: str | None
) -> ConcernEntryRow:
    entries = await told_store.entries(work, row.id)
    asked = next((one for one in entries if one.id == entry_id), None)
    if asked is None:
        raise not_found()
    decided = str(entry_id) in {one.facts.get("entry") for one in entries}
    field = asked.facts.get("field")
    rules.check_correction(asked.kind, decided=decided, field=field, outcome=outcome, value=value)
    return asked


async def _correct(work: Work, row: ConcernRow, asked: ConcernEntryRow, value: str) -> str:
    """Change a fact; gives its old value. Raises Refused."""
    match Correctable(asked.facts["field"]):
        case Correctable.CATEGORY:
            known = work.policies.on(row.partnership, work.today).value(
                "intake", "concerns", "categories"
            )
            rules.check_category(value, known.texts, known.clause, field="value")
            was, row.category = row.category, value
        case Correctable.OCCURRED_ON:
            day = _day(value)
            door.not_in_the_future(day, work.today, "value")
            was, row.occurred_on = row.occurred_on.isoformat(), day
        case _:
            return await _move(work, row, value)
    _say_again(work, row)
    return was


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise door.unfit_fields(["value"]) from None


async def _move(work: Work, row: ConcernRow, reference: str) -> str:
    """It was told of the wrong place: there it is withdrawn, and at the right one it is told."""
    place = await register.location_by_reference(work, row.partnership, reference)
    before = await register.location(work, [row.partnership], row.location_id)
    if place is None or before is None or not await _same_teller(work, row, place):
        raise door.unknown_location()
    if place.id == row.location_id:
        return before.reference
    if _known_outside(row):
        concerns.announce_withdrawn(work, row)
    row.location_id = place.id
    _hold_as_strictly(row, place)
    _say_again(work, row)
    return before.reference


async def _same_teller(work: Work, row: ConcernRow, place: LocationRow) -> bool:
    """A provider's concern stays one about its own locations."""
    if not row.source.startswith("provider:"):
        return True
    provider = await register.reference_of_provider(work, place.provider_id)
    return row.source == f"provider:{provider}"


def _hold_as_strictly(row: ConcernRow, place: LocationRow) -> None:
    """A very small place restricts it; what was restricted stays so."""
    if row.label is None:
        held = concerns.held_as(row.source, place, row.implicated_role)
        row.label, row.holders = held.label, list(held.holders)


def _known_outside(row: ConcernRow) -> bool:
    """What is safeguarding's alone was told to nobody as a concern."""
    only = [AgencyFunction.COUNCIL_SAFEGUARDING.value]
    return row.state != ConcernState.WITHDRAWN and list(row.holders) != only


def _say_again(work: Work, row: ConcernRow) -> None:
    """The others learn what the concern says now; it is the same concern."""
    if not _known_outside(row):
        return
    concerns.announce_received(work, row, Handling.of(row.label, row.holders))
    if row.state in {ConcernState.TRIAGED, ConcernState.ANSWERED}:
        triage.announce_triaged(work, row)


async def _tell(work: Work, row: ConcernRow, outcome: CorrectionOutcome) -> None:
    told = await tellers.who_told(work, row)
    if told is None:
        return
    work.announce(
        CorrectionDecided(
            partnership=row.partnership,
            handling=told,
            location_id=row.location_id,
            concern_id=row.id,
            reference=row.reference,
            outcome=outcome.value,
            reporter_ref=row.reporter_ref,
        )
    )
