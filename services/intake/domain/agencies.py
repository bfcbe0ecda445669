"""Agencies follow one another: functions pass on a day, and nothing of what was is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.contracts.words import AgencyFunction, HeldFunction, refused

_CLAUSE = "functions are held from a day to a day"


@dataclass(frozen=True, slots=True)
class Passed:
    """What two agencies hold after a succession."""

    predecessor: tuple[HeldFunction, ...]
    successor: tuple[HeldFunction, ...]
    functions: tuple[AgencyFunction, ...]
    """Those that passed."""


def pass_functions(
    predecessor: Sequence[HeldFunction],
    successor: Sequence[HeldFunction],
    chosen: Collection[AgencyFunction],
    on: date,
) -> Passed:
    """From a day on the successor holds what the predecessor held; without a choice all of it.

    Raises Refused where the predecessor holds none of it on the day before.
    """
    before = on - timedelta(days=1)
    passing = [
        held
        for held in predecessor
        if held.held_on(before) and (not chosen or held.function in chosen)
    ]
    missing = set(chosen) - {held.function for held in passing}
    if missing or not passing:
        raise refused(
            "succession.not-held",
            "The predecessor does not hold this function on the day before.",
            "Name functions that it holds until then, or another day.",
            clause=_CLAUSE,
            field="functions",
        )
    left = tuple(replace(held, held_to=before) if held in passing else held for held in predecessor)
    gained = tuple(
        HeldFunction(held.function, on, held.held_to if _ends_later(held, on) else None)
        for held in passing
        if not any(own.function is held.function and own.held_on(on) for own in successor)
    )
    return Passed(left, (*successor, *gained), tuple(held.function for held in passing))


def _ends_later(held: HeldFunction, on: date) -> bool:
    return held.held_to is not None and held.held_to >= on


def not_in_a_circle(
    predecessor: str, successor: str, successions: Collection[tuple[str, str]]
) -> None:
    """Nobody follows itself, however many stand between. Raises Refused."""
    heirs, todo = {successor}, [successor]
    for one in todo:
        for earlier, later in successions:
            if earlier == one and later not in heirs:
                heirs.add(later)
                todo.append(later)
    if predecessor in heirs:
        raise refused(
            "succession.circle",
            "An agency cannot follow itself.",
            "Name another agency as the successor.",
            clause=_CLAUSE,
            field="successor",
        )


@dataclass(frozen=True, slots=True)
class Followed:
    """An act of succession whose day has come."""

    predecessor: str
    successor: str
    ended: bool
    """The predecessor holds nothing any more."""


def speakers_for(agency: str, acts: Collection[Followed]) -> tuple[str, ...]:
    """An agency, and who speaks for it now: one that follows it alone, once it holds nothing."""
    found = [agency]
    while (heir := _heir_of(found[-1], acts)) and heir not in found:
        found.append(heir)
    return tuple(found)


def spoken_for(agency: str, acts: Collection[Followed]) -> tuple[str, ...]:
    """An agency, and those that are no more and for which it speaks: `speakers_for`, read back."""
    found = [agency]
    for one in found:
        before = sorted({act.predecessor for act in acts if act.successor == one})
        found += [each for each in before if each not in found and _heir_of(each, acts) == one]
    return tuple(found)


def _heir_of(agency: str, acts: Collection[Followed]) -> str | None:
    heirs = [act.successor for act in acts if act.predecessor == agency and act.ended]
    return heirs[0] if len(heirs) == 1 else None


def merge_functions(
    known: Sequence[HeldFunction], listed: Sequence[HeldFunction], today: date
) -> tuple[HeldFunction, ...]:
    """What an agency holds after a list of its functions was taken.

    What the list leaves out has ended: it stays with its days. What would only have begun goes. An
    end that is known stands, also where the list names none.
    """
    ends = {(held.function, held.held_from): held.held_to for held in known}
    named = {(held.function, held.held_from) for held in listed}
    yesterday = today - timedelta(days=1)
    ended = [
        held if held.held_to and held.held_to < today else replace(held, held_to=yesterday)
        for held in known
        if (held.function, held.held_from) not in named and held.held_from < today
    ]
    return (
        *ended,
        *(
            replace(held, held_to=held.held_to or ends.get((held.function, held.held_from)))
            for held in listed
        ),
    )
