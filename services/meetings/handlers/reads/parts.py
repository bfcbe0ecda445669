"""The parts of a QIP as its readers see them: chair, contacts, meetings, plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.meetings.domain.deliveries import Attention, Needed, attention_to, delivery_of
from services.meetings.handlers.cases import QipCase
from services.meetings.store import meetings, qips
from services.meetings.tables import ChairRow, DeliveryRow, MeetingRow, PlanRow, ProviderContactRow
from services.meetings.views.qips import (
    ActionView,
    AttentionView,
    ChairView,
    DeskMeeting,
    PlanView,
    ProviderContactBrief,
    ProviderContactView,
)
from shared.contracts.words import DeliveryState
from shared.platform.work import Work

Told = Mapping[UUID, Sequence[DeliveryRow]]
"""What became of the messages, by the event of ours that caused them."""

_NOTHING_YET: Told = {}


async def deliveries(work: Work, case: QipCase, found: Sequence[MeetingRow]) -> Told:
    """What became of the messages about a QIP's contacts, meetings and chair."""
    causes = [row.event_id for row in case.provider_contacts]
    causes += [row.event_id for row in found]
    causes += [case.chair.event_id] if case.chair else []
    told: dict[UUID, list[DeliveryRow]] = {}
    for row in await meetings.deliveries_of(work, case.qip.partnership, causes):
        told.setdefault(row.cause_id, []).append(row)
    return told


def _delivery(told: Told, cause: UUID) -> DeliveryState:
    return delivery_of(DeliveryState(row.state) for row in told.get(cause, ()))


def chair_view(row: ChairRow, told: Told = _NOTHING_YET) -> ChairView:
    """A chair as the desk sees them."""
    return ChairView(
        chair_id=row.id,
        decision_id=row.decision_id,
        person_ref=row.person_ref,
        function=row.function,
        agency_id=row.agency_id,
        rationale=row.rationale,
        appointed_at=row.appointed_at,
        delivery=_delivery(told, row.event_id),
    )


def contact_view(row: ProviderContactRow, told: Told = _NOTHING_YET) -> ProviderContactView:
    """A contact with the provider as the desk sees it."""
    return ProviderContactView(
        **brief(row).model_dump(),
        channel=row.channel,
        recipient_refs=[recipient.person_ref for recipient in qips.recipients_in(row)],
        recorded_by=row.recorded_by,
        delivery=_delivery(told, row.event_id),
    )


def meeting_view(row: MeetingRow, told: Told = _NOTHING_YET) -> DeskMeeting:
    """A meeting as the desk sees it."""
    return DeskMeeting(
        **whole(row),
        sequence=row.sequence,
        note_taker=row.note_taker,
        provider_refs=[UUID(ref) for ref in row.provider_refs],
        plan_overdue=row.overdue_since is not None,
        clause=row.clause,
        delivery=_delivery(told, row.event_id),
    )


def plan_view(row: PlanRow) -> PlanView:
    """A version of the plan as its readers see it."""
    return PlanView(
        plan_version=row.version,
        meeting_id=row.meeting_id,
        submitted_on=row.submitted_on,
        actions=[ActionView(**action) for action in row.actions],
    )


def brief(row: ProviderContactRow) -> ProviderContactBrief:
    """A contact with the provider as the provider sees it."""
    return ProviderContactBrief(
        contact_id=row.id,
        contacted_on=row.contacted_on,
        terms_version=row.terms_version,
        pre_meeting=row.pre_meeting,
    )


def part_ii(row: MeetingRow) -> dict[str, Any]:
    """What the provider sees of a meeting."""
    return {
        "meeting_id": row.id,
        "mode": row.mode,
        "part_ii_starts_at": row.part_ii_starts_at,
        "part_ii_ends_at": row.part_ii_ends_at,
        "plan_due_on": row.plan_due_on,
        "short_notice": row.short_notice,
    }


def whole(row: MeetingRow) -> dict[str, Any]:
    """What agencies in the case see of a meeting."""
    return {
        **part_ii(row),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "provider_participates": row.provider_participates,
    }


def attention(case: QipCase, found: Sequence[MeetingRow], told: Told) -> list[AttentionView]:
    """What needs somebody's attention."""
    places = [("provider_contact", row.id, row.event_id) for row in case.provider_contacts]
    places += [("meeting", row.id, row.event_id) for row in found]
    places += [("chair", case.chair.id, case.chair.event_id)] if case.chair else []
    items = [
        attention_to(about, about_id, DeliveryState(row.state), row.rule)
        for about, about_id, cause in places
        for row in told.get(cause, ())
    ]
    for row in found:
        if row.provider_participates and not row.provider_refs:
            items.append(Attention("meeting", row.id, Needed.NOBODY_TO_INVITE))
        if row.overdue_since is not None:
            items.append(Attention("meeting", row.id, Needed.PLAN_OVERDUE))
    return [
        AttentionView(about=i.about, about_id=i.about_id, needed=i.needed, rule=i.rule)
        for i in dict.fromkeys(items)
        if i is not None
    ]
