"""Find out which QIPs somebody may read, and how much of them."""

from __future__ import annotations

from uuid import UUID

from services.meetings.domain.readers import Case, Level, Reader, level_of
from services.meetings.handlers.policy import agreement_in_force
from services.meetings.store import readable
from services.meetings.store.readable import Near
from shared.contracts.words import Handling
from shared.platform.security import Person
from shared.platform.work import Work


async def level(
    work: Work, person: Person, *, qip_id: UUID | None = None, meeting_id: UUID | None = None
) -> Level | None:
    """How much of a QIP the person may see; None: not even that it exists, or there is none."""
    found = await levels(work, person, qip_id=qip_id, meeting_id=meeting_id)
    return found[0][1] if found else None


async def levels(
    work: Work, person: Person, *, qip_id: UUID | None = None, meeting_id: UUID | None = None
) -> list[tuple[Near, Level]]:
    """The QIPs that a person may see, the newest first, and how much of each."""
    reader = Reader(person.roles, person.agency, person.provider)
    partnerships = person.partnerships
    near = await readable.near(work, partnerships, reader, qip_id=qip_id, meeting_id=meeting_id)
    contacted = await readable.contacted(work, partnerships, [qip.qip_id for qip in near])
    about = [qip.consideration_id for qip in near]
    implicated = await readable.implicated(work, partnerships, about)
    signed = await readable.agreements(work, partnerships, person.agency)
    agreed = {p for p in signed if signed[p] and signed[p] == agreement_in_force(work, p)}
    found = []
    for qip in near:
        case = Case(
            handling=Handling.of(qip.label, qip.holders),
            members=[reader.agency] if reader.agency and _seated(qip, agreed) else [],
            provider_reference=qip.provider_reference,
            contacted=contacted.get(qip.qip_id, ()),
            implicated=implicated.get(qip.consideration_id, ()),
        )
        seen = level_of(reader, case)
        if seen is not None:
            found.append((qip, seen))
    return found


def _seated(qip: Near, agreed: set[str]) -> bool:
    return qip.seated and qip.partnership in agreed
