"""Dead letters: records that could not take effect, and those of their key that wait behind them.

A record is `dead` until somebody replays or discards it; later records of its key are `parked`,
so that order holds when they are replayed. A body can be repaired first; the original stays.
Content is shown only to somebody who has shown that they triage, and gives a reason. Every look is
audited.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.catalogue import INBOUND_PATTERN
from shared.contracts.envelope import MAX_BYTES, NAMED_HEADERS, Unreadable
from shared.contracts.event import declared_events
from shared.contracts.holdings import holdings, may_know
from shared.contracts.words import AgencyFunction, Handling, Label, Role
from shared.platform.identifiers import new_id
from shared.platform.security import Person
from shared.platform.telemetry import meter
from shared.platform.work import Work

OPEN = ("dead", "parked")
_buried = meter.create_counter("dead_letters", description="Records set aside, by state")


async def bury(work: Work, group: str, record: ConsumerRecord, key: str, error: Unreadable) -> None:
    """Set a record aside that cannot take effect; the reason names rule and fields only."""
    await _set_aside(work, group, record, key, "dead", str(error)[:400], None)


async def park(
    work: Work, group: str, record: ConsumerRecord, key: str, event_id: UUID | None
) -> None:
    """Let a record wait behind the dead letter of its key."""
    await _set_aside(work, group, record, key, "parked", "waits behind a dead letter", event_id)


async def _set_aside(
    work: Work,
    group: str,
    record: ConsumerRecord,
    key: str,
    state: str,
    reason: str,
    event_id: UUID | None,
) -> None:
    table = work.tables.dead_letter
    await work.session.execute(
        insert(table)
        .values(
            id=new_id(),
            consumer_group=group,
            topic=record.topic,
            partition=record.partition,
            log_offset=record.offset,
            key=key,
            event_id=event_id,
            event_type=_type(record),
            state=state,
            reason=reason,
            digest=hashlib.sha256(record.value or b"").hexdigest(),
            headers=[[_storable(name), (value or b"").hex()] for name, value in record.headers],
            value=record.value,
            log_time=record.timestamp,
            recorded_at=work.now,
        )
        .on_conflict_do_nothing()
    )
    _buried.add(1, {"state": state})


Place = tuple[str, int, int, str]
"""Topic, partition, offset and digest: a log that was cut short gives offsets out again."""


def place_of(record: ConsumerRecord) -> Place:
    """What tells a record from all others."""
    digest = hashlib.sha256(record.value or b"").hexdigest()
    return (record.topic, record.partition, record.offset, digest)


async def set_aside(work: Work, records: Sequence[ConsumerRecord]) -> set[Place]:
    """The places of those records that were ever set aside, settled or not."""
    table = work.tables.dead_letter
    columns = (table.c.topic, table.c.partition, table.c.log_offset)
    asked = [(record.topic, record.partition, record.offset) for record in records]
    rows = await work.session.execute(
        select(*columns, table.c.digest).where(tuple_(*columns).in_(asked))
    )
    return {(row.topic, row.partition, row.log_offset, row.digest) for row in rows}


def key_of(record: ConsumerRecord) -> str:
    """The key of a record as text; a key that is no text holds its whole partition back."""
    try:
        return _storable((record.key or b"").decode("utf-8"))[:200]
    except UnicodeDecodeError:
        return f"(partition {record.partition})"


def _storable(text: str) -> str:
    """PostgreSQL has no place for NUL in a text, and setting aside must never fail."""
    return text.replace("\x00", "\ufffd")


def _type(record: ConsumerRecord) -> str | None:
    for name, value in record.headers:
        if name == "ce_type":
            text = (value or b"").decode("ascii", "replace")
            return (
                text
                if len(text) <= 120 and text.replace(".", "").replace("_", "").isalnum()
                else None
            )
    return None


_CONTENT = frozenset({"value", "original", "headers"})


async def listed(work: Work, who: str) -> Sequence[dict[str, Any]]:
    """All open dead letters and what is parked behind them, without content; audited."""
    work.audit(who, "dead_letter.listed", work.tables.schema, partnership="-")
    table = work.tables.dead_letter
    columns = [c for c in table.c if c.name not in _CONTENT]
    rows = await work.session.execute(
        select(*columns)
        .where(table.c.state.in_(OPEN))
        .order_by(table.c.topic, table.c.partition, table.c.log_offset)
    )
    return [_without_content(row) for row in rows]


def _without_content(row: Any) -> dict[str, Any]:
    """Key and type as they are only where they are of our making: else they may be content too."""
    shown = {name: value for name, value in row._asdict().items() if name not in _CONTENT}
    if not _OUR_KEY.fullmatch(row.key):
        shown["key"] = f"sha256:{hashlib.sha256(row.key.encode()).hexdigest()[:16]}"
    if row.event_type not in declared_events():
        shown["event_type"] = None
    return shown


_OUR_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+:[0-9]+")
"""An id of ours, or a record's place in its topic."""


async def inspected(work: Work, letter_id: UUID, who: str) -> dict[str, Any]:
    """All that can be told of a dead letter without its content: sizes, names, what waits; audited.

    Raises NoResultFound.
    """
    table = work.tables.dead_letter
    row = (await work.session.execute(select(table).where(table.c.id == letter_id))).one()
    work.audit(who, "dead_letter.inspected", letter_id, partnership="-")
    behind = await work.session.execute(
        select(table.c.id)
        .where(table.c.topic == row.topic, table.c.key == row.key, table.c.state == "parked")
        .where(table.c.id != letter_id)
        .order_by(table.c.partition, table.c.log_offset)
    )
    return _without_content(row) | {
        "headers": {
            name if name in NAMED_HEADERS else f"(header {place})": len(value) // 2
            for place, (name, value) in enumerate(row.headers, start=1)
        },
        "bytes": len(row.value or b""),
        "repaired": row.original is not None,
        "parked_behind": [str(id_) for id_ in behind.scalars()],
    }


READERS = frozenset(
    {Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.SAFEGUARDING, Role.TEAM_MANAGER}
)
"""Those who triage. Operations and admin support never read content (docs/domain.md)."""


async def content_of(work: Work, letter_id: UUID, person: Person, why: str) -> bytes | None:
    """The body as it came, for somebody who triages and gives a reason; None for anybody else.

    Both are audited. What does not say of which partnership it is needs the right to all of them,
    and what does not say who may know it is for safeguarding and council quality. Raises
    NoResultFound.
    """
    table = work.tables.dead_letter
    row = (await work.session.execute(select(table).where(table.c.id == letter_id))).one()
    body: bytes = (row.value if row.original is None else row.original) or b""
    said = _said(body)
    may = (
        person.has(*READERS)
        and _partnerships_of(work, said) <= person.partnerships
        and may_know(_handling_of(row.topic, said), holdings(person.roles))
    )
    did = "dead_letter.read" if may else "dead_letter.read_refused"
    work.audit(person.subject, did, letter_id, partnership="-", why=why)
    return body if may else None


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _partnerships_of(work: Work, said: Mapping[str, Any]) -> frozenset[str]:
    name = said.get("partnership")
    known = frozenset(work.policies.partnerships)
    return known & {name} if name in known else known


_HANDLING = TypeAdapter(Handling)
_UNTOLD = Handling(
    Label.NAMED,
    (AgencyFunction.COUNCIL_SAFEGUARDING.value, AgencyFunction.COUNCIL_QUALITY.value),
)
"""A partner's words may implicate somebody, or be the police's: nobody knows before reading."""


def _handling_of(topic: str, said: Mapping[str, Any]) -> Handling:
    if re.fullmatch(INBOUND_PATTERN, topic) or "handling" not in said:
        return _UNTOLD
    try:
        return _HANDLING.validate_python(said["handling"])
    except ValidationError:
        return _UNTOLD


async def repair(work: Work, letter_id: UUID, body: bytes, who: str, why: str) -> None:
    """Give an open dead letter another body; it takes effect when it is replayed.

    Raises LookupError where it is settled, ValueError where the body is too large.
    """
    if len(body) > MAX_BYTES:
        raise ValueError("the body is over the limit of a message")
    table = work.tables.dead_letter
    changed = await work.session.execute(
        update(table)
        .where(table.c.id == letter_id, table.c.state.in_(OPEN))
        .values(value=body, original=func.coalesce(table.c.original, table.c.value))
        .returning(table.c.id)
    )
    if changed.one_or_none() is None:
        raise LookupError("no open dead letter has this id")
    work.audit(who, "dead_letter.repaired", letter_id, partnership="-", why=why)


async def waiting_behind(work: Work, letter_id: UUID) -> list[Any]:
    """A dead letter and all that waits for its key, in the order of the log."""
    table = work.tables.dead_letter
    first = (
        await work.session.execute(select(table).where(table.c.id == letter_id).with_for_update())
    ).one()
    rows = await work.session.execute(
        select(table)
        .where(table.c.topic == first.topic, table.c.key == first.key)
        .where(table.c.state.in_(OPEN))
        .order_by(table.c.partition, table.c.log_offset)
        .with_for_update()
    )
    return list(rows)


async def settle(work: Work, letter_id: UUID, state: str, at: datetime) -> None:
    """Mark a dead letter as `replayed` or `discarded`."""
    table = work.tables.dead_letter
    await work.session.execute(
        update(table).where(table.c.id == letter_id).values(state=state, settled_at=at)
    )


def record_of(row: Any) -> ConsumerRecord:
    """The record as the broker gave it."""
    return ConsumerRecord(
        topic=row.topic,
        partition=row.partition,
        offset=row.log_offset,
        timestamp=row.log_time,  # an inbound record's receipt has its id from it
        timestamp_type=0,
        key=row.key.encode(),
        value=row.value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=tuple((name, bytes.fromhex(value)) for name, value in row.headers),
    )
