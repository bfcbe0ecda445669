"""What notifications hears: everything. Here it is sorted by what it changes."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers import facts, membership, register
from shared.contracts.catalogue import HEARS, NOTIFICATIONS
from shared.contracts.envelope import Envelope
from shared.contracts.intake import AgencyUpdated, ContactChanged, ContactRemoved, LocationUpdated
from shared.contracts.meetings import MemberJoined, MemberLeft, QipOpened
from shared.platform.events import Heard, Subscribers
from shared.platform.work import Work

subscribers = Subscribers(NOTIFICATIONS)


@subscribers.on(LocationUpdated)
async def on_location_updated(work: Work, event: LocationUpdated, envelope: Envelope) -> None:
    await register.keep_location(work, event, envelope)


@subscribers.on(AgencyUpdated)
async def on_agency_updated(work: Work, event: AgencyUpdated, envelope: Envelope) -> None:
    await register.keep_agency(work, event, envelope)


@subscribers.on(ContactChanged)
async def on_contact_changed(work: Work, event: ContactChanged, envelope: Envelope) -> None:
    await register.keep_contact(work, event)


@subscribers.on(ContactRemoved)
async def on_contact_removed(work: Work, event: ContactRemoved, envelope: Envelope) -> None:
    await register.forget_contact(work, event.person_ref)


@subscribers.on(QipOpened)
async def on_qip_opened(work: Work, event: QipOpened, envelope: Envelope) -> None:
    await membership.open_qip(work, event, envelope)


@subscribers.on(MemberJoined)
async def on_member_joined(work: Work, event: MemberJoined, envelope: Envelope) -> None:
    await membership.join(work, event, envelope)


@subscribers.on(MemberLeft)
async def on_member_left(work: Work, event: MemberLeft, envelope: Envelope) -> None:
    await membership.leave(work, event, envelope)


_CHANGE_NOTHING_HERE = {cls for heard in HEARS[NOTIFICATIONS].values() for cls in heard} - set(
    subscribers.by_class
)


@subscribers.on_many(*_CHANGE_NOTHING_HERE)
async def on_any_other_fact(work: Work, heard: Sequence[Heard]) -> None:
    await facts.hear(work, heard)
