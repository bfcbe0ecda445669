"""Hear a fact: keep it unprojected, tell the agencies that may know it, write to whom it is for."""

from __future__ import annotations

from services.notifications.domain.mails import MAILED
from services.notifications.handlers import feeds, mails
from services.notifications.store import facts as store
from services.notifications.store import locks, register
from services.notifications.store.facts import Kept
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.platform.work import Work


async def hear(work: Work, event: Event, envelope: Envelope) -> None:
    """Keep a fact and tell it to those who may know it now."""
    kept = await keep(work, event, envelope)
    if kept.shareable:
        await tell(work, kept)


async def keep(work: Work, event: Event, envelope: Envelope) -> Kept:
    """Keep a fact unprojected."""
    return await store.keep(work, event, envelope)


async def tell(work: Work, kept: Kept, *, again: bool = False) -> None:
    """Tell a fact; `again` where it was told before and only what is new may follow."""
    location_id = kept.fact.location_id
    await locks.read_rights(work, kept.partnership, location_id)
    if location_id is None:
        # A fact about no location is an answer: it concerns only the agency that is its key.
        agencies = await register.agencies(work, kept.partnership, only=kept.key)
        await feeds.tell_agencies(work, kept, agencies, in_qip=False, again=again)
        return
    place, since, qip_id = await register.standing(work, kept.partnership, location_id)
    agencies = await register.agencies(work, kept.partnership, qip_id=qip_id)
    kept = kept.at(place)
    in_qip = since is not None and kept.seq >= since
    await feeds.tell_agencies(work, kept, agencies, in_qip=in_qip, again=again)
    # Until the location is known nothing can be written about it: hearing of it tells this again.
    if place is not None and kept.fact.event_type in MAILED:
        await mails.write_to_people(work, kept, agencies)
