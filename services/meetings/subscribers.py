"""What meetings hears: the register, who keeps what secret, triggers, and what became of mails."""

from __future__ import annotations

from services.meetings.handlers import confidentiality, deliveries, register, triggers
from shared.contracts.assessment import TriggerEnded, TriggerMet, TriggerRaised
from shared.contracts.catalogue import MEETINGS
from shared.contracts.envelope import Envelope
from shared.contracts.intake import (
    AgencyUpdated,
    ConfidentialityAccepted,
    ContactChanged,
    ContactRemoved,
    LocationUpdated,
)
from shared.contracts.notifications import MessageFailed, MessageSent, MessageWithheld
from shared.platform.events import Subscribers
from shared.platform.work import Work

subscribers = Subscribers(MEETINGS)


@subscribers.on(LocationUpdated)
async def on_location_updated(work: Work, event: LocationUpdated, envelope: Envelope) -> None:
    await register.keep_location(work, event)


@subscribers.on(AgencyUpdated)
async def on_agency_updated(work: Work, event: AgencyUpdated, envelope: Envelope) -> None:
    await register.keep_agency(work, event)


@subscribers.on(ConfidentialityAccepted)
async def on_confidentiality_accepted(
    work: Work, event: ConfidentialityAccepted, envelope: Envelope
) -> None:
    await confidentiality.keep(work, event)


@subscribers.on(ContactChanged)
async def on_contact_changed(work: Work, event: ContactChanged, envelope: Envelope) -> None:
    await register.keep_contact(work, event)


@subscribers.on(ContactRemoved)
async def on_contact_removed(work: Work, event: ContactRemoved, envelope: Envelope) -> None:
    await register.forget_contact(work, event)


@subscribers.on(TriggerRaised)
async def on_trigger_raised(work: Work, event: TriggerRaised, envelope: Envelope) -> None:
    await triggers.note_raised(work, event)


@subscribers.on(TriggerMet)
async def on_trigger_met(work: Work, event: TriggerMet, envelope: Envelope) -> None:
    await triggers.consider(work, event)


@subscribers.on(TriggerEnded)
async def on_trigger_ended(work: Work, event: TriggerEnded, envelope: Envelope) -> None:
    await triggers.note_ended(work, event)


@subscribers.on(MessageSent, MessageWithheld, MessageFailed)
async def on_message_settled(
    work: Work, event: MessageSent | MessageWithheld | MessageFailed, envelope: Envelope
) -> None:
    await deliveries.note_delivery(work, event)
