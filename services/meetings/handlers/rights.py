"""Find out how much of a QIP somebody may read."""

from __future__ import annotations

from services.meetings.domain.readers import Case, Level, Reader, level_of
from services.meetings.handlers.cases import QipCase
from services.meetings.store import qips, register
from services.meetings.store.considerations import handling_in
from shared.platform.security import Person
from shared.platform.work import Work


async def level(work: Work, person: Person, case: QipCase) -> Level | None:
    """How much of the case the person may see; None: not even that it exists."""
    qip = case.qip
    agencies = await register.agencies(work, qip.partnership)
    seated = {
        row.agency_id
        for row in await qips.members(work, qip.partnership, qip.id)
        if row.left_at is None
    }
    able = {a.id for a in agencies.values() if a.has_agreement and not a.suspended}
    return level_of(
        Reader(person.roles, person.agency, person.provider),
        Case(
            handling=handling_in(qip.label, qip.holders),
            members=seated & able,
            provider_reference=case.location.provider_reference,
            contacted=case.contacted,
            implicated=case.implicated,
        ),
    )
