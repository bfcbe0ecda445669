"""How who told a concern is reached: on a feed, by mail, or by hand where neither can be."""

from __future__ import annotations

from services.intake.domain import handling
from services.intake.handlers import speakers
from services.intake.tables import ConcernRow
from shared.contracts.words import Handling
from shared.platform.work import Work

_AGENCY = "agency:"
_NO_ADDRESS = "The register has no address of who told this at the provider: tell them yourself."
_COLLEAGUE = "A colleague told this for somebody, and is not written to: let them know."


async def who_told(work: Work, row: ConcernRow) -> Handling | None:
    """Who is told of a concern what they had told: the agency, or the person at the provider.

    Of an agency that is no more, the one that follows it too. Staff see it here, and nobody is told
    whose own office is implicated (L1.2c).
    """
    if row.source.startswith(_AGENCY):
        return await speakers.answer_to(work, row.source.removeprefix(_AGENCY))
    if row.reporter_ref is not None:
        return handling.of_acknowledgement(row.reporter_ref)
    return None


def by_hand(row: ConcernRow, who: str) -> str | None:
    """What somebody who decides has to do, because nobody is written to (silence is a bug).

    None where somebody is, where they told it themselves, and of whom an office is implicated.
    """
    is_written_to = row.source.startswith(_AGENCY) or row.reporter_ref is not None
    if is_written_to or row.source == f"staff:{who}":
        return None
    if row.source.startswith("staff:"):
        return _COLLEAGUE
    return _NO_ADDRESS if row.implicated_role is None else None
