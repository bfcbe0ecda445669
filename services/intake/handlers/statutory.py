"""What the law lets somebody ask: dated, handed to information governance, and reminded of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.intake.domain import handling
from services.intake.domain.requests import RequestType
from services.intake.store import requests as store
from services.intake.tables import RequestRow
from shared.contracts.intake import (
    StatutoryRequestDue,
    StatutoryRequestHandedOver,
    StatutoryRequestOverdue,
    StatutoryRequestRecorded,
)
from shared.platform.clocks import Due
from shared.platform.dates import start_of_day
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work

NEAR = "statutory_near"
"""The clock that reminds of a deadline some days before it."""
OVER = "statutory_over"
"""The clock that says that a deadline is over."""
ASKER_SUSPENDED = "asker_suspended"
"""The mark of a request of a suspended agency: nothing reaches that one on its feed."""


def hand_over(work: Work, row: RequestRow) -> None:
    """Tell information governance what it has to answer, and by when."""
    if row.due_on is None:
        raise LookupError("a statutory request without its deadline")
    told = _told(row)
    plain = {name: told[name] for name in told if name not in {"handling", ASKER_SUSPENDED}}
    work.announce(StatutoryRequestRecorded(**plain))
    work.announce(StatutoryRequestHandedOver(**told))
    remind = work.policies.on(row.partnership, work.today).value(
        "intake", "statutory", "remind_days"
    )
    near = start_of_day(row.due_on - timedelta(days=remind.number))
    if near > work.now:
        work.set_clock(NEAR, row.id, near, partnership=row.partnership, clause=remind.clause)
    over = start_of_day(row.due_on + timedelta(days=1))
    clause = row.due_clause or ""
    work.set_clock(OVER, row.id, over, partnership=row.partnership, clause=clause)


async def remind(work: Work, due: Due) -> None:
    """The deadline is near: information governance is told again, while it is open."""
    row = await _waiting(work, due)
    if row is not None:
        work.announce(StatutoryRequestDue(**_told(row)))


async def say_overdue(work: Work, due: Due) -> None:
    """The deadline is over, and the request is still open."""
    row = await _waiting(work, due)
    if row is not None:
        work.announce(StatutoryRequestOverdue(**_told(row)))


async def close(work: Work, person: Person, reference: str) -> RequestRow:
    """Information governance has answered; a second time changes nothing."""
    row = await store.request(work, person.partnerships, reference)
    if row is None or not row.statutory:
        raise not_found()
    if row.state != "closed":
        row.state, row.settled_by, row.settled_at = "closed", person.subject, work.now
        work.cancel_clock(NEAR, row.id)
        work.cancel_clock(OVER, row.id)
        with span("close statutory request", links=[row.traceparent]):
            did = "request.closed"
            work.audit(person.subject, did, row.id, partnership=row.partnership)
    return row


async def _waiting(work: Work, due: Due) -> RequestRow | None:
    row = await store.by_id(work, [due.partnership], due.subject_id)
    return row if row is not None and row.state == "handed_over" else None


def _told(row: RequestRow) -> dict[str, Any]:
    """By reference only: what was asked is read here."""
    return {
        "partnership": row.partnership,
        "handling": handling.of_governance(),
        "request_id": row.id,
        "reference": row.reference,
        "request_type": RequestType(row.type).value,
        "due_on": row.due_on,
        "due_clause": row.due_clause or "",
        "asker_suspended": is_of_suspended(row),
    }


def is_of_suspended(row: RequestRow) -> bool:
    """True where its agency was suspended when it asked, and is answered by other means."""
    return bool(row.details.get(ASKER_SUSPENDED))
