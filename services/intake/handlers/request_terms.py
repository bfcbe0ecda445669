"""What the policy says of requests: where askers turn instead, who lifts refusals, what is due."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from services.intake.domain import requests as rules
from services.intake.domain.requests import Asked, Pointers, RequestType
from services.intake.handlers import variations
from shared.contracts.words import Role
from shared.platform.dates import months_after
from shared.platform.policy import Cited
from shared.platform.work import Work

ANSWER_DAYS = "requests.answer_days"


def pointers(work: Work, partnership: str, *, by_team_manager: bool) -> Pointers:
    """Where an asker turns instead. Raises Refused where the policy has no requests."""
    pack = work.policies.on(partnership, work.today)

    def cited(name: str) -> Cited:
        return pack.value("intake", "requests", name)

    return Pointers(
        visit_teams=rules.parse_pointers(cited("visit_teams").texts),
        visit_clause=cited("visit_teams").clause,
        systems=rules.parse_pointers(cited("systems").texts),
        systems_clause=cited("systems").clause,
        own_systems=cited("own_systems").texts,
        owners=rules.parse_pointers(cited("system_owners").texts),
        owners_clause=cited("system_owners").clause,
        strategy_outcome=cited("strategy_outcome").text,
        strategy_clause=cited("strategy_outcome").clause,
        unknown=cited("unknown_type").text,
        unknown_clause=cited("unknown_type").clause,
        approvers=approvers(work, partnership, by_team_manager=by_team_manager),
    )


def approvers(work: Work, partnership: str, *, by_team_manager: bool) -> tuple[Role, ...]:
    """Who lifts refusals: the team manager, and where that one asks a senior manager (WX0)."""
    name = "approvers_of_team_manager" if by_team_manager else "approvers"
    named = work.policies.on(partnership, work.today).value("intake", "overrides", name)
    return tuple(Role(one) for one in named.texts)


def due(work: Work, partnership: str, provider_id: UUID) -> tuple[date, str]:
    """By when a provider that was read ahead has to answer, and under which clause."""
    days = variations.cited(work, partnership, provider_id, ANSWER_DAYS)
    return work.today + timedelta(days=days.number), days.clause


def deadline(work: Work, partnership: str, asked: Asked) -> tuple[date, str]:
    """The legal deadline of a statutory request, and where it comes from."""
    pack = work.policies.on(partnership, work.today)
    match asked.kind:
        case RequestType.SUBJECT_ACCESS:
            months = pack.value("intake", "statutory", "subject_access_months")
            return months_after(work.today, months.number), months.clause
        case RequestType.FREEDOM_OF_INFORMATION:
            days = pack.value("intake", "statutory", "freedom_of_information_working_days")
            holidays = pack.value("intake", "statutory", "bank_holidays").texts
            closed = [date.fromisoformat(day) for day in holidays]
            return rules.working_days_after(work.today, days.number, closed), days.clause
        case _:
            stated = pack.value("intake", "statutory", "stated_days")
            if asked.required_by is not None:
                return asked.required_by, f"{pack.name}: the day that the notice itself sets"
            return work.today + timedelta(days=stated.number), stated.clause
