"""What people read of intake, within their partnerships; narratives are read on the record."""

from __future__ import annotations

from uuid import UUID

from services.intake.handlers.concerns import of_a_provider
from services.intake.store import concerns as store
from services.intake.store import handovers, messages, register
from services.intake.tables import ConcernRow, ContactRow, QuarantineRow
from services.intake.views import (
    ConcernLine,
    ConcernStatus,
    ConcernView,
    ContactLine,
    HandoverLine,
    LocationLine,
    LocationView,
    QuarantineItem,
    QuarantineLine,
)
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


async def concern_lines(work: Work, person: Person, state: str, limit: int) -> list[ConcernLine]:
    """Concerns of a state, without narrative."""
    rows = await store.concerns(work, person.partnerships, state, limit)
    return [ConcernLine.model_validate({**row.model_dump(), "concern_id": row.id}) for row in rows]


async def concern(work: Work, person: Person, concern_id: UUID) -> ConcernView:
    """A concern with its narrative; who read it is recorded."""
    row = await store.concern(work, person.partnerships, concern_id)
    if row is None:
        raise not_found()
    await work.audit(person.subject, "concern.read", row.id, partnership=row.partnership)
    return ConcernView.model_validate({**row.model_dump(), "concern_id": row.id})


async def concern_status(work: Work, person: Person, reference: str) -> ConcernStatus:
    """State only. A provider's people see what their own provider told."""
    row = await store.concern_by_reference(work, person.partnerships, reference)
    if row is None or not _told_by(person, row):
        raise not_found()
    return ConcernStatus(reference=row.reference, state=row.state)


def _told_by(person: Person, row: ConcernRow) -> bool:
    if of_a_provider(person):
        return row.source == f"provider:{person.provider}"
    return True


async def handover_lines(work: Work, person: Person) -> list[HandoverLine]:
    """Open handovers, the oldest first."""
    return [
        HandoverLine.model_validate({**found.model_dump(), "reference": row.reference})
        for found, row in await handovers.open_handovers(work, person.partnerships)
    ]


async def location_lines(work: Work, person: Person, after: str, limit: int) -> list[LocationLine]:
    """A page of locations."""
    rows = await register.locations(work, person.partnerships, after, limit)
    return [
        LocationLine.model_validate({**row.model_dump(), "location_id": row.id}) for row in rows
    ]


async def location(work: Work, person: Person, location_id: UUID) -> LocationView:
    """One location with source and date (WS1)."""
    row = await register.location(work, person.partnerships, location_id)
    if row is None:
        raise not_found()
    provider = await register.provider(work, row.provider_id)
    return LocationView.model_validate(
        {
            **row.model_dump(),
            "location_id": row.id,
            "provider_reference": provider.reference,
            "provider_name": provider.name,
            "commissioned_by": row.partnership if row.commissioned else None,
        }
    )


async def contact_lines(
    work: Work, person: Person, agency_id: str | None, location_id: UUID | None
) -> list[ContactLine]:
    """Those of one place, in the order of their names; without a place nobody."""
    rows = [
        row
        for partnership in sorted(person.partnerships)
        for row in await register.contacts_of_place(work, partnership, location_id, agency_id)
        if agency_id is not None or location_id is not None
    ]
    return [ContactLine.model_validate(row.model_dump()) for row in sorted(rows, key=_by_name)]


def _by_name(row: ContactRow) -> tuple[str, str]:
    return (row.name, str(row.person_ref))


def _line(row: QuarantineRow) -> dict[str, object]:
    return {**row.model_dump(), "item_id": row.id, "offset": row.log_offset}


async def quarantine_lines(work: Work, person: Person, limit: int) -> list[QuarantineLine]:
    """What lies in quarantine, without content."""
    rows = await messages.quarantined(work, person.partnerships, limit)
    return [QuarantineLine.model_validate(_line(row)) for row in rows]


async def quarantine_item(work: Work, person: Person, item_id: UUID) -> QuarantineItem:
    """One item with content; who read it is recorded."""
    row = await messages.quarantined_item(work, person.partnerships, item_id)
    if row is None:
        raise not_found()
    await work.audit(person.subject, "quarantine.read", row.id, partnership=row.partnership)
    content = (row.content or b"").decode("utf-8", "replace")
    return QuarantineItem.model_validate({**_line(row), "content": content})
