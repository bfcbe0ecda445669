"""What notifications says: what became of each message, and what was disclosed."""

from __future__ import annotations

from shared.contracts.event import Event, Id, event
from shared.contracts.refusals import RequestRefused
from shared.contracts.words import DeliveryState


class _MessageFact(Event):
    message_id: Id
    cause_id: Id
    """The event that the message answers or passes on."""
    cause_type: str
    location_id: Id | None
    state: DeliveryState
    rule: str | None = None


@event("notifications.message.sent.v1", key="message_id", existence=None)
class MessageSent(_MessageFact):
    """The recipient's mail server accepted a message."""


@event("notifications.message.withheld.v1", key="message_id", existence=None)
class MessageWithheld(_MessageFact):
    """A message was not sent because a rule forbids it (L8b, WX14); its sender is told."""


@event("notifications.message.failed.v1", key="message_id", existence=None)
class MessageFailed(_MessageFact):
    """A message could not be delivered, or had nobody to go to; it needs its owner."""


@event("notifications.disclosure.made.v1", key="disclosure_id", existence=None)
class DisclosureMade(Event):
    """A message left to an audience; the ledger has the row (WG5).

    Said for messages only. What goes on agencies' feeds is in the ledger alone: an event for each
    record of each feed would double the traffic and tell nobody anything.
    """

    disclosure_id: Id
    cause_id: Id
    audience: str


@event("notifications.request.refused.v1", key="request_id", existence=None)
class NotificationsRequestRefused(RequestRefused):
    """A request to notifications was refused under a rule (WX0)."""
