"""Facts that are written to people, as the other services say them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.contracts.intake import (
    ConcernAcknowledged,
    ConcernAnswered,
    ConcernRedirected,
    StatutoryRequestHandedOver,
)
from shared.contracts.meetings import (
    ChairAppointed,
    MeetingScheduled,
    PlanOverdue,
    PlanSubmitted,
    ProviderContacted,
)
from shared.contracts.words import (
    AgencyFunction,
    ConcernOutcome,
    Handling,
    Label,
    MeetingMode,
    Role,
)
from tests.notifications.conftest import CHAIR, HOME, MANAGER, QIP, id_of

MEETING = id_of("meeting")
CLAUSE = "combined@2026-11 L5.5"


def acknowledged(*, emergency: bool = False, reporter: UUID = MANAGER) -> ConcernAcknowledged:
    """A provider's person reported a concern."""
    return ConcernAcknowledged(
        partnership="combined",
        handling=Handling(Label.NAMED, (f"person:{reporter}",)),
        location_id=HOME,
        concern_id=id_of("concern"),
        reference="CC-7K3M-9QXD",
        reporter_ref=reporter,
        emergency=emergency,
    )


def answered(*, reporter: UUID = MANAGER) -> ConcernAnswered:
    """What a provider's person reported has been dealt with."""
    return ConcernAnswered(
        partnership="combined",
        handling=Handling(Label.NAMED, (f"person:{reporter}",)),
        location_id=HOME,
        concern_id=id_of("concern"),
        reference="CC-7K3M-9QXD",
        outcome=ConcernOutcome.IMPROVEMENT_UNDER_WAY,
        reporter_ref=reporter,
    )


def redirected(*, emergency: bool = False, escalation: int = 0) -> ConcernRedirected:
    """A concern was handed over to safeguarding."""
    return ConcernRedirected(
        partnership="combined",
        handling=Handling(Label.NAMED, ("council_safeguarding",)),
        location_id=HOME,
        concern_id=id_of("concern"),
        reference="CC-7K3M-9QXD",
        emergency=emergency,
        acknowledge_by="2026-07-01T12:30:00.000000Z",
        escalation=escalation,
    )


def appointed(chair: UUID = CHAIR) -> ChairAppointed:
    """The chair was agreed."""
    return ChairAppointed(
        partnership="combined",
        location_id=HOME,
        qip_id=QIP,
        decision_id=id_of("decision"),
        chair_ref=chair,
        chair_function=AgencyFunction.HEALTH_COMMISSIONER,
    )


def contacted(
    *recipients: UUID, pre_meeting: str = "offered_open", handling: Handling | None = None
) -> ProviderContacted:
    """The chair contacted the provider."""
    return ProviderContacted(
        partnership="combined",
        handling=handling or Handling(),
        location_id=HOME,
        qip_id=QIP,
        contact_id=id_of("contact"),
        contacted_on=date(2026, 11, 20),
        terms_version="2026-11",
        pre_meeting=pre_meeting,
        recipient_refs=recipients or (MANAGER,),
        clause="combined@2026-11 L5.1",
    )


def scheduled(
    *providers: UUID,
    sequence: int = 0,
    starts_at: str = "2027-01-15T09:00:00Z",
    part_ii: tuple[str, str] | None = ("2027-01-15T10:30:00Z", "2027-01-15T11:30:00Z"),
    plan_due_on: date | None = date(2027, 1, 8),
    mode: MeetingMode = MeetingMode.TEAMS,
    handling: Handling | None = None,
) -> MeetingScheduled:
    """A meeting was set or moved."""
    return MeetingScheduled(
        partnership="combined",
        handling=handling or Handling(),
        location_id=HOME,
        qip_id=QIP,
        meeting_id=MEETING,
        sequence=sequence,
        mode=mode,
        starts_at=starts_at,
        ends_at="2027-01-15T12:30:00Z",
        part_ii_starts_at=part_ii[0] if part_ii else None,
        part_ii_ends_at=part_ii[1] if part_ii else None,
        plan_due_on=plan_due_on,
        short_notice=plan_due_on is None,
        clause=CLAUSE,
        chair_ref=CHAIR,
        provider_refs=providers or (MANAGER,),
    )


def submitted() -> PlanSubmitted:
    """The provider sent its plan."""
    return PlanSubmitted(
        partnership="combined",
        location_id=HOME,
        qip_id=QIP,
        meeting_id=MEETING,
        plan_version=2,
        submitted_on=date(2027, 1, 7),
        actions=1,
        chair_ref=CHAIR,
    )


def overdue() -> PlanOverdue:
    """The plan did not come."""
    return PlanOverdue(
        partnership="combined",
        location_id=HOME,
        qip_id=QIP,
        meeting_id=MEETING,
        due_on=date(2027, 1, 8),
        clause=CLAUSE,
        chair_ref=CHAIR,
    )


def asked_by_law() -> StatutoryRequestHandedOver:
    """Information governance has something to answer that the law lets somebody ask."""
    return StatutoryRequestHandedOver(
        partnership="combined",
        handling=Handling(Label.NAMED, (f"role:{Role.INFORMATION_GOVERNANCE}",)),
        request_id=id_of("request"),
        reference="RQ-7K3M-9QXD",
        request_type="freedom_of_information",
        due_on=date(2026, 12, 18),
        due_clause="combined@2026-11 W3.1",
    )
