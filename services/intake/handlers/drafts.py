"""Save a concern that is not finished, come back to it, send it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.domain.concerns import Concern
from services.intake.domain.held_content import speaks_of_danger
from services.intake.domain.lists import DraftsWanted
from services.intake.handlers import concerns, where_to_turn
from services.intake.handlers.concerns import Taken
from services.intake.store import told as store
from services.intake.tables import DraftRow
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


def _owner(person: Person) -> str:
    """A provider's people write for that provider: elsewhere they do not find it again."""
    of_provider = concerns.of_a_provider(person)
    return f"{person.provider}/{person.subject}"[:120] if of_provider else person.subject


async def save(work: Work, person: Person, form: dict[str, Any]) -> DraftRow:
    """Keep a new draft, which only its writer reads."""
    if not person.partnerships:
        raise not_found()
    row = DraftRow(
        id=work.new_id(),
        partnership=min(person.partnerships),
        owner=_owner(person),
        form=form,
        saved_at=work.now,
    )
    work.session.add(row)
    return row


def emergency_route(work: Work, row: DraftRow) -> str | None:
    """A draft is told to nobody: where it speaks of danger, its writer is told so (L1.2i)."""
    if not speaks_of_danger(row.form):
        return None
    return where_to_turn.emergency(work, row.partnership).text


async def draft(work: Work, person: Person, draft_id: UUID) -> DraftRow:
    """A draft of the reader's own."""
    row = await store.draft(work, _owner(person), draft_id)
    if row is None or row.partnership not in person.partnerships:
        raise not_found()
    return row


async def drafts(work: Work, person: Person, wanted: DraftsWanted, turn: Turn) -> Page[DraftRow]:
    """The reader's own drafts; a search looks into their own and into nobody else's."""
    owner = _owner(person)
    return await paging.turned(
        turn,
        (UUID,),
        {**wanted.told(), "list": "drafts"},
        lambda place, limit: store.drafts(work, person.partnerships, owner, wanted, place, limit),
        lambda row: (row.id,),
    )


def save_again(work: Work, row: DraftRow, form: dict[str, Any]) -> None:
    """Keep what the draft says now."""
    row.form, row.saved_at = form, work.now


async def submit(
    work: Work, person: Person, row: DraftRow, reported_by: str, concern: Concern
) -> Taken:
    """Tell the concern, and drop the draft. Raises Refused, and then the draft stays."""
    taken = await concerns.tell_concern(work, person, reported_by, concern)
    await work.session.delete(row)
    return taken
