"""Crossings: a rule holds at a location from a moment until it no longer does.

A crossing is named after what ended the one before it, never after the order of arrival. So a
fact that comes late or twice neither renames a crossing nor raises it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.assessment.domain.circles import OPEN, Circle
from shared.contracts.words import Handling, ImplicatedRole, derived_id

THEME = "W2.9"
"""The rule of themes; the other rules are the values of `Trigger`."""

FIRST = "first"
"""The name of a crossing before which there was none."""


class State(StrEnum):
    """Where a crossing stands; all but the last hold."""

    CANDIDATE = "candidate"
    MET = "met"
    REJECTED = "rejected"
    ENDED = "ended"


class Place(NamedTuple):
    """What can cross once at a time: a rule and, within it, a series (an enquiry, a category).

    Once for each circle: what is found for the open one is found as if nothing else were known.
    """

    rule: str
    series: str
    circle: Circle = OPEN

    def seen_by(self, circle: Circle) -> Place:
        """The same for another circle."""
        return self._replace(circle=circle)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the facts say: this rule holds now, for these reasons."""

    place: Place
    name: str | None
    """What ended the crossing before; None where the facts at hand do not reach back so far."""
    evidence: tuple[UUID, ...]
    threshold: str
    clause: str
    handling: Handling
    to_confirm: bool = False
    ends_on: date | None = None
    """The day on which the window falls below the threshold, if nothing more happens."""
    implicated_role: ImplicatedRole | None = None
    attributed_to: str | None = None

    def crossing_id(self, location_id: UUID) -> UUID:
        """The id that follows from rule, location, circle and crossing."""
        parts = [self.place.series, str(self.name), *self.place.circle]
        return derived_id(self.place.rule, location_id, "|".join(parts))


@dataclass(frozen=True, slots=True)
class Held:
    """A crossing that holds, as it was kept."""

    id: UUID
    place: Place
    name: str
    state: State
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What has to happen at a place so that what is kept agrees with the facts."""

    ends: Held | None = None
    begins: Standing | None = None
    moves: Standing | None = None
    """Goes on, with another end of its window."""


def change(held: Held | None, now: Standing | None) -> Change:
    """Compare what is kept with what the facts say. Doing it again changes nothing."""
    if held is None or now is None:
        return Change(ends=held, begins=now)
    if held.name != now.name:
        return Change(ends=held, begins=now)
    return Change(moves=now) if held.ends_on != now.ends_on else Change()


def differences(
    kept: Mapping[Place, Held], expected: Mapping[Place, Standing]
) -> dict[Place, Change]:
    """Where what is kept does not agree with the facts, by place."""
    found = {place: change(kept.get(place), expected.get(place)) for place in {*kept, *expected}}
    return {place: what for place, what in found.items() if what != Change()}
