"""Legal holds: what must not be erased, by whose word."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain.retention import HoldKind
from services.intake.handlers import personal_data
from services.intake.store import holds as store
from services.intake.tables import LegalHoldRow
from services.intake.views.retention import HoldView
from shared.platform import paging
from shared.platform.paging import Page
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


async def set_hold(
    work: Work, person: Person, kind: HoldKind, subject_id: UUID, reason: str
) -> HoldView:
    """Keep something from being erased; where a hold stands already, that one is given."""
    personal_data.check_staff(work, reason=reason)
    partnership = await store.partnership_of(work, person.partnerships, kind, subject_id)
    if partnership is None:
        raise not_found()
    row = await store.standing_on(work, kind, subject_id)
    if row is None:
        row = LegalHoldRow(
            id=work.new_id(),
            partnership=partnership,
            subject_kind=kind.value,
            subject_id=subject_id,
            reason=reason,
            set_by=person.subject,
            set_at=work.now,
        )
        store.keep(work, row)
        work.audit(
            person.subject, "hold.set", f"{kind} {subject_id}", partnership=partnership, why=reason
        )
    return _view(row)


async def lift_hold(work: Work, person: Person, hold_id: UUID, reason: str) -> HoldView:
    """Let a hold go; doing it twice changes nothing."""
    personal_data.check_staff(work, reason=reason)
    row = await store.hold(work, person.partnerships, hold_id)
    if row is None:
        raise not_found()
    if row.lifted_at is None:
        row.lifted_at = work.now
        row.lifted_by = person.subject
        row.lift_reason = reason
        subject = f"{row.subject_kind} {row.subject_id}"
        work.audit(person.subject, "hold.lifted", subject, partnership=row.partnership, why=reason)
    return _view(row)


async def hold_page(
    work: Work, person: Person, cursor: str | None, limit: int, *, standing: bool
) -> Page[HoldView]:
    """A page of legal holds, the oldest first."""
    told = {"standing": standing}
    after = paging.after(cursor, (UUID,), told)
    rows = await store.holds(work, person.partnerships, after, limit, standing=standing)
    page = paging.page_of(rows, limit, lambda row: (row.id,), told)
    return Page([_view(row) for row in page.items], page.next)


def _view(row: LegalHoldRow) -> HoldView:
    return HoldView.model_validate({**row.model_dump(), "hold_id": row.id})
