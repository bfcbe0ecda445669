"""Somebody asks for something, and somebody is in danger: that comes first (L1.2i)."""

from __future__ import annotations

from services.intake.domain import requests as rules
from services.intake.domain.concerns import Concern
from services.intake.domain.requests import Asked
from services.intake.handlers import concerns, emergencies, quarantine, where_to_turn
from services.intake.handlers.request_askers import Asker
from services.intake.tables import LocationRow, RequestRow
from shared.contracts.words import AgencyFunction, Refused
from shared.platform.work import Work


async def see_to(
    work: Work, asker: Asker, asked: Asked, row: RequestRow, place: LocationRow | None
) -> str | None:
    """Hand a request's emergency over at once; gives the emergency route, None without danger."""
    if not asked.immediate_danger:
        return None
    route = where_to_turn.emergency(work, asker.partnership)
    if place is not None and not asker.is_suspended:
        await concerns.take_concern(work, _teller(asker), _concern(work, asked, row))
    else:
        why = rules.urgent(asked, route.text, route.clause)
        await _set_aside(work, _teller(asker), asked, row, why)
    return route.text


async def _set_aside(
    work: Work, teller: concerns.Teller, asked: Asked, row: RequestRow, why: Refused
) -> None:
    """What names no place that we know somebody has to find; a suspended agency has its limit."""
    sender = quarantine.Sender(teller.partnership, teller.source, teller.is_police)
    item = quarantine.item_of(work, sender, ("request", 0, 0), asked.text.encode(), why)
    item.reference = row.reference
    told = {"location": asked.location, "description": asked.text, "reference": row.reference}
    await emergencies.see_to(work, teller, told, item)
    await quarantine.hold(work, item)


def _teller(asker: Asker) -> concerns.Teller:
    return concerns.Teller(
        asker.partnership,
        asker.name,
        office=concerns.office_of(asker.roles) if asker.name.startswith("provider:") else None,
        is_police=asker.agency is not None and AgencyFunction.POLICE in asker.agency.functions,
        is_suspended=asker.is_suspended,
    )


def _concern(work: Work, asked: Asked, row: RequestRow) -> Concern:
    return Concern(
        location=asked.location or "",
        client_reference=row.reference,
        occurred_on=work.today,
        category="other",
        description=asked.text or "Something was asked; somebody is in immediate danger.",
        action_taken="",
        action_none_reason="",
        measures="",
        significant_harm=False,
        immediate_danger=True,
        implicated_role=None,
    )
