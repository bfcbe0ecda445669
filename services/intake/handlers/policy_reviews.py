"""Remind of a policy's review, once its day has come and until a newer pack is in force (WR2)."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain import handling
from services.intake.store import policy_reviews as store
from shared.contracts.intake import PolicyReviewDue
from shared.contracts.words import Refused, derived_id
from shared.platform.clocks import Due
from shared.platform.dates import months_after, start_of_day
from shared.platform.policy import Pack
from shared.platform.work import Work, Works

REVIEW = "policy_review"
"""The clock that says that a pack in use is to be reviewed."""


async def await_reviews(works: Works) -> None:
    """Await the review of each pack in use; one that is awaited already goes on as it does."""
    async with works.begin() as work:
        for partnership in await store.at_work(work):
            pack = in_force(work, partnership)
            if pack is None or pack.review_on is None:
                continue
            if not await store.is_awaited(work, REVIEW, review_id(pack)):
                _await(work, pack)


def review_id(pack: Pack) -> UUID:
    """One review of one version; another day of review is another one."""
    return derived_id("policy_review", pack.name, str(pack.review_on))


async def say_due(work: Work, due: Due) -> None:
    """The day has come: say so, and again in a month, as long as this pack is in force."""
    pack = in_force(work, due.partnership)
    if pack is None or pack.review_on is None or review_id(pack) != due.subject_id:
        return
    work.announce(
        PolicyReviewDue(
            partnership=due.partnership,
            handling=handling.of_owner(),
            review_id=due.subject_id,
            pack=pack.name,
            review_on=pack.review_on,
        )
    )
    again = start_of_day(months_after(work.today, 1))
    work.set_clock(REVIEW, due.subject_id, again, partnership=due.partnership, clause=due.clause)


def _await(work: Work, pack: Pack) -> None:
    assert pack.review_on is not None  # noqa: S101 - the caller has looked
    work.set_clock(
        REVIEW,
        review_id(pack),
        start_of_day(pack.review_on),
        partnership=pack.partnership,
        clause=f"{pack.name} WR2",
    )


def in_force(work: Work, partnership: str) -> Pack | None:
    """The pack in force today; None where there is none."""
    try:
        return work.policies.on(partnership, work.today)
    except Refused:
        return None
