"""Keep what is refused at the door, say it, and pass on what is urgent or another team's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from services.intake.domain import requests as rules
from services.intake.domain.requests import Asked
from services.intake.handlers import request_askers, request_emergencies, requests
from services.intake.handlers.request_askers import Asker
from services.intake.store import requests as store
from services.intake.tables import RequestRow
from shared.contracts.intake import IntakeRequestRefused, RequestRouted
from shared.contracts.words import AgencyFunction, Handling, Label, Refused
from shared.platform.security import Person
from shared.platform.work import Work

RECORDED = frozenset({"WX0", "WX2", "WX4", "WX5", "WX6", "L1.2h", "L1.2i"})
"""Refusals that are kept as requests, so that they can be lifted and counted."""


def recorder(
    person: Person, asked: Asked
) -> Callable[[Work, Refused], Awaitable[tuple[UUID, Refused] | None]]:
    """Keeps a refused request in the work in which its refusal is said."""

    async def record(work: Work, refused: Refused) -> tuple[UUID, Refused] | None:
        if refused.refusal.rule not in RECORDED:
            return None
        asker = await request_askers.who_asks(work, person, asked)
        await requests.read_ahead(work, [(asker, asked.location)])
        row, said = await record_refusal(work, asker, asked, refused)
        return row.id, said

    return record


async def record_refusal(
    work: Work, asker: Asker, asked: Asked, refused: Refused
) -> tuple[RequestRow, Refused]:
    """Keep a refused request; its asker learns the reference under which it may be lifted."""
    place = await request_askers.place_of(work, asker, asked.location)
    refusal = refused.refusal
    row = requests.request_row(work, asker, asked, place)
    row.state, row.rule, row.clause = "refused", refusal.rule, refusal.clause
    row.pointer = refusal.instead
    store.keep(work, row)
    if refusal.rule == "WX4" and place is not None:
        _route(work, asker, asked, row)
    await request_emergencies.see_to(work, asker, asked, row, place)
    instead = f"{refusal.instead} Our reference is {row.reference}."
    return row, Refused(replace(refusal, instead=instead))


def say_refused(work: Work, asker: Asker, request_id: UUID, refused: Refused) -> None:
    """Say a refusal that came by Kafka, as the HTTP door says its own."""
    work.announce(
        IntakeRequestRefused(
            partnership=asker.partnership,
            request_id=request_id,
            rule=refused.refusal.rule,
            clause=refused.refusal.clause,
            agency_id=asker.agency.id if asker.agency else None,
        )
    )


def _route(work: Work, asker: Asker, asked: Asked, row: RequestRow) -> None:
    """Pass a visit on to the team for its risk: refused is not the same as dropped (WX4)."""
    lines = (
        work.policies.on(asker.partnership, work.today)
        .value("intake", "requests", "visit_functions")
        .texts
    )
    functions = rules.parse_pointers(lines)
    risk = asked.risk_type if asked.risk_type in functions else "other"
    if row.location_id is None or risk is None:
        return
    work.announce(
        RequestRouted(
            partnership=row.partnership,
            handling=Handling(Label.NAMED, (AgencyFunction(functions[risk]).value,)),
            location_id=row.location_id,
            request_id=row.id,
            reference=row.reference,
            risk_type=risk,
        )
    )
