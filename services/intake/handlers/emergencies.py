"""Somebody in danger comes first, also in a message that cannot be taken as it is (L1.2i).

What names a place that we know is handed to safeguarding with all of it that could be read; what
names none is told to safeguarding and to the owner until somebody has worked it off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from services.intake.domain import door, handling
from services.intake.domain.concerns import Concern
from services.intake.domain.held_content import is_reference
from services.intake.handlers import concerns, quarantine, where_to_turn
from services.intake.handlers.concerns import Teller
from services.intake.handlers.handovers import acknowledge_minutes
from services.intake.store import agencies
from services.intake.store import concerns as concern_store
from services.intake.store import messages as store
from services.intake.tables import QuarantineRow
from shared.contracts.envelope import rfc3339
from shared.contracts.inbound import ConcernRaised
from shared.contracts.intake import EmergencyUnplaced
from shared.contracts.words import AgencyFunction, Refused
from shared.platform.clocks import Due
from shared.platform.security import Person
from shared.platform.telemetry import log
from shared.platform.work import Work

UNPLACED = "emergency_unplaced"
"""The clock that tells of an emergency without a place until somebody has seen to it."""

_BY_PROVIDERS = frozenset({"POST /concerns", "POST /drafts/{draft_id}/submission"})
"""Where the portal speaks for a provider unless it says otherwise; elsewhere never."""

_NO_PLACE = "an emergency at a place that we do not know"
_TOO_MANY = "a suspended agency tells of more emergencies than are taken from it"
_NOT_READ = "The message could not be taken as it was sent; what it says lies in quarantine."


@dataclass(frozen=True, slots=True)
class SeenTo:
    """What the sender of an emergency is told: where to turn, and our reference if it has one."""

    emergency_route: str
    reference: str | None
    refused: Refused | None = None
    """Why nothing was handed over, where a suspended agency has had its limit."""


async def see_to(
    work: Work, teller: Teller, told: Mapping[str, Any] | None, item: QuarantineRow
) -> SeenTo | None:
    """Hand over an emergency that lies in quarantine; None where it is none."""
    if told is None or teller.partnership not in work.policies.partnerships:
        return None
    if refused := await _beyond_limit(work, teller, item):
        return SeenTo(where_to_turn.emergency(work, teller.partnership).text, None, refused)
    try:
        taken = await concerns.take_concern(work, teller, as_far_as_it_fits(work, told))
    except (Refused, ValidationError):
        tell_owner(work, item)
    else:
        item.reference = taken.reference
        quarantine.restrict(item, handling.of_handover())
    return SeenTo(where_to_turn.emergency(work, teller.partnership).text, item.reference)


async def _beyond_limit(work: Work, teller: Teller, item: QuarantineRow) -> Refused | None:
    """What a suspended agency tells beyond its limit waits in quarantine; the owner is told once.

    None where it is taken: from an agency that is not suspended always.
    """
    if not teller.is_suspended:
        return None
    await work.catch_up()  # some of them may have come just before
    pack = work.policies.on(teller.partnership, work.today)
    limit = pack.value("intake", "concerns", "suspended_emergencies_a_day")
    since = work.now - timedelta(days=1)
    told = await concern_store.emergencies_of(work, teller.partnership, teller.source, since)
    if told < limit.number:
        return None
    route = where_to_turn.emergency(work, teller.partnership)
    refused = door.too_many_emergencies(route.text, limit.clause)
    item.rule = refused.refusal.rule
    if not await store.owner_is_told(work, item):
        tell_owner(work, item, _TOO_MANY)
    return refused


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells over HTTP that speaks of danger and cannot be taken as it was sent."""

    door: str
    """The method and the address, as a template."""
    says: Mapping[str, Any]
    body: bytes
    why: Refused


async def see_to_told(work: Work, person: Person, told: Told) -> SeenTo | None:
    """The same for what somebody tells over HTTP; it lies in quarantine as well."""
    teller, own = await teller_of(work, person, told)
    if teller is None:
        return None
    item = item_of(work, teller, told)
    seen_to = await see_to(work, teller, told.says, item)
    await quarantine.hold(work, item)
    # Whether another provider's home is there is nobody's to learn.
    return seen_to if own or seen_to is None else replace(seen_to, reference=None)


def item_of(work: Work, teller: Teller, told: Told) -> QuarantineRow:
    """What was told, as it is kept for those who triage."""
    sender = quarantine.Sender(teller.partnership, teller.source, teller.is_police)
    return quarantine.item_of(work, sender, (told.door, 0, 0), told.body, told.why)


async def teller_of(work: Work, person: Person, told: Told) -> tuple[Teller | None, bool]:
    """Who tells, and whether it is about a place for which that one speaks."""
    location, reported_by = told.says.get("location"), told.says.get("reported_by")
    by = reported_by if isinstance(reported_by, str) else "provider"
    by = by if told.door in _BY_PROVIDERS else "staff"
    if person.agency is None and isinstance(location, str) and is_reference(location):
        try:
            return await concerns.teller_of(work, person, location, by), True
        except Refused:
            pass
    if not person.partnerships:
        return None, False
    if person.agency is not None:
        return await _teller_of_agency(work, person.agency), True
    provider = concerns.of_a_provider(person)
    source = f"provider:{person.provider}" if provider else f"staff:{person.subject}"
    return Teller(min(person.partnerships), source), False


async def _teller_of_agency(work: Work, agency_id: str) -> Teller | None:
    agency = (await agencies.agencies(work, {agency_id})).get(agency_id)
    if agency is None:
        return None
    police = AgencyFunction.POLICE in agency.functions
    return Teller(
        agency.partnership,
        f"agency:{agency_id}",
        is_police=police,
        is_suspended=agency.suspended,
    )


def as_far_as_it_fits(work: Work, told: Mapping[str, Any]) -> Concern:
    """The concern with each field that fits, and something neutral in place of the others.

    Raises ValidationError where not even the location fits.
    """
    content = json.dumps(told, sort_keys=True).encode()
    told = {**told, "description": told.get("description", told.get("text"))}
    # The sender's own reference stays free for the message that it sends again as it should be.
    own = f"{concern_store.UNREAD}{hashlib.sha256(content).hexdigest()[:32]}-{work.today}"
    neutral: dict[str, Any] = {
        "location": told.get("location"),
        "reference": own,
        "occurred_on": work.today.isoformat(),
        "category": "other",
        "description": _NOT_READ,
        "action_taken": "",
        "measures": "",
    }
    fitting = {
        name: value
        for name, value in told.items()
        if name in ConcernRaised.model_fields and _fits({**neutral, name: value})
    }
    sound = {**neutral, **fitting, "reference": own, "immediate_danger": True}
    concern = concerns.told(ConcernRaised.model_validate_json(json.dumps(sound), strict=True))
    day = min(concern.occurred_on, work.today)
    return replace(concern, occurred_on=day)


def _fits(data: Mapping[str, Any]) -> bool:
    try:
        ConcernRaised.model_validate_json(json.dumps(data), strict=True)
    except ValidationError:
        return False
    return True


def tell_owner(work: Work, item: QuarantineRow, why: str = _NO_PLACE) -> None:
    """Nobody can be sent to a place that we do not know: safeguarding and the owner are told."""
    item.owner_needed = why
    quarantine.restrict(item, handling.of_restricted())
    log.error("emergency.unplaced", item_id=str(item.id))
    minutes = acknowledge_minutes(work, item.partnership)
    due = work.now + timedelta(minutes=minutes.number)
    work.set_clock(UNPLACED, item.id, due, partnership=item.partnership, clause=minutes.clause)
    work.announce(
        EmergencyUnplaced(
            partnership=item.partnership,
            handling=handling.of_restricted(),
            item_id=item.id,
            acknowledge_by=rfc3339(due),
            escalation=item.escalations,
            due_clause=minutes.clause,
        )
    )


async def escalate_unplaced(work: Work, due: Due) -> None:
    """Nobody has worked it off: tell them again."""
    item = await store.item_to_settle(work, [due.partnership], due.subject_id, None)
    if item is not None and item.state == "open":
        item.escalations += 1
        tell_owner(work, item, item.owner_needed or _NO_PLACE)
