"""Find out how much of a QIP somebody may read."""

from __future__ import annotations

from services.meetings.domain.readers import Case, Level, Reader, level_of
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.policy import agreement_in_force
from services.meetings.store import qips, register
from shared.contracts.words import Handling
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
    agreed = agreement_in_force(work, qip.partnership)
    able = {
        a.id
        for a in agencies.values()
        if agreed is not None and a.agreement_version == agreed and not a.suspended
    }
    return level_of(
        Reader(person.roles, person.agency, person.provider),
        Case(
            handling=Handling.of(qip.label, qip.holders),
            members=seated & able,
            provider_reference=case.location.provider_reference,
            contacted=case.contacted,
            implicated=case.implicated,
        ),
    )
