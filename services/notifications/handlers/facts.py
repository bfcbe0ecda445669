"""Hear facts: keep them unprojected, tell the agencies that may know, write to whom it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from services.notifications.domain.mails import MAILED
from services.notifications.domain.rights import Agency
from services.notifications.handlers import feeds, mails
from services.notifications.handlers.feeds import Case
from services.notifications.store import facts as store
from services.notifications.store import locks, register
from services.notifications.store.facts import Kept
from services.notifications.store.register import Standing
from shared.contracts.envelope import Envelope
from shared.platform.events import Heard
from shared.platform.work import Work


async def hear(work: Work, heard: Sequence[Heard]) -> None:
    """Keep facts and tell them to those who may know them now."""
    kept = await store.keep(work, [one.content for one in heard])
    causes = {one.event_id: one for one in heard}
    await tell(work, [one for one in kept if one.shareable], causes=causes)


async def keep(work: Work, envelope: Envelope) -> Kept:
    """Keep a fact unprojected."""
    [kept] = await store.keep(work, [envelope])
    return kept


async def tell(
    work: Work,
    told: Sequence[Kept],
    *,
    again: bool = False,
    causes: dict[UUID, Heard] | None = None,
) -> None:
    """Tell facts; `again` where they were told before and only what is new may follow.

    `causes` are the records that brought them, where each is to leave in its own trace.
    """
    if not told:
        return
    cases = await _cases(work, told)
    releases: list[feeds.Release] = []
    withheld: list[feeds.Held] = []
    answers: feeds.Answers = {}
    for kept, case in zip(told, cases, strict=True):
        kept = kept.at(case.place)
        with _on(work, kept, causes):
            decided = feeds.decide(work, kept, case, answers)
            releases += decided.releases
            withheld += [] if again else decided.withheld
            # Until the location is known nothing can be written about it: hearing of it tells
            # this again.
            known = case.place is not None or kept.fact.location_id is None
            if known and kept.fact.event_type in MAILED:
                await mails.write_to_people(work, kept, case.agencies)
    await feeds.release(work, releases, withheld)


@contextmanager
def _on(work: Work, kept: Kept, causes: dict[UUID, Heard] | None) -> Iterator[None]:
    cause = causes.get(kept.fact.event_id) if causes else None
    if cause is None:
        yield
        return
    with work.on(cause):
        yield


async def _cases(work: Work, told: Sequence[Kept]) -> list[Case]:
    """How each fact's case stands, under a lock that keeps rights as they are meanwhile."""
    places = {(kept.partnership, kept.fact.location_id) for kept in told}
    await locks.read_rights(work, (name for place in places for name in place))
    located = {(partnership, id_) for partnership, id_ in places if id_ is not None}
    standings = await register.standings(work, located)
    wanted = {(partnership, None) for partnership, _ in places} | {
        (partnership, standing.qip_id) for (partnership, _), standing in standings.items()
    }
    agencies = await register.agencies_in(work, wanted)
    cases = []
    for kept in told:
        if kept.fact.location_id is None:
            # A fact about no location is an answer: it concerns only the agency that is its key.
            everybody = agencies[kept.partnership, None]
            alone = tuple(one for one in everybody if one.id == kept.key)
            cases.append(Case(None, alone, about=(kept.partnership, kept.key)))
            continue
        standing = standings[kept.partnership, kept.fact.location_id]
        cases.append(_case(kept, standing, agencies[kept.partnership, standing.qip_id]))
    return cases


def _case(kept: Kept, standing: Standing, agencies: tuple[Agency, ...]) -> Case:
    in_qip = standing.since is not None and kept.seq >= standing.since
    about = (kept.partnership, standing.qip_id)
    return Case(standing.place, agencies, in_qip=in_qip, about=about)
