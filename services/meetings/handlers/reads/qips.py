"""A QIP for its readers: desk, member agency, provider."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.meetings.domain.readers import Level
from services.meetings.handlers import cases, confidentiality, rights
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.policy import partnerships_of
from services.meetings.handlers.reads import parts
from services.meetings.handlers.reads.considerations import AT_MOST
from services.meetings.store import considerations, meetings, qips
from services.meetings.views.qips import (
    DeskQip,
    MemberMeeting,
    MemberQip,
    MemberView,
    PlanView,
    ProviderMeeting,
    ProviderQip,
    QipLine,
)
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


async def qip_lines(work: Work, person: Person) -> list[QipLine]:
    """The QIPs that a person may know of, the newest first. Raises Refused where none are run."""
    partnerships_of(work, person)  # raises where none of them runs QIPs
    found = await rights.levels(work, person)
    return [
        QipLine(
            qip_id=qip.qip_id,
            location_id=qip.location_id,
            opened_on=qip.opened_on,
            limit_on=qip.limit_on,
        )
        for qip, _ in found[:AT_MOST]
    ]


async def qip(work: Work, person: Person, qip_id: UUID) -> DeskQip | MemberQip | ProviderQip:
    """A QIP as far as the person may know it; a 404 for everybody else (L1.2).

    Raises Refused before the person has accepted the procedures on confidentiality (L8a).
    """
    level = await rights.level(work, person, qip_id=qip_id)
    row = await qips.qip(work, person.partnerships, qip_id) if level else None
    if row is None:
        raise not_found()
    await confidentiality.check(work, person, row.partnership)
    case = await cases.around(work, row)
    match level:
        case Level.DESK:
            found: DeskQip | MemberQip | ProviderQip = await _for_desk(work, case)
        case Level.MEMBER:
            found = await _for_member(work, case)
        case _:
            found = await _for_provider(work, case)
    work.audit(person.subject, "qip.read", row.id, partnership=row.partnership)
    return found


async def _for_provider(work: Work, case: QipCase) -> ProviderQip:
    """What the provider's own people see: nothing of Parts i and iii, nobody's name."""
    found = await meetings.meetings_of(work, case.qip.partnership, case.qip.id)
    return ProviderQip(
        **_head(case),
        chair_function=case.chair.function if case.chair else None,
        provider_contacts=[parts.brief(row) for row in case.provider_contacts],
        meetings=[ProviderMeeting(**parts.part_ii(row)) for row in found],
        plans=await _plans(work, case),
    )


async def _for_member(work: Work, case: QipCase) -> MemberQip:
    """What an agency in the case sees."""
    found = await meetings.meetings_of(work, case.qip.partnership, case.qip.id)
    return MemberQip(
        **_head(case),
        location_name=case.location.name,
        state=case.qip.state,
        decision_id=case.qip.decision_id,
        chair_function=case.chair.function if case.chair else None,
        members=await _members(work, case),
        provider_contacts=[parts.brief(row) for row in case.provider_contacts],
        meetings=[MemberMeeting(**parts.whole(row)) for row in found],
        plans=await _plans(work, case),
    )


async def _for_desk(work: Work, case: QipCase) -> DeskQip:
    """What the chair, the note takers and the team see, with what needs somebody's attention."""
    partnership, about = case.qip.partnership, case.qip.consideration_id
    decision = await considerations.decision_on(work, partnership, about)
    found = await meetings.meetings_of(work, partnership, case.qip.id)
    told = await parts.deliveries(work, case, found)
    return DeskQip(
        **_head(case),
        location_name=case.location.name,
        state=case.qip.state,
        decision_id=case.qip.decision_id,
        consideration_id=about,
        benefit_statement=decision.benefit_statement if decision else "",
        restricted=case.qip.label is not None,
        chair=parts.chair_view(case.chair, told) if case.chair else None,
        members=await _members(work, case),
        provider_contacts=[parts.contact_view(row, told) for row in case.provider_contacts],
        meetings=[parts.meeting_view(row, told) for row in found],
        plans=await _plans(work, case),
        attention=parts.attention(case, found, told),
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
    return [parts.plan_view(row) for row in rows]
