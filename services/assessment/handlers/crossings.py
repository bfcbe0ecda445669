"""Let crossings begin, move, end and be decided on, and say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.assessment.domain.crossings import THEME, Place, Standing, State, change
from services.assessment.store import crossings as store
from services.assessment.tables import CrossingRow, LocationRow
from shared.contracts.assessment import ThemeDetected, TriggerEnded, TriggerMet, TriggerRaised
from shared.contracts.event import Event
from shared.contracts.words import Handling, ImplicatedRole, Trigger, derived_id
from shared.platform.dates import start_of_day
from shared.platform.telemetry import log
from shared.platform.work import Work

WINDOW = "trigger_window"
"""The clock that ends a crossing when its window falls below the threshold by time passing."""


async def settle(
    work: Work,
    location: LocationRow,
    held: Mapping[Place, CrossingRow],
    found: Mapping[Place, Standing | None],
    on: date,
) -> None:
    """Let what is kept agree with what was found; what ends has ended `on` a London date."""
    for place in sorted(found):
        row, now = held.get(place), found[place]
        what = change(store.held_of(row) if row else None, now)
        if row is not None and what.ends is not None:
            end(work, row, on)
        if what.begins is not None:
            await _begin(work, location, what.begins)
        if row is not None and what.moves is not None:
            store.move(work, row, what.moves.ends_on)
            _set_clock(work, row)


async def _begin(work: Work, location: LocationRow, found: Standing) -> None:
    row = await store.begin(work, location, found)
    _set_clock(work, row)
    log.info("crossing.began", rule=row.rule, state=row.state, crossing_id=str(row.id))
    _say(work, row, "began", _beginning(row))


def end(work: Work, row: CrossingRow, on: date) -> None:
    """End a crossing. What a person had rejected was over for others already."""
    said = row.rule != THEME and row.state != State.REJECTED.value
    if row.window_ends_on is not None:
        work.cancel_clock(WINDOW, row.id)
    store.end(work, row, on)
    log.info("crossing.ended", rule=row.rule, crossing_id=str(row.id))
    if said:
        _say(work, row, "ended", _ending(row, on))


def confirm(work: Work, row: CrossingRow) -> None:
    """A candidate is met, on a person's word."""
    store.decide(row, State.MET)
    _say(work, row, "confirmed", _beginning(row))


def reject(work: Work, row: CrossingRow) -> None:
    """A candidate is not met, on a person's word; it is not raised again while the rule holds."""
    store.decide(row, State.REJECTED)
    _say(work, row, "rejected", _ending(row, work.today))


def _say(work: Work, row: CrossingRow, what: str, event: Event) -> None:
    """Announce under an id that follows from the crossing and how often it has changed."""
    work.announce(event, id=derived_id(f"{row.rule}.{what}", row.id, str(row.revision)))


def _beginning(row: CrossingRow) -> Event:
    evidence = tuple(map(UUID, row.evidence))
    handling = Handling.of(row.label, row.holders)
    if row.rule == THEME:
        return ThemeDetected(
            partnership=row.partnership,
            handling=handling,
            location_id=row.location_id,
            theme_id=row.id,
            category=row.series,
            count=len(evidence),
            evidence=evidence,
            clause=row.clause,
        )
    fact = {
        "partnership": row.partnership,
        "handling": handling,
        "location_id": row.location_id,
        "crossing_id": row.id,
        "trigger": Trigger(row.rule),
        "evidence": evidence,
        "threshold": row.threshold,
        "clause": row.clause,
    }
    if row.state == State.CANDIDATE.value:
        return TriggerRaised.model_validate(fact)
    role = ImplicatedRole(row.implicated_role) if row.implicated_role else None
    return TriggerMet.model_validate(
        {**fact, "implicated_role": role, "attributed_to": row.attributed_to}
    )


def _ending(row: CrossingRow, on: date) -> TriggerEnded:
    return TriggerEnded(
        partnership=row.partnership,
        handling=Handling.of(row.label, row.holders),
        location_id=row.location_id,
        crossing_id=row.id,
        trigger=Trigger(row.rule),
        ended_on=on,
    )


def _set_clock(work: Work, row: CrossingRow) -> None:
    if row.window_ends_on is None:
        return
    due = start_of_day(row.window_ends_on)
    work.set_clock(WINDOW, row.id, due, partnership=row.partnership, clause=row.clause)
