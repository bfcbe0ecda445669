"""Significant harm in what cannot be taken: it does not wait until that is mended (WCC1b).

What comes by Kafka is handed to safeguarding as far as it could be read: no person waits there for
the answer. Who tells it over HTTP, or in a file, is told at once where to report it, and mends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from services.intake.domain.concerns import Concern, took_action
from services.intake.handlers import concerns, emergencies, where_to_turn
from services.intake.handlers.concerns import Taken, Teller
from services.intake.handlers.emergencies import Told
from services.intake.tables import QuarantineRow
from shared.contracts.words import Refused
from shared.platform.security import Person
from shared.platform.work import Work

_NOT_SAID = "The message could not be taken as it was sent, and does not say."
_UNSEEN = "significant harm, in a message that could not be taken"


async def see_to(
    work: Work, teller: Teller, told: Mapping[str, Any] | None, item: QuarantineRow, why: Refused
) -> Refused:
    """Hand over what tells of harm and lies in quarantine; gives the refusal with where to turn.

    What names no place that we know, or comes from a suspended agency, lies there first of all.
    """
    if told is None or teller.partnership not in work.policies.partnerships:
        return why
    route = where_to_turn.harm(work, teller.partnership).text
    taken = None if teller.is_suspended else await _taken(work, teller, told)
    if taken is None:
        item.owner_needed = _UNSEEN
        return reporting(why, route)
    item.reference = taken.reference
    return reporting(why, taken.safeguarding_route or route)


async def _taken(work: Work, teller: Teller, told: Mapping[str, Any]) -> Taken | None:
    """The concern, as far as it fits; None where it names no place that we know."""
    try:
        return await concerns.take_concern(work, teller, _as_far_as_it_fits(work, teller, told))
    except (Refused, ValidationError):
        return None


def reporting(why: Refused, route: str) -> Refused:
    """The refusal, which says as well where to report the harm itself."""
    return Refused(replace(why.refusal, instead=f"{why.refusal.instead} {route}"))


async def route_for(work: Work, person: Person, told: Told) -> str | None:
    """The same for somebody who tells it over HTTP."""
    teller, _ = await emergencies.teller_of(work, person, told)
    if teller is None or teller.partnership not in work.policies.partnerships:
        return None
    return where_to_turn.harm(work, teller.partnership).text


def _as_far_as_it_fits(work: Work, teller: Teller, told: Mapping[str, Any]) -> Concern:
    """The concern, and of what it does not say, that. Raises ValidationError without a place."""
    found = emergencies.as_far_as_it_fits(work, told)
    known = work.policies.on(teller.partnership, work.today).value(
        "intake", "concerns", "categories"
    )
    acted = bool(found.action_taken.strip()) and took_action(found.action_taken)
    return replace(
        found,
        immediate_danger=False,
        significant_harm=True,
        category=found.category if found.category in known.texts else "other",
        action_taken=found.action_taken if acted else "none",
        action_none_reason=found.action_none_reason.strip() or ("" if acted else _NOT_SAID),
        measures=found.measures.strip() or _NOT_SAID,
    )
