"""The other history of a pair: what is above one audience's right is another, or was never said.

What stays is what the audience may know, what decides on its own rights, and the acts by which
people opened a QIP: these say of themselves who learns of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.intake import (
    AgencyUpdated,
    ContactChanged,
    ContactRemoved,
    LocationUpdated,
)
from shared.contracts.meetings import MemberJoined, MemberLeft, QipOpened
from shared.contracts.words import Handling
from tests.secrecy.noninterference_histories import History, Step, agency, fact, location
from tests.secrecy.noninterference_rights import Rights
from tests.secrecy.noninterference_values import (
    HOLDERS,
    is_reference_to_person,
    named,
    values,
)

_DECIDING = frozenset({"location_id", "qip_id", "agency_id"})
"""Fields that say where a fact belongs; of a fact that stays they stay too."""


def other_of(history: History, rights: Rights, rng: Random) -> History:
    """Another history that the audience must not be able to tell from this one."""
    steps: list[Step] = []
    for number, step in enumerate(history):
        event = step.event
        if event is None:
            steps.append(step)
        else:
            steps += _instead(step, event, number, rights, rng)
        if rng.random() < 0.2:
            steps += _hidden_fact(step, number, rights, rng)
    return tuple(steps)


def _instead(step: Step, event: Event, number: int, rights: Rights, rng: Random) -> Iterator[Step]:
    who = rights.who
    match event:
        case LocationUpdated():
            yield Step(step.at, location(event.location_id, rng), step.id)
        case ContactChanged() | ContactRemoved():
            if who.person == event.person_ref or rng.random() < 0.7:
                yield step
        case AgencyUpdated():
            if event.agency_id == rights.own_agency:
                yield step
            elif rng.random() < 0.8:
                yield Step(step.at, agency(event.agency_id, rng), step.id)
        case _ if _stays(event, number, rights):
            yield Step(step.at, _with_other_secrets(event, number, rights, rng), step.id)
        case _:
            chosen = rng.random()
            if chosen < 0.4:
                yield step
            elif chosen < 0.7:
                yield from _hidden_fact(step, number, rights, rng)


def _stays(event: Event, number: int, rights: Rights) -> bool:
    if isinstance(event, QipOpened) and event.partnership == rights.who.partnership:
        return True
    if isinstance(event, MemberJoined | MemberLeft) and event.agency_id == rights.own_agency:
        return True
    return not rights.hidden(event, number)


def _with_other_secrets(event: Event, number: int, rights: Rights, rng: Random) -> Event:
    """The same fact; its fields that the audience may never know hold other values."""
    cls = type(event)
    secret = rights.hidden_fields(event, number) - _DECIDING - {cls.spec.key}
    drawn = values(cls, rng, named("unused"), only=secret)
    for name, value in drawn.items():
        if is_reference_to_person(name):
            drawn[name] = _as_seen_by(rights.who.person, getattr(event, name), value)
    return event.model_copy(
        update={**drawn, "handling": _held_by_others(event.handling, rights, rng)}
    )


def _as_seen_by(person: UUID | None, was: Any, now: Any) -> Any:
    """Whether a person is written to stays as it was; who else is may change."""
    if person is None:
        return now
    if not isinstance(was, tuple):
        return was if person in (was, now) else now
    others = tuple(ref for ref in now if ref != person)
    return (person, *others) if person in was else others


def _held_by_others(was: Handling, rights: Rights, rng: Random) -> Handling:
    """Whether it names this audience stays; who else is named may change."""
    own = rights.names_ever
    others = [name for name in HOLDERS if name not in own]
    kept = [name for name in was.holders if name in own]
    return Handling(was.label, tuple(sorted({*kept, *rng.sample(others, rng.randrange(2))})))


def _hidden_fact(step: Step, number: int, rights: Rights, rng: Random) -> Iterator[Step]:
    """Some fact above the audience's right, said at the time of this step."""
    for _ in range(4):
        event = fact(rng)
        if rights.hidden(event, number):
            yield Step(step.at, event, UUID(int=rng.getrandbits(128), version=4))
            return
