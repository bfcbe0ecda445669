"""Keep what intake tells of locations, agencies and contacts; seats pass to successors (L4)."""

from __future__ import annotations

from services.meetings.domain.agencies import Agency, Seat, takes_over_on
from services.meetings.handlers.handling import held_by
from services.meetings.store import qips
from services.meetings.store import register as store
from services.meetings.tables import AgencyRow, ContactRow, LocationRow, MemberRow, QipRow
from shared.contracts.intake import AgencyUpdated, ContactChanged, ContactRemoved, LocationUpdated
from shared.contracts.meetings import MemberJoined, MemberLeft
from shared.contracts.words import AgencyFunction, derived_id
from shared.platform.clocks import Due
from shared.platform.dates import start_of_day
from shared.platform.work import Work

SUCCESSION = "succession"
"""The clock of the day on which a successor takes over its predecessor's seats."""


async def keep_location(work: Work, event: LocationUpdated) -> None:
    """Keep a location as it is from now on."""
    await store.save_location(
        work,
        LocationRow(
            id=event.location_id,
            partnership=event.partnership,
            provider_id=event.provider_id,
            provider_reference=event.provider_reference,
            name=event.name,
            category=event.category,
            cqc_registered=event.cqc_registered,
            active=event.active,
        ),
    )


async def keep_contact(work: Work, event: ContactChanged) -> None:
    """Keep a contact's name and address."""
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


async def forget_contact(work: Work, event: ContactRemoved) -> None:
    """Forget the name and address of somebody who left."""
    await store.remove_contact(work, event.person_ref)


async def keep_agency(work: Work, event: AgencyUpdated) -> None:
    """Keep an agency, and let successors take the seats that are theirs."""
    await store.save_agency(
        work,
        AgencyRow(
            partnership=event.partnership,
            id=event.agency_id,
            name=event.name,
            functions=[held.model_dump(mode="json") for held in event.functions],
            agreement_version=event.agreement_version,
            suspended=event.suspended,
            successor_of=event.successor_of,
            succeeds=list(event.succeeds),
        ),
    )
    await pass_seats(work, event.partnership)


async def pass_seats_today(work: Work, due: Due) -> None:
    """A successor's functions begin today: it takes over its predecessor's seats."""
    await pass_seats(work, due.partnership)


async def pass_seats(work: Work, partnership: str) -> None:
    """Seats pass to successors on the day on which they hold the function; history stays."""
    agencies = await store.agencies(work, partnership)
    for heir in agencies.values():
        for predecessor in sorted(heir.succeeds) if not heir.suspended else ():
            for member, qip in await qips.seats_of(work, partnership, predecessor):
                await _pass_seat(work, heir, member, qip)


async def _pass_seat(work: Work, heir: Agency, member: MemberRow, qip: QipRow) -> None:
    seat = Seat(member.agency_id, AgencyFunction(member.function))
    begins = takes_over_on(heir, seat)
    if begins is not None and begins > work.today:
        subject = derived_id(SUCCESSION, heir.id, begins.isoformat())
        work.set_clock(
            SUCCESSION,
            subject,
            start_of_day(begins),
            partnership=qip.partnership,
            clause="L4.6",
        )
    if not heir.holds(seat.function, work.today):
        return
    member.left_at = work.now
    if qip.label is not None:
        qip.holders = sorted({*qip.holders, f"agency:{heir.id}"})
    work.announce(
        MemberLeft(
            partnership=qip.partnership,
            handling=held_by(qip),
            location_id=qip.location_id,
            qip_id=qip.id,
            agency_id=seat.agency_id,
        )
    )
    await seat_member(work, qip, Seat(heir.id, seat.function))


async def seat_member(work: Work, qip: QipRow, seat: Seat) -> None:
    """Give an agency a seat in a QIP, or its earlier seat back; no change where it sits already."""
    rows = await qips.members(work, qip.partnership, qip.id)
    earlier = next((row for row in rows if row.agency_id == seat.agency_id), None)
    if earlier is not None and earlier.left_at is None:
        return
    if earlier is not None:
        earlier.function, earlier.joined_at, earlier.left_at = seat.function, work.now, None
    else:
        work.session.add(
            MemberRow(
                qip_id=qip.id,
                agency_id=seat.agency_id,
                partnership=qip.partnership,
                function=seat.function,
                joined_at=work.now,
            )
        )
    work.announce(
        MemberJoined(
            partnership=qip.partnership,
            handling=held_by(qip),
            location_id=qip.location_id,
            qip_id=qip.id,
            agency_id=seat.agency_id,
            function=seat.function,
        )
    )
