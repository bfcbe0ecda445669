"""Partners' messages: what became of them, and those that were refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.lists import QuarantineOrder, QuarantineWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import Place, between, equal, page
from services.intake.tables import InboundRow, LegalHoldRow, QuarantineRow
from shared.contracts.holdings import may_know
from shared.contracts.words import Handling
from shared.platform.prepared import Prepared, listed
from shared.platform.rows import made, values_of
from shared.platform.work import Work


async def read_ahead(work: Work, wanted: Collection[tuple[str, str]]) -> None:
    """Read what became of agencies' earlier messages, by agency and id, for `inbound`."""
    if not wanted:
        return
    rows = await _INBOUND.rows(
        work.session,
        agencies=[agency_id for agency_id, _ in wanted],
        messages=[message_id for _, message_id in wanted],
    )
    work.ahead |= {(InboundRow, *one): None for one in wanted}
    work.ahead |= {
        (InboundRow, row["agency_id"], row["message_id"]): made(InboundRow, **row) for row in rows
    }


_INBOUND = Prepared(
    lambda: listed(
        select(InboundRow),
        agencies=col(InboundRow.agency_id),
        messages=col(InboundRow.message_id),
    )
)


def inbound(work: Work, agency_id: str, message_id: str) -> InboundRow | None:
    """What became of an agency's earlier message with this id."""
    found: InboundRow | None = work.ahead[InboundRow, agency_id, message_id]
    return found


def keep(work: Work, row: InboundRow) -> None:
    """Keep what became of a message."""
    work.later(InboundRow, values_of(row))
    work.ahead[InboundRow, row.agency_id, row.message_id] = row


def hold(work: Work, item: QuarantineRow) -> None:
    """Keep what could not be taken."""
    work.later(QuarantineRow, item.model_dump())


async def owner_is_told(work: Work, item: QuarantineRow) -> bool:
    """Whether an open item of the same sender, under the same rule, has an owner to see to it."""
    found = await work.session.scalars(
        select(QuarantineRow.id)
        .where(QuarantineRow.partnership == item.partnership, QuarantineRow.state == "open")
        .where(QuarantineRow.agency_id == item.agency_id, QuarantineRow.rule == item.rule)
        .where(col(QuarantineRow.owner_needed).is_not(None))
        .limit(1)
    )
    return found.one_or_none() is not None


async def quarantined(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: QuarantineWanted,
    place: Place,
    limit: int,
) -> Sequence[QuarantineRow]:
    """What somebody with these holdings may know of, without a look into its content."""
    days = between(col(QuarantineRow.received_at), wanted.received_from, wanted.received_to)
    query = (
        select(QuarantineRow)
        .where(col(QuarantineRow.partnership).in_(partnerships), knowable(held, QuarantineRow))
        .where(*equal(QuarantineRow, wanted, "state", "agency_id", "rule"), *days)
    )
    keys: list[Any] = [col(QuarantineRow.received_at), col(QuarantineRow.id)]
    if wanted.order is QuarantineOrder.NEED:
        keys.insert(0, col(QuarantineRow.owner_needed).is_not(None))
    descending = wanted.order.descending
    rows = await work.session.scalars(page(query, keys, place, limit, descending=descending))
    return rows.all()


async def quarantined_item(
    work: Work, partnerships: Collection[str], item_id: UUID, held: Collection[str]
) -> QuarantineRow | None:
    """One item of the quarantine, for somebody with these holdings."""
    row = await work.session.get(QuarantineRow, item_id)
    return _known(row, partnerships, held)


async def item_to_settle(
    work: Work, partnerships: Collection[str], item_id: UUID, held: Collection[str] | None
) -> QuarantineRow | None:
    """One item of the quarantine, locked for a change. No holdings: a rule of ours, knows all."""
    row = await work.session.get(QuarantineRow, item_id, with_for_update=True)
    return _known(row, partnerships, held)


def _known(
    row: QuarantineRow | None, partnerships: Collection[str], held: Collection[str] | None
) -> QuarantineRow | None:
    if row is None or row.partnership not in partnerships:
        return None
    return row if held is None or may_know(Handling.of(row.label, row.holders), held) else None


async def stands_still(work: Work, item_id: UUID) -> bool:
    """True where a legal hold keeps an item from being erased."""
    found = await work.session.scalars(
        select(LegalHoldRow.id)
        .where(LegalHoldRow.subject_kind == "quarantine", LegalHoldRow.subject_id == item_id)
        .where(col(LegalHoldRow.lifted_at).is_(None))
        .limit(1)
    )
    return found.one_or_none() is not None
