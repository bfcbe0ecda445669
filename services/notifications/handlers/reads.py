"""What people read of notifications, within their partnerships; the ledger on the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.notifications.handlers import seals
from services.notifications.store import feeds, ledger, messages, register
from services.notifications.tables import LedgerRow, SealRow
from services.notifications.views import FeedLine, LedgerCheck, LedgerLine, MessageLine
from shared.contracts.holdings import holdings
from shared.contracts.words import Role
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


async def message_lines(
    work: Work, person: Person, state: str | None, before: datetime | None, limit: int
) -> list[MessageLine]:
    """Messages, the newest first, without content and address.

    Whoever runs the mails sees them all. Who works at a desk as well knows when things came, and so
    sees none by which to tell that something came that they may not know of.
    """
    held = None if person.has(Role.OPERATIONS) else holdings(person.roles)
    rows = await messages.page(
        work, person.partnerships, held, state=state, before=before, limit=limit
    )
    return [MessageLine.model_validate({**row.model_dump(), "message_id": row.id}) for row in rows]


async def ledger_lines(
    work: Work, person: Person, event_id: UUID | None, after: int, limit: int
) -> list[LedgerLine]:
    """The ledger of the reader's own partnerships; who read it is recorded."""
    rows = await ledger.page(work, person.partnerships, after=after, limit=limit, event_id=event_id)
    for partnership in sorted(person.partnerships):
        subject = event_id or f"after {after}"
        work.audit(person.subject, "ledger.read", subject, partnership=partnership)
    seals_over = await ledger.seals_over(work, rows[0].seq, rows[-1].seq) if rows else []
    return [_ledger_line(row, seals_over) for row in rows]


def _ledger_line(row: LedgerRow, seals_over: Sequence[SealRow]) -> LedgerLine:
    number = next((s.number for s in seals_over if row.seq <= s.last_seq), None)
    return LedgerLine.model_validate({**row.model_dump(), "seal": number})


async def ledger_check(work: Work, after: int, limit: int) -> LedgerCheck:
    """Whether the ledger is as it was sealed. There is one chain over all partnerships."""
    return LedgerCheck.model_validate(await seals.check(work, after, limit), from_attributes=True)


async def feed_lines(
    work: Work, person: Person, agency_id: str, after: UUID | None, limit: int
) -> list[FeedLine]:
    """What an agency's feed has got, for its own liaison only; 404 for anybody else's."""
    if person.agency != agency_id or not await _in_good_standing(work, person, agency_id):
        raise not_found()
    rows = await feeds.page(work, person.partnerships, agency_id, after, limit)
    return [FeedLine.model_validate(row.model_dump()) for row in rows]


async def _in_good_standing(work: Work, person: Person, agency_id: str) -> bool:
    """False for an agency that is suspended (which cuts everything) or not known here."""
    known = [
        agency
        for partnership in sorted(person.partnerships)
        for agency in await register.agencies(work, partnership, only=agency_id)
    ]
    return any(not agency.suspended for agency in known)
