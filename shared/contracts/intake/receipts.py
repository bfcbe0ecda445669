"""What intake answers at its doors: refusals and receipts."""

from __future__ import annotations

from typing import Annotated, Literal

from shared.contracts.event import ADDED_LATER, Event, event
from shared.contracts.refusals import RequestRefused
from shared.contracts.words import Label

NAMED = Label.NAMED


@event("intake.request.refused.v1", key="request_id", existence=None)
class IntakeRequestRefused(RequestRefused):
    """A request at intake's doors was refused under a rule (WX0)."""


@event("intake.receipt.issued.v1", key="agency_id", existence=Label.NAMED)
class ReceiptIssued(Event):
    """What became of one inbound record: exactly one receipt per topic, partition and offset."""

    agency_id: Annotated[str, NAMED]
    topic: Annotated[str, NAMED]
    partition: Annotated[int, NAMED]
    offset: Annotated[int, NAMED]
    message_id: Annotated[str | None, NAMED]
    """The partner's own `ce_id`, where one could be read and is harmless to repeat."""
    status: Annotated[Literal["accepted", "duplicate", "refused", "quarantined"], NAMED]
    reference: Annotated[str | None, NAMED] = None
    rule: Annotated[str | None, NAMED] = None
    field: Annotated[str | None, NAMED] = None
    sentence: Annotated[str | None, NAMED] = None
    clause: Annotated[str | None, NAMED] = None
    instead: Annotated[str | None, NAMED] = None
    emergency_route: Annotated[str | None, NAMED] = None
    override_reasons: Annotated[tuple[str, ...], NAMED, ADDED_LATER] = ()
    """For which reasons the refusal can be lifted (WX0); none where nobody can."""
    approvers: Annotated[tuple[str, ...], NAMED, ADDED_LATER] = ()
    """The roles that may lift it."""
    partner_traceparent: Annotated[str | None, NAMED] = None
