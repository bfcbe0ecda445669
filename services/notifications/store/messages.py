"""Messages to people and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONPATH, array, insert
from sqlalchemy.sql import Select
from sqlmodel import col, select

from services.notifications.tables import ContactRow, FactRow, MessageRow
from shared.contracts.intake import ConcernAcknowledged
from shared.contracts.words import Label
from shared.platform.database import driver_of
from shared.platform.prepared import Prepared, among
from shared.platform.work import Work

_AN_OFFICE = '$.holders[*] ? (!(@ starts with "person:"))'
"""Somebody among a fact's holders who is named by an office."""
_MESSAGES: Select[*tuple[Any, ...]] = select(*MessageRow.__table__.columns)  # type: ignore[attr-defined]  # SQLModel makes it
_QUEUED: ColumnElement[str] = literal_column("'queued'")


async def enter(work: Work, rows: Sequence[MessageRow]) -> set[UUID]:
    """Enter messages; gives the ids of those that had not been written before."""
    if not rows:
        return set()
    result = await work.session.execute(_ENTER, [row.model_dump() for row in rows])
    return {row.id for row in result}


_ENTER = insert(MessageRow).on_conflict_do_nothing().returning(col(MessageRow.id))


async def earlier_invitations(
    work: Work, partnership: str, audience: str, thread: UUID, *, but_for: UUID
) -> tuple[int, str | None]:
    """How many invitations to a meeting somebody was sent, and what the latest said (digest).

    Those that the same cause made before do not count.
    """
    rows = await work.session.execute(
        select(MessageRow.digest)
        .where(MessageRow.partnership == partnership, MessageRow.audience == audience)
        .where(MessageRow.thread == thread, MessageRow.cause_id != but_for)
        .order_by(col(MessageRow.sequence).desc())
    )
    found = rows.scalars().all()
    return len(found), found[0] if found else None


async def next_due(work: Work, longest: timedelta) -> tuple[MessageRow | None, bool]:
    """The message that has waited longest of those whose time has come, locked; and if more wait.

    Also those whose time lies further ahead than any pause (`longest`): it was set by a clock that
    was fast, and so was the time of one that has not been tried at all.
    """
    states, latest = ("queued", "sending"), work.now + longest
    rows = await _NEXT_DUE.rows(work.session, states=states, now=work.now, latest=latest)
    return (MessageRow(**rows[0]) if rows else None), len(rows) > 1


def _next_due() -> Select[*tuple[Any, ...]]:
    due, state = col(MessageRow.next_try_at), col(MessageRow.state)
    never_tried = and_(state == _QUEUED, col(MessageRow.attempts) == literal_column("0"))
    return (
        _MESSAGES.where(due.is_not(None), among(state, "states"))
        .where(or_(due <= bindparam("now"), due > bindparam("latest"), never_tried))
        .order_by(due, col(MessageRow.queued_at))
        .limit(literal_column("2"))
        .with_for_update(skip_locked=True)
    )


_NEXT_DUE = Prepared(_next_due)


async def mark_perhaps_sent(work: Work) -> int:
    """Mark all that has not come to its end; gives how many."""
    rows = await work.session.execute(
        update(MessageRow)
        .where(col(MessageRow.state).in_(("queued", "sending")))
        .values(perhaps_sent=True)
        .returning(col(MessageRow.id))
    )
    return len(rows.all())


async def by_id(work: Work, message_id: UUID) -> MessageRow | None:
    """A message, locked."""
    rows = await _BY_ID.rows(work.session, id=message_id)
    return MessageRow(**rows[0]) if rows else None


_BY_ID = Prepared(lambda: _MESSAGES.where(col(MessageRow.id) == bindparam("id")).with_for_update())


async def save(work: Work, row: MessageRow) -> None:
    """Save how far a message has come, which is all of it that changes."""
    driver = await driver_of(work.session)
    await driver.execute(_SAVE, row.id, *(getattr(row, name) for name in _CHANGING))


_CHANGING = (
    "state",
    "rule",
    "attempts",
    "perhaps_sent",
    "smtp_code",
    "next_try_at",
    "sent_at",
)
_SAVE = (
    f"UPDATE {MessageRow.__table__.fullname} SET "  # type: ignore[attr-defined]  # noqa: S608 - SQLModel makes it; our own names
    f"{', '.join(f'{name} = ${n}' for n, name in enumerate(_CHANGING, 2))} WHERE id = $1"
)


async def waiting_for(work: Work, person_ref: UUID) -> Sequence[MessageRow]:
    """What has not been sent yet to somebody, locked."""
    rows = await _WAITING_FOR.rows(work.session, person_ref=person_ref)
    return [MessageRow(**row) for row in rows]


_WAITING_FOR = Prepared(
    lambda: (
        _MESSAGES.where(col(MessageRow.person_ref) == bindparam("person_ref"))
        .where(col(MessageRow.state) == _QUEUED)
        .with_for_update()
    )
)


async def waiting_for_agency(work: Work, partnership: str, agency_id: str) -> Sequence[MessageRow]:
    """What has not been sent yet to somebody who works for an agency, locked."""
    rows = await _WAITING_FOR_AGENCY.rows(
        work.session, partnership=partnership, agency_id=agency_id
    )
    return [MessageRow(**row) for row in rows]


def _waiting_for_agency() -> Select[*tuple[Any, ...]]:
    partnership: BindParameter[str] = bindparam("partnership")
    people = select(ContactRow.person_ref).where(
        col(ContactRow.partnership) == partnership,
        col(ContactRow.agency_id) == bindparam("agency_id"),
    )
    return (
        _MESSAGES.where(
            col(MessageRow.partnership) == partnership, col(MessageRow.state) == _QUEUED
        )
        .where(col(MessageRow.person_ref).in_(people))
        .with_for_update()
    )


_WAITING_FOR_AGENCY = Prepared(_waiting_for_agency)


async def page(
    work: Work,
    partnerships: frozenset[str],
    held: Collection[str] | None,
    *,
    state: str | None,
    before: datetime | None,
    limit: int,
) -> Sequence[MessageRow]:
    """Messages, the newest first; with holdings, those whose cause their holder may know of."""
    statement = (
        select(MessageRow)
        .where(col(MessageRow.partnership).in_(partnerships))
        .order_by(col(MessageRow.queued_at).desc(), col(MessageRow.id))
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(MessageRow.state == state)
    if before is not None:
        statement = statement.where(col(MessageRow.queued_at) < before)
    if held is not None:
        statement = statement.where(~_hidden_cause(held))
    return (await work.session.scalars(statement)).all()


def _hidden_cause(held: Collection[str]) -> ColumnElement[bool]:
    """A message's cause is for offices of which none is held; or it tells somebody of an emergency.

    That one who reports is answered is for that person, and tells no more than what they reported:
    which a desk may know of, but for an emergency, that is safeguarding's alone.
    """
    handling = col(FactRow.handling)
    offices = func.jsonb_path_exists(handling, cast(_AN_OFFICE, JSONPATH))
    named = handling["label"].astext == Label.NAMED.value
    mine = handling["holders"].has_any(array(list(held), type_=Text))
    emergency = and_(
        col(FactRow.type) == ConcernAcknowledged.spec.type,
        col(FactRow.body)["emergency"].astext == "true",
    )
    return exists().where(
        col(FactRow.event_id) == col(MessageRow.cause_id),
        or_(and_(named, offices, ~mine), emergency),
    )
