"""Lift a refusal, settle a request, and count both for the quarterly report (WX0)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.intake.domain import requests as rules
from services.intake.handlers import personal_data, request_askers, requests, speakers
from services.intake.handlers import request_terms as terms
from services.intake.store import requests as store
from services.intake.tables import RequestRow
from shared.contracts.holdings import holdings, may_know
from shared.contracts.intake import RefusalLifted, RefusalOverridden, RequestClosed
from shared.contracts.words import AgencyFunction, Handling, Role
from shared.platform.dates import months_after, start_of_day
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


async def override(work: Work, person: Person, reference: str, reason: str, why: str) -> RequestRow:
    """A named approver lifts a refusal, in an emergency or by prior agreement (WX0)."""
    personal_data.check_staff(work, why=why)
    row = await store.request(work, person.partnerships, reference)
    if row is None or not may_know(Handling.of(row.label, row.holders), _desk(person)):
        raise not_found()
    if row.rule is None or row.clause is None:
        raise not_found()
    if row.state != "refused":
        return row  # lifted before
    by_team_manager = Role.TEAM_MANAGER.value in row.details["roles"]
    approvers = terms.approvers(work, row.partnership, by_team_manager=by_team_manager)
    approver = f"staff:{person.subject}"
    # Who uploaded it on an agency's behalf has asked as much as the agency.
    uploaded = row.details.get("uploader") == str(person.ref)
    given = rules.check_override(
        row.rule,
        reason,
        asker=approver if uploaded else row.asked_by,
        approver=approver,
        may=person.has(*approvers),
        approvers=approvers,
    )
    row.override_reason, row.override_why = given.value, why
    row.approved_by, row.approved_at = person.subject, work.now
    row.state = "open"
    if row.provider_id is not None:
        await store.read_ahead(work, {row.provider_id})
        row.due_on, row.due_clause = terms.due(work, row.partnership, row.provider_id)
    work.audit(person.subject, "refusal.overridden", row.id, partnership=row.partnership, why=why)
    with span("override refusal", links=[row.traceparent]):
        await _say_lifted(work, row, row.rule, row.clause)
        requests.announce(work, row, await _held(work, row))
    return row


async def _held(work: Work, row: RequestRow) -> Handling:
    return await speakers.heard_by(work, Handling.of(row.label, row.holders), row.agency_id)


async def _say_lifted(work: Work, row: RequestRow, rule: str, clause: str) -> None:
    """For the record; and an agency that was refused learns that it is done after all."""
    reason = row.override_reason or ""
    work.announce(
        RefusalOverridden(
            partnership=row.partnership,
            request_id=row.id,
            rule=rule,
            clause=clause,
            reason=reason,
        )
    )
    if row.agency_id is not None:
        work.announce(
            RefusalLifted(
                partnership=row.partnership,
                handling=await speakers.answer_to(work, row.agency_id),
                agency_id=row.agency_id,
                reference=row.reference,
                rule=rule,
                clause=clause,
                reason=reason,
                due_on=row.due_on,
            )
        )


async def close(work: Work, person: Person, reference: str) -> RequestRow:
    """What was asked of a provider was answered; a second time changes nothing."""
    row = await store.request(work, person.partnerships, reference)
    reader = request_askers.Asker("-", f"staff:{person.subject}", None, person.roles)
    if row is None or row.statutory or not request_askers.may_see(work, row, reader):
        raise not_found()
    if row.state == "refused":
        raise not_found()
    if row.state == "open":
        with span("close request", links=[row.traceparent]):
            await _settle(work, person, row)
    return row


async def _settle(work: Work, person: Person, row: RequestRow) -> None:
    row.state, row.settled_by, row.settled_at = "closed", person.subject, work.now
    work.audit(person.subject, "request.closed", row.id, partnership=row.partnership)
    if row.location_id is not None:
        work.announce(
            RequestClosed(
                partnership=row.partnership,
                handling=await _held(work, row),
                location_id=row.location_id,
                request_id=row.id,
            )
        )


async def counted(
    work: Work, person: Person, quarter: str
) -> Sequence[tuple[str, str, str | None, int]]:
    """Rule, clause, reason of the override where there was one, and how often; in a quarter."""
    year, number = quarter.split("-Q")
    first = date(int(year), 3 * int(number) - 2, 1)
    since, until = start_of_day(first), start_of_day(months_after(first, 3))
    return await store.refusals(work, person.partnerships, since, until)


def _desk(person: Person) -> frozenset[str]:
    """Whoever may approve sees what is to be approved: the approver is named for it."""
    return holdings(person.roles) | {AgencyFunction.COUNCIL_QUALITY.value}
