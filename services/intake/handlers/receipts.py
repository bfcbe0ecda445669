"""Receipts: each inbound record ends in one, and says what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiokafka import ConsumerRecord

from services.intake.domain import door, handling
from services.intake.handlers import where_to_turn
from shared.contracts.envelope import CloudEvent
from shared.contracts.inbound import InboundMessage
from shared.contracts.intake import ReceiptIssued
from shared.contracts.words import Refused, derived_id
from shared.platform.work import Work

Status = Literal["accepted", "duplicate", "refused", "quarantined"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record."""

    status: Status
    reference: str | None = None
    emergency_route: str | None = None
    instead: str | None = None
    refused: Refused | None = None
    """A refusal that is kept as a request, and does not lie in quarantine."""


def told_again(work: Work, agency: door.Agency, message: InboundMessage, reference: str) -> Outcome:
    """The first answer again; who tells of danger or harm is told where to turn each time."""
    emergency, safeguarding = where_to_turn.after(
        work,
        agency.partnership,
        danger=getattr(message, "immediate_danger", False),
        harm=getattr(message, "significant_harm", False),
    )
    return Outcome("duplicate", reference, emergency_route=emergency, instead=safeguarding)


def issue(
    work: Work,
    agency: door.Agency,
    record: ConsumerRecord,
    event: CloudEvent | None,
    outcome: Outcome,
    refused: Refused | None,
) -> None:
    """Tell a publisher what became of its record; `event` where it could be read so far."""
    refusal = refused.refusal if refused else None
    place = f"{record.partition}:{record.offset}:{record.timestamp}"
    work.announce(
        ReceiptIssued(
            partnership=agency.partnership,
            handling=handling.of_receipt(agency.id),
            agency_id=agency.id,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            message_id=door.harmless(event.id) if event else None,
            status=outcome.status,
            reference=outcome.reference,
            rule=refusal.rule if refusal else None,
            field=refusal.field if refusal else None,
            sentence=refusal.sentence if refusal else None,
            clause=refusal.clause if refusal else None,
            instead=refusal.instead if refusal else outcome.instead,
            emergency_route=outcome.emergency_route,
            override_reasons=refusal.override_reasons if refusal else (),
            approvers=tuple(role.value for role in refusal.approvers) if refusal else (),
            partner_traceparent=event.traceparent if event else None,
        ),
        # One record, one receipt, however often it is read.
        id=derived_id("receipt", record.topic, place),
    )
