"""The words of concerns and of feedback: found behind the door's back, for the search."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, literal_column, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col

from services.intake.tables import ConcernEntryRow, ConcernRow, ConcernToIndexRow, ConcernWordsRow
from shared.platform.work import Work

ENGLISH: ColumnElement[str] = literal_column("'english'::regconfig")
"""How words are brought to one form."""
_MOST = 200_000
"""Characters of a concern that are searched: PostgreSQL takes no more than a megabyte of words."""


def asked_for(words: str) -> ColumnElement[Any]:
    """Words as somebody writes them into a search field."""
    return func.websearch_to_tsquery(ENGLISH, words)


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
    words = select(
        col(ConcernRow.id), col(ConcernRow.partnership), func.to_tsvector(ENGLISH, _text())
    ).where(col(ConcernRow.id).in_(ids))
    found = postgresql.insert(ConcernWordsRow).from_select(
        ["concern_id", "partnership", "words"], words
    )
    await work.session.execute(
        found.on_conflict_do_update(
            index_elements=["concern_id"], set_={"words": found.excluded.words}
        )
    )
    return len(ids)


def _text() -> ColumnElement[str]:
    """All that stands in a concern: who may read the one may read the other."""
    entry = ConcernEntryRow
    added = (
        select(
            func.string_agg(col(entry.text), aggregate_order_by(literal(" "), col(entry.at).desc()))
        )
        .where(col(entry.concern_id) == col(ConcernRow.id))
        .scalar_subquery()
    )
    told = (ConcernRow.description, ConcernRow.action_taken, ConcernRow.measures)
    every = [col(one) for one in (*told, ConcernRow.action_none_reason)]
    return func.left(func.concat_ws(" ", *every, added), _MOST)


def wait(work: Work, concern: ConcernRow) -> None:
    """Something was added to a concern: its words are looked for anew."""
    waiting = {"concern_id": concern.id, "partnership": concern.partnership}
    # Taking the place of a row that waits locks it: who looks for words now leaves it to the next.
    work.later(ConcernToIndexRow, waiting, replace_by=("concern_id",))


async def queue_what_is_missing(work: Work) -> None:
    """Let all that the search does not know wait for it: what came before there was a search."""
    known = exists().where(col(ConcernWordsRow.concern_id) == col(ConcernRow.id))
    waits = exists().where(col(ConcernToIndexRow.concern_id) == col(ConcernRow.id))
    missing = select(col(ConcernRow.id), col(ConcernRow.partnership)).where(~known, ~waits)
    await work.session.execute(
        insert(ConcernToIndexRow).from_select(["concern_id", "partnership"], missing)
    )
