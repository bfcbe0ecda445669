"""Put a QIP together for its readers: desk, member agency, provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.meetings.domain.deliveries import Attention, Needed, attention_to, delivery_of
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.decisions import Decided
from services.meetings.store import considerations, meetings, qips
from services.meetings.tables import ChairRow, DeliveryRow, MeetingRow, PlanRow, ProviderContactRow
from services.meetings.views.considerations import DecisionView
from services.meetings.views.qips import (
    ActionView,
    AttentionView,
    ChairView,
    DeskMeeting,
    DeskQip,
    MemberMeeting,
    MemberQip,
    MemberView,
    PlanView,
    ProviderContactBrief,
    ProviderContactView,
    ProviderMeeting,
    ProviderQip,
)
from shared.contracts.words import DeliveryState
from shared.platform.work import Work


async def for_provider(work: Work, case: QipCase) -> ProviderQip:
    """What the provider's own people see: nothing of Parts i and iii, nobody's name."""
    found = await meetings.meetings_of(work, case.qip.partnership, case.qip.id)
    return ProviderQip(
        **_head(case),
        chair_function=case.chair.function if case.chair else None,
        provider_contacts=[_brief(row) for row in case.provider_contacts],
        meetings=[ProviderMeeting(**_part_ii(row)) for row in found],
        plans=await _plans(work, case),
    )


async def for_member(work: Work, case: QipCase) -> MemberQip:
    """What an agency in the case sees."""
    found = await meetings.meetings_of(work, case.qip.partnership, case.qip.id)
    return MemberQip(
        **_head(case),
        location_name=case.location.name,
        state=case.qip.state,
        decision_id=case.qip.decision_id,
        chair_function=case.chair.function if case.chair else None,
        members=await _members(work, case),
        provider_contacts=[_brief(row) for row in case.provider_contacts],
        meetings=[MemberMeeting(**_whole(row)) for row in found],
        plans=await _plans(work, case),
    )


async def for_desk(work: Work, case: QipCase) -> DeskQip:
    """What the chair, the note takers and the team see, with what needs somebody's attention."""
    partnership, about = case.qip.partnership, case.qip.consideration_id
    decision = await considerations.decision_on(work, partnership, about)
    found = await meetings.meetings_of(work, partnership, case.qip.id)
    told = await _deliveries(work, case, found)
    return DeskQip(
        **_head(case),
        location_name=case.location.name,
        state=case.qip.state,
        decision_id=case.qip.decision_id,
        consideration_id=about,
        benefit_statement=decision.benefit_statement if decision else "",
        restricted=case.qip.label is not None,
        chair=chair_view(case.chair, told) if case.chair else None,
        members=await _members(work, case),
        provider_contacts=[contact_view(row, told) for row in case.provider_contacts],
        meetings=[meeting_view(row, told) for row in found],
        plans=await _plans(work, case),
        attention=_attention(case, found, told),
    )


def _head(case: QipCase) -> dict[str, Any]:
    qip = case.qip
    return {
        "qip_id": qip.id,
        "location_id": qip.location_id,
        "opened_on": qip.opened_on,
        "limit_on": qip.limit_on,
        "terms_version": qip.terms_version,
        "clause": qip.clause,
    }


def _brief(row: ProviderContactRow) -> ProviderContactBrief:
    return ProviderContactBrief(
        contact_id=row.id,
        contacted_on=row.contacted_on,
        terms_version=row.terms_version,
        pre_meeting=row.pre_meeting,
    )


def _part_ii(row: MeetingRow) -> dict[str, Any]:
    return {
        "meeting_id": row.id,
        "mode": row.mode,
        "part_ii_starts_at": row.part_ii_starts_at,
        "part_ii_ends_at": row.part_ii_ends_at,
        "plan_due_on": row.plan_due_on,
        "short_notice": row.short_notice,
    }


def _whole(row: MeetingRow) -> dict[str, Any]:
    return {
        **_part_ii(row),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "provider_participates": row.provider_participates,
    }


Told = Mapping[UUID, Sequence[DeliveryRow]]
"""What became of the messages, by the event of ours that caused them."""

_NOTHING_YET: Told = {}


async def _deliveries(work: Work, case: QipCase, found: Sequence[MeetingRow]) -> Told:
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
        **_brief(row).model_dump(),
        channel=row.channel,
        recipient_refs=[recipient.person_ref for recipient in qips.recipients_in(row)],
        recorded_by=row.recorded_by,
        delivery=_delivery(told, row.event_id),
    )


def meeting_view(row: MeetingRow, told: Told = _NOTHING_YET) -> DeskMeeting:
    """A meeting as the desk sees it."""
    return DeskMeeting(
        **_whole(row),
        sequence=row.sequence,
        note_taker=row.note_taker,
        provider_refs=[UUID(ref) for ref in row.provider_refs],
        plan_overdue=row.overdue_since is not None,
        clause=row.clause,
        delivery=_delivery(told, row.event_id),
    )


def _attention(case: QipCase, found: Sequence[MeetingRow], told: Told) -> list[AttentionView]:
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


async def _members(work: Work, case: QipCase) -> list[MemberView]:
    rows = await qips.members(work, case.qip.partnership, case.qip.id)
    return [
        MemberView(
            agency_id=row.agency_id,
            function=row.function,
            joined_at=row.joined_at,
            left_at=row.left_at,
        )
        for row in rows
    ]


async def _plans(work: Work, case: QipCase) -> list[PlanView]:
    rows = await meetings.plans_of(work, case.qip.partnership, case.qip.id)
    return [plan_view(row) for row in rows]


def plan_view(row: PlanRow) -> PlanView:
    """A version of the plan as its readers see it."""
    return PlanView(
        plan_version=row.version,
        meeting_id=row.meeting_id,
        submitted_on=row.submitted_on,
        actions=[ActionView(**action) for action in row.actions],
    )


def decision_view(decided: Decided) -> DecisionView:
    """A decision as it was recorded, and the QIP where one was opened."""
    decision, qip = decided.decision, decided.qip
    return DecisionView(
        decision_id=decision.id,
        consideration_id=decision.consideration_id,
        decision=decision.decision,
        decided_on=decision.decided_on,
        qip_id=qip.id if qip else None,
        limit_on=qip.limit_on if qip else None,
        terms_version=qip.terms_version if qip else None,
        clause=qip.clause if qip else None,
        members=[seat.agency_id for seat in decided.members],
    )
