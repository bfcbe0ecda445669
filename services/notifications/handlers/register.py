"""Keep what intake tells of locations, agencies and contacts; feeds follow rights (L1.1)."""

from __future__ import annotations

from uuid import UUID

from services.notifications.domain import rights
from services.notifications.handlers import deliveries, facts, feeds
from services.notifications.store import facts as fact_store
from services.notifications.store import feeds as feed_store
from services.notifications.store import locks
from services.notifications.store import register as store
from services.notifications.tables import AgencyRow, ContactRow, FunctionRow, LocationRow
from shared.contracts.envelope import Envelope
from shared.contracts.intake import AgencyUpdated, ContactChanged, LocationUpdated
from shared.contracts.words import derived_id
from shared.platform.clocks import Due
from shared.platform.dates import start_of_day
from shared.platform.work import Work

RIGHTS_CHANGE = "agency.rights_change"
"""The clock of the day on which a function of an agency begins or ends."""


async def keep_location(work: Work, event: LocationUpdated, envelope: Envelope) -> None:
    """Keep a location; what was heard about it before it was known is told now."""
    await facts.keep(work, envelope)
    await locks.change_case(work, event.location_id)
    new = await store.save_location(
        work,
        LocationRow(
            id=event.location_id,
            partnership=event.partnership,
            provider_id=event.provider_id,
            reference=event.reference,
            name=event.name,
            category=event.category,
            very_small=event.very_small,
            active=event.active,
        ),
    )
    if new:
        await _tell_what_came_before(work, event)


async def _tell_what_came_before(work: Work, event: LocationUpdated) -> None:
    """Tell what was heard about a location before the location itself."""
    after = 0
    while heard := await fact_store.about(work, event.partnership, event.location_id, after):
        after = heard[-1].seq
        await facts.tell(work, heard, again=True)
        await feed_store.bound(work)


async def keep_agency(work: Work, event: AgencyUpdated, envelope: Envelope) -> None:
    """Keep an agency; where its rights have changed its feed follows them at once (L1.1)."""
    await facts.keep(work, envelope)
    await locks.change_agency(work, event.partnership)
    before = await _agency(work, event.partnership, event.agency_id)
    await store.save_agency(
        work,
        AgencyRow(
            id=event.agency_id,
            partnership=event.partnership,
            name=event.name,
            agreement_version=event.agreement_version,
            suspended=event.suspended,
        ),
        [
            FunctionRow(
                partnership=event.partnership,
                agency_id=event.agency_id,
                function=held.function,
                held_from=held.held_from,
                held_to=held.held_to,
            )
            for held in event.functions
        ],
    )
    after = await _agency(work, event.partnership, event.agency_id)
    if event.suspended:
        await deliveries.withhold_from(work, event.partnership, event.agency_id)
    if after is not None and after != before:
        await feeds.review(work, event.partnership, after)
        await _watch(work, event.partnership, after)


async def rights_change(work: Work, due: Due) -> None:
    """A function of an agency began or ended with the day."""
    await locks.change_agency(work, due.partnership)
    for agency in await store.agencies(work, due.partnership):
        if _clock_of(agency.id) == due.subject_id:
            await feeds.review(work, due.partnership, agency)
            await _watch(work, due.partnership, agency)


async def keep_contact(work: Work, event: ContactChanged) -> None:
    """Keep an office holder's address. It is kept here only, so that it can be forgotten."""
    await store.save_contact(
        work,
        ContactRow(
            person_ref=event.person_ref,
            partnership=event.partnership,
            provider_id=event.provider_id,
            location_id=event.location_id,
            agency_id=event.agency_id,
            role=event.role,
            name=event.name,
            email=event.email,
        ),
    )


async def forget_contact(work: Work, person_ref: UUID) -> None:
    """Forget an office holder who left; what was still to be sent to them needs its owner."""
    await store.remove_contact(work, person_ref)
    await deliveries.give_up_on(work, person_ref)


async def _agency(work: Work, partnership: str, agency_id: str) -> rights.Agency | None:
    found = await store.agencies(work, partnership, only=agency_id)
    return found[0] if found else None


async def _watch(work: Work, partnership: str, agency: rights.Agency) -> None:
    subject = _clock_of(agency.id)
    day = rights.next_change(agency.functions, work.today)
    if day is None:
        work.cancel_clock(RIGHTS_CHANGE, subject)
        return
    work.set_clock(
        RIGHTS_CHANGE,
        subject,
        start_of_day(day),
        partnership=partnership,
        clause="functions are held from a day to a day",
    )


def _clock_of(agency_id: str) -> UUID:
    return derived_id(RIGHTS_CHANGE, agency_id, "")
