"""The words of narratives: found behind the door's back, for the search."""

from __future__ import annotations

from sqlalchemy import Text, delete, exists, func, insert, literal, select
from sqlalchemy.dialects import postgresql
from sqlmodel import col

from services.intake.tables import ConcernRow, ConcernToIndexRow, ConcernWordsRow
from shared.platform.work import Work

_CONFIGURATION = literal("english", Text).cast(postgresql.REGCONFIG)


async def index_some(work: Work, limit: int) -> int:
    """Find the words of some concerns that wait for it; gives how many waited."""
    some = select(col(ConcernToIndexRow.concern_id)).limit(limit).with_for_update(skip_locked=True)
    taken = await work.session.scalars(
        delete(ConcernToIndexRow)
        .where(col(ConcernToIndexRow.concern_id).in_(some))
        .returning(col(ConcernToIndexRow.concern_id))
    )
    ids = taken.all()
    if not ids:
        return 0
    text = func.concat_ws(
        " ",
        col(ConcernRow.description),
        col(ConcernRow.action_taken),
        col(ConcernRow.measures),
    )
    words = select(
        col(ConcernRow.id), col(ConcernRow.partnership), func.to_tsvector(_CONFIGURATION, text)
    ).where(col(ConcernRow.id).in_(ids))
    await work.session.execute(
        postgresql.insert(ConcernWordsRow)
        .from_select(["concern_id", "partnership", "words"], words)
        .on_conflict_do_nothing()
    )
    return len(ids)


async def queue_what_is_missing(work: Work) -> None:
    """Let all that the search does not know wait for it: what came before there was a search."""
    known = exists().where(col(ConcernWordsRow.concern_id) == col(ConcernRow.id))
    waits = exists().where(col(ConcernToIndexRow.concern_id) == col(ConcernRow.id))
    missing = select(col(ConcernRow.id), col(ConcernRow.partnership)).where(~known, ~waits)
    await work.session.execute(
        insert(ConcernToIndexRow).from_select(["concern_id", "partnership"], missing)
    )
