"""Who hears what was an agency's, and whose it reads: its own, and of those it follows alone."""

from __future__ import annotations

from services.intake.domain import agencies as rules
from services.intake.domain import handling
from services.intake.store import agencies
from shared.contracts.words import Handling, Label
from shared.platform.work import Work


async def answer_to(work: Work, agency_id: str) -> Handling:
    """An answer to an agency; of one that is no more, to the one that follows it too."""
    return handling.of_receipt(*rules.speakers_for(agency_id, await agencies.acts(work)))


async def heard_by(work: Work, held: Handling, agency_id: str | None) -> Handling:
    """What an agency is named for, and who follows it then hears."""
    if held.label is not Label.NAMED or f"agency:{agency_id}" not in held.holders:
        return held
    answer = await answer_to(work, agency_id or "")
    return Handling(held.label, tuple(sorted({*held.holders, *answer.holders})))


async def spoken_for(work: Work, agency_id: str | None) -> frozenset[str]:
    """An agency and those for which it speaks; of nobody's agency none."""
    if agency_id is None:
        return frozenset()
    return frozenset(rules.spoken_for(agency_id, await agencies.acts(work)))
