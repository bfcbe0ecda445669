"""Record what agencies tell beside concerns: enquiries, ratings, complaints, returns, reviews."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain import door, handling
from services.intake.domain import signals as rules
from services.intake.domain.concerns import check_category
from services.intake.store import register
from services.intake.tables import LocationRow, SignalRow
from shared.contracts import inbound
from shared.contracts.event import Event
from shared.contracts.intake import (
    ComplaintRecorded,
    ContractReviewRecorded,
    CqcRatingChanged,
    QualityReturnRecorded,
    SafeguardingOutcomeRecorded,
)
from shared.contracts.words import derived_id
from shared.platform.work import Work

Signal = (
    inbound.SafeguardingEnquiryUpdated
    | inbound.CqcRatingPublished
    | inbound.ComplaintReceived
    | inbound.QualityReturnSubmitted
    | inbound.ContractReviewCompleted
)


async def record_signal(work: Work, agency: door.Agency, message: Signal) -> str:
    """Record a signal and announce it; gives our reference. Raises Refused."""
    location = await register.location_by_reference(work, agency.partnership, message.location)
    if location is None:
        raise door.unknown_location()
    day, field = _day_of(message)
    door.not_in_the_future(day, work.today, field)
    if isinstance(message, inbound.ComplaintReceived):
        _check_theme(work, agency, message)
    row = SignalRow(
        id=work.new_id(),
        partnership=agency.partnership,
        location_id=location.id,
        kind=message.spec.type,
        agency_id=agency.id,
        reference=work.new_reference("SG"),
        occurred_on=day,
        received_at=work.now,
        facts=message.model_dump(mode="json", exclude={"location"}),
    )
    event = _event_of(message, location, row)
    work.session.add(row)
    work.announce(event)
    return row.reference


def _check_theme(work: Work, agency: door.Agency, message: inbound.ComplaintReceived) -> None:
    """A theme goes to other agencies, so it is a word of the policy's and never one's own."""
    pack = work.policies.on(agency.partnership, work.today)
    known = pack.value("intake", "concerns", "categories")
    check_category(message.theme, known.texts, known.clause, field="theme")


def _day_of(message: Signal) -> tuple[date, str]:
    match message:
        case inbound.SafeguardingEnquiryUpdated():
            return message.updated_on, "updated_on"
        case inbound.CqcRatingPublished():
            return message.published_on, "published_on"
        case inbound.ComplaintReceived():
            return message.received_on, "received_on"
        case inbound.QualityReturnSubmitted():
            return message.submitted_on, "submitted_on"
        case inbound.ContractReviewCompleted():
            return message.reviewed_on, "reviewed_on"


def _event_of(message: Signal, location: LocationRow, row: SignalRow) -> Event:
    common: dict[str, Any] = {
        "partnership": row.partnership,
        "location_id": location.id,
        "signal_id": row.id,
    }
    if not isinstance(message, inbound.CqcRatingPublished):
        common["handling"] = handling.of_concern(
            very_small=location.very_small,
            implicated=False,
            police=False,
            source_holder=f"agency:{row.agency_id}",
        )
        common["occurred_on"] = row.occurred_on
    match message:
        case inbound.SafeguardingEnquiryUpdated():
            return _enquiry(message, common, _matter(row, message.enquiry_reference))
        case inbound.CqcRatingPublished():
            return CqcRatingChanged(
                **common,
                key_question=message.key_question,
                rating=message.rating,
                published_on=message.published_on,
            )
        case inbound.ComplaintReceived():
            return ComplaintRecorded(
                **common,
                matter_id=_matter(row, message.complaint_reference),
                theme=message.theme,
            )
        case inbound.QualityReturnSubmitted():
            return QualityReturnRecorded(
                **common,
                agency_id=row.agency_id,
                quarter=message.quarter,
                clinical_risk=message.clinical_risk,
            )
        case inbound.ContractReviewCompleted():
            unmet = tuple(_matter(row, f"action {action}") for action in message.unmet_actions)
            return ContractReviewRecorded(**common, unmet_actions=unmet)


def _matter(row: SignalRow, reference: str) -> UUID:
    """The same matter of the same agency has the same id, and its reference stays here."""
    return derived_id("matter", row.location_id, f"{row.agency_id}:{reference}")


def _enquiry(
    message: inbound.SafeguardingEnquiryUpdated, common: dict[str, Any], matter: UUID
) -> Event:
    rules.check_wider_concern(
        found=message.wider_concern, assessed_by=message.wider_concern_assessed_by
    )
    return SafeguardingOutcomeRecorded(
        **common,
        matter_id=matter,
        enquiry_type=message.enquiry_type,
        status=message.status,
        improvements=message.improvements,
        wider_concern=message.wider_concern,
        improvement_needed=message.improvement_needed,
    )
