"""Circles: what is found in facts is found once for each circle of those who may know the same.

The open circle knows every fact that is not NAMED. Each set of holders that NAMED facts of a place
have in common is a circle of its own: it knows what all of them may know. What a circle is told of
follows from the facts that it knows and from nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from shared.contracts.words import Handling, Label

Circle = tuple[str, ...]
"""Holders, sorted."""

OPEN: Circle = ()
"""Everybody who may know what is not NAMED."""


def knows(circle: Circle, handling: Handling) -> bool:
    """Whether all of a circle may know what is handled so. PERSONAL is for nobody here."""
    if handling.label is Label.PERSONAL:
        return False
    if handling.label is not Label.NAMED:
        return True
    return circle != OPEN and set(circle) <= set(handling.holders)


def is_open(handling: Handling) -> bool:
    """Whether the open circle knows it."""
    return knows(OPEN, handling)


def handling_in(circle: Circle) -> Handling:
    """How is handled what is found for a circle."""
    return Handling() if circle == OPEN else Handling(Label.NAMED, circle)


def with_fact(known: Collection[Circle], handling: Handling) -> list[Circle]:
    """The circles of a place (without the open one) once there is such a fact, widest first."""
    found = set(known)
    if handling.label is Label.NAMED and handling.holders:
        holders = set(handling.holders)
        found |= {tuple(sorted(holders & set(circle))) for circle in (*known, tuple(holders))}
    return in_order(found - {OPEN})


def circles_of(handlings: Iterable[Handling]) -> list[Circle]:
    """All circles of a place with such facts, the open one first."""
    found: list[Circle] = []
    for handling in set(handlings):
        found = with_fact(found, handling)
    return [OPEN, *found]


def in_order(circles: Iterable[Circle]) -> list[Circle]:
    """A circle after all that are wider."""
    return sorted(circles, key=lambda circle: (-len(circle), circle))


def wider(circle: Circle, circles: Collection[Circle]) -> Sequence[Circle]:
    """The circles to which everybody of this one belongs, and others."""
    if circle == OPEN:
        return ()
    return [OPEN, *(other for other in circles if set(other) > set(circle))]


def narrower(circle: Circle, circles: Collection[Circle]) -> Sequence[Circle]:
    """The circles whose holders all belong to this one, as do others."""
    return [other for other in circles if circle in wider(other, circles)]
