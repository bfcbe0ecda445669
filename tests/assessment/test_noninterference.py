"""What somebody is told of triggers and themes follows from what they may know: nothing else shows.

Of each history another is made for a reader, in which all facts above their right are missing. What
the reader is told is the same: what, in which order, under which ids, until when.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.circles import OPEN, knows
from services.assessment.domain.crossings import Held, Place, Standing, State, differences
from services.assessment.domain.facts import Fact
from services.assessment.domain.picture import standings
from services.assessment.handlers.recomputation import recompute
from shared.contracts.event import Event
from shared.contracts.words import CqcRating, Handling, ImplicatedRole, Label
from tests.assessment import told
from tests.assessment.test_crossings import FACTS
from tests.assessment.told import LOCATION, POLICY, TODAY
from tests.batches import forget
from tests.stage import NOON, World

HANDLINGS = [
    Handling(),
    *(
        Handling(Label.NAMED, holders)
        for holders in [
            ("council_safeguarding",),
            ("council_quality", "council_safeguarding"),
            ("council_quality", "council_safeguarding", "police"),
            ("council_quality", "council_safeguarding", "health_commissioner"),
            ("police",),
            (),
        ]
    ),
]
READERS = ["nobody_named", "council_quality", "council_safeguarding", "police"]

Line = tuple[str, Place, object, object]
"""What happened where, with the crossing and how it is told."""


def may_know(reader: str, handling: Handling) -> bool:
    """The table of docs/architecture.md, once more."""
    return handling.label is not Label.NAMED or reader in handling.holders


class Teller:
    """Hears facts one at a time, keeps what holds, and writes down what is said of it."""

    def __init__(self) -> None:
        self.kept: dict[Place, Held] = {}
        self.names: dict[Place, str] = {}
        self.said: list[tuple[Handling, Line]] = []
        self._handlings: dict[UUID, Handling] = {}

    def hear(self, known: Sequence[Fact], days: int = 0) -> None:
        """Let what is kept agree with the facts so many days on."""
        today = TODAY + timedelta(days=days)
        names = self.names | {place: held.name for place, held in self.kept.items()}
        now = standings(known, POLICY, today, names)
        for place, what in sorted(differences(self.kept, now).items()):
            if what.ends is not None:
                self._end(place)
            if what.begins is not None:
                self._begin(what.begins)
            if what.moves is not None:
                self.kept[place] = replace(self.kept[place], ends_on=what.moves.ends_on)

    def _begin(self, now: Standing) -> None:
        id_ = now.crossing_id(LOCATION)
        self.kept[now.place] = Held(id_, now.place, str(now.name), State.MET, now.ends_on)
        self._handlings[id_] = now.handling
        line = ("began", now.place, id_, replace(now, handling=Handling()))
        self.said.append((now.handling, line))

    def _end(self, place: Place) -> None:
        held = self.kept.pop(place)
        if held.ends_on is not None:
            self.names[place] = str(held.id)
        self.said.append((self._handlings[held.id], ("ended", place, held.id, held.ends_on)))


def told_to(reader: str, facts: Iterable[Fact]) -> list[Line]:
    """What a reader is told while these facts come in, and while time passes after them."""
    teller, known = Teller(), list[Fact]()
    for fact in facts:
        known.append(fact)
        teller.hear(known)
    for days in (30, 60, 90, 120):
        teller.hear(known, days)
    return [line for handling, line in teller.said if may_know(reader, handling)]


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts of which some are NAMED."""
    facts = draw(FACTS)
    return [replace(fact, handling=draw(st.sampled_from(HANDLINGS))) for fact in facts]


@given(histories(), st.sampled_from(READERS))
def test_facts_above_a_readers_right_change_nothing_that_the_reader_is_told(
    facts: list[Fact], reader: str
) -> None:
    without = [fact for fact in facts if may_know(reader, fact.handling)]
    assert told_to(reader, facts) == told_to(reader, without)


@given(histories())
def test_nobody_is_told_what_rests_on_something_that_they_may_not_know(facts: list[Fact]) -> None:
    by_reference = {fact.reference: fact for fact in facts}
    for place, found in standings(facts, POLICY, TODAY, {}).items():
        rests = [by_reference[reference].handling for reference in found.evidence]
        assert all(knows(place.circle, handling) for handling in rests)
        assert place.circle == OPEN or set(found.handling.holders) <= set(place.circle)


@given(histories())
def test_what_is_told_in_a_wider_circle_is_not_told_again_in_a_narrower(facts: list[Fact]) -> None:
    found = standings(facts, POLICY, TODAY, {})
    for place in found:
        others = [other.circle for other in found if other.seen_by(place.circle) == place]
        assert not any(set(circle) > set(place.circle) for circle in others)
        assert OPEN not in others or others == [OPEN]


def _about(chance: random.Random) -> list[Event]:
    """What happens at one home: most of it open, some for few."""
    events: list[Event] = []
    concerns: list[UUID] = []
    matters = [UUID(int=chance.getrandbits(128), version=4) for _ in range(2)]
    for _ in range(36):
        handling = chance.choice([Handling(), *HANDLINGS])
        day = NOON.date() - timedelta(days=chance.randrange(100))
        fields: dict[str, Any] = {"handling": handling, "occurred_on": day}
        match chance.randrange(12):
            case 0 | 1 | 2:
                events.append(told.triaged(**fields))
                concerns.append(events[-1].concern_id)  # type: ignore[attr-defined]  # a concern
            case 3 if concerns:
                events.append(told.redirected(chance.choice(concerns), handling=handling))
            case 4 if concerns:
                events.append(told.withdrawn(chance.choice(concerns), handling=handling))
            case 5 if len(concerns) > 1:
                events.append(told.merged(*chance.sample(concerns, 2), handling=handling))
            case 6:
                worse = chance.choice([CqcRating.INADEQUATE, CqcRating.GOOD])
                events.append(told.rating(worse, handling=handling, published_on=day))
            case 7:
                events.append(told.review(*chance.sample("abc", 2), **fields))
            case 8:
                risk = chance.random() < 0.5
                events.append(told.quality_return(clinical_risk=risk, **fields))
            case 9:
                fields["implicated_role"] = chance.choice([None, *ImplicatedRole])
                events.append(told.concern(**fields))
            case 10:
                wider, matter = chance.random() < 0.5, chance.choice(matters)
                events.append(told.outcome(matter_id=matter, wider_concern=wider, **fields))
            case _:
                events.append(told.complaint(**fields))
    return events


async def _said(world: World, records: Sequence[Any]) -> list[Any]:
    """Everything that assessment says while these come in in batches, and time passes."""
    start = world.clock.now
    await forget(world, [])
    await world.take([world.record(told.location())])
    for at in range(0, len(records), 5):
        await world.take(records[at : at + 5])
    assert sum([len(found) async for _, found in recompute(world.works, "combined")]) == 0
    for _ in range(4):
        world.clock.forward(days=28)
        await world.tick()
    assert sum([len(found) async for _, found in recompute(world.works, "combined")]) == 0
    world.clock.now = start
    return [(one.id, one.event) for one in await world.envelopes()]


async def test_on_the_real_database_too_a_named_fact_changes_nothing_for_who_may_not_know(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("assessment")
    for seed in range(2):
        chance = random.Random(seed)  # noqa: S311 - a test's
        events = _about(chance)
        records = [world.record(event) for event in events]
        whole = await _said(world, records)
        for reader in READERS[:2]:
            known = [may_know(reader, event.handling) for event in events]
            assert not all(known)
            less = [record for record, knows in zip(records, known, strict=True) if knows]
            expected = await _said(world, less)
            seen = [(id_, e) for id_, e in whole if may_know(reader, e.handling)]
            assert seen and seen == [(i, e) for i, e in expected if may_know(reader, e.handling)]
