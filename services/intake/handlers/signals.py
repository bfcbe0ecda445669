"""Record what agencies tell beside concerns: enquiries, ratings, complaints, returns, reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain import door, handling
from services.intake.domain import signals as rules
from services.intake.domain.concerns import check_category
from services.intake.handlers import returns
from services.intake.store import register
from services.intake.store import requests as request_store
from services.intake.store.handlings import columns_of
from services.intake.tables import LocationRow, SignalRow
from shared.contracts import inbound
from shared.contracts.event import Event
from shared.contracts.intake import (
    CapacityRecorded,
    ComplaintOutcomeRecorded,
    ComplaintRecorded,
    ContractReviewRecorded,
    CqcEnforcementRecorded,
    CqcInspectionRecorded,
    CqcRatingChanged,
    OmbudsmanOutcomeRecorded,
    OtherAssessmentRecorded,
    PoliceMatterRecorded,
    QualityReturnRecorded,
    SafeguardingOutcomeRecorded,
)
from shared.contracts.words import derived_id
from shared.platform.rows import made, values_of
from shared.platform.work import Work

Signal = (
    inbound.SafeguardingEnquiryUpdated
    | inbound.CqcRatingPublished
    | inbound.ComplaintReceived
    | inbound.QualityReturnSubmitted
    | inbound.ContractReviewCompleted
    | inbound.ComplaintOutcomeRecordedByAgency
    | inbound.OmbudsmanOutcomePublished
    | inbound.CqcInspectionPublished
    | inbound.CqcEnforcementTaken
    | inbound.CapacityReported
    | inbound.PoliceMatterHeld
    | inbound.OtherAssessmentReported
)


async def read_ahead(work: Work, wanted: Sequence[tuple[door.Agency, Signal]]) -> None:
    """Read for all what each would ask for; their locations were read before."""
    returns = [(a, m) for a, m in wanted if isinstance(m, inbound.QualityReturnSubmitted)]
    places = [
        await register.location_by_reference(work, agency.partnership, message.location)
        for agency, message in returns
    ]
    await request_store.read_ahead(work, {place.provider_id for place in places if place})


async def record_signal(work: Work, agency: door.Agency, message: Signal) -> str:
    """Record a signal and announce it; gives our reference. Raises Refused."""
    location = await register.location_by_reference(work, agency.partnership, message.location)
    if location is None:
        raise door.unknown_location()
    day, field = _day_of(message)
    door.not_in_the_future(day, work.today, field)
    _check_words(work, agency, message)
    row = made(
        SignalRow,
        id=work.new_id(),
        partnership=agency.partnership,
        location_id=location.id,
        kind=message.spec.type,
        agency_id=agency.id,
        reference=work.new_reference("SG"),
        occurred_on=day,
        received_at=work.now,
        facts=message.model_dump(mode="json", exclude={"location", "personal_data_needed"}),
    )
    event = _event_of(work, message, location, row)
    work.later(SignalRow, {**values_of(row), **columns_of(event.handling)})
    work.announce(event)
    if isinstance(message, inbound.QualityReturnSubmitted):
        await returns.note(work, location, agency.id, message.quarter)
    return row.reference


def _check_words(work: Work, agency: door.Agency, message: Signal) -> None:
    """What goes to other agencies is a word of the policy's and never one's own."""
    pack = work.policies.on(agency.partnership, work.today)
    match message:
        case (
            inbound.ComplaintReceived()
            | inbound.ComplaintOutcomeRecordedByAgency()
            | inbound.OmbudsmanOutcomePublished()
        ):
            known = pack.value("intake", "concerns", "categories")
            check_category(message.theme, known.texts, known.clause, field="theme")
        case inbound.CqcRatingPublished():
            known = pack.value("intake", "concerns", "key_questions")
            check_category(message.key_question, known.texts, known.clause, field="key_question")
        case inbound.PoliceMatterHeld():
            known = pack.value("intake", "police", "hold_reasons")
            check_category(message.hold_reason, known.texts, known.clause, field="hold_reason")
            known = pack.value("intake", "police", "owner_roles")
            check_category(message.owner_role, known.texts, known.clause, field="owner_role")
            rules.check_review(message.status, message.review_on, work.today)
        case inbound.QualityReturnSubmitted():
            rules.check_return(
                message.quarter,
                message.submitted_on,
                nil=message.nil_return,
                risk=message.clinical_risk,
            )
        case _:
            return


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
        case inbound.ComplaintOutcomeRecordedByAgency() | inbound.OmbudsmanOutcomePublished():
            return message.decided_on, "decided_on"
        case inbound.CqcInspectionPublished():
            return message.inspected_on, "inspected_on"
        case inbound.CqcEnforcementTaken():
            return message.taken_on, "taken_on"
        case inbound.CapacityReported():
            return message.reported_on, "reported_on"
        case inbound.PoliceMatterHeld():
            return message.held_since, "held_since"
        case inbound.OtherAssessmentReported():
            return message.status_on, "status_on"


def _event_of(work: Work, message: Signal, location: LocationRow, row: SignalRow) -> Event:
    common: dict[str, Any] = {
        "partnership": row.partnership,
        "location_id": location.id,
        "signal_id": row.id,
    }
    if not isinstance(message, inbound.CqcRatingPublished):
        common["handling"] = handling.of_concern(
            very_small=location.very_small,
            implicated=False,
            police=isinstance(message, inbound.PoliceMatterHeld),
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
                nil_return=message.nil_return,
                **_window(work, message, location),
            )
        case inbound.ContractReviewCompleted():
            unmet = tuple(_matter(row, f"action {action}") for action in message.unmet_actions)
            return ContractReviewRecorded(**common, unmet_actions=unmet)
        case _:
            return _event_of_more(message, common, row)


def _event_of_more(message: Signal, common: dict[str, Any], row: SignalRow) -> Event:
    match message:
        case inbound.ComplaintOutcomeRecordedByAgency():
            return ComplaintOutcomeRecorded(
                **common,
                matter_id=_matter(row, message.complaint_reference),
                outcome=message.outcome,
                theme=message.theme,
                improvement_needed=message.improvement_needed,
            )
        case inbound.OmbudsmanOutcomePublished():
            return OmbudsmanOutcomeRecorded(
                **common,
                matter_id=_matter(row, message.ombudsman_reference),
                outcome=message.outcome,
                theme=message.theme,
                improvement_needed=message.improvement_needed,
                remedy_due_on=message.remedy_due_on,
            )
        case inbound.CqcInspectionPublished():
            return CqcInspectionRecorded(
                **common, kind=message.kind, published_on=message.published_on
            )
        case inbound.CqcEnforcementTaken():
            return CqcEnforcementRecorded(
                **common,
                matter_id=_matter(row, message.enforcement_reference),
                kind=message.kind,
                ended_on=message.ended_on,
            )
        case inbound.CapacityReported():
            return CapacityRecorded(
                **common, admissions=message.admissions, vacancies=message.vacancies
            )
        case inbound.PoliceMatterHeld():
            return PoliceMatterRecorded(
                **common,
                matter_id=_matter(row, message.matter_reference),
                status=message.status,
                owner_role=message.owner_role,
                hold_reason=message.hold_reason,
                review_on=message.review_on,
            )
        case inbound.OtherAssessmentReported():
            return OtherAssessmentRecorded(
                **common,
                matter_id=_matter(row, message.assessment_reference),
                authority=message.authority,
                status=message.status,
            )
        case _:
            raise TypeError("a signal without an event")


def _window(
    work: Work, message: inbound.QualityReturnSubmitted, location: LocationRow
) -> dict[str, Any]:
    """Until when the quarter's return was due, and whether it came later."""
    due_on, days = returns.window(work, location, message.quarter)
    late = message.submitted_on > due_on
    return {"due_on": due_on, "due_clause": days.clause, "late": late}


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
