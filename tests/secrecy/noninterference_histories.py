"""Histories as Hypothesis draws them: facts of every kind, and rights that come and go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import strategies as st

from services.notifications.domain.mails import MAILED
from shared.contracts.event import Event
from shared.contracts.intake import AgencyUpdated, ContactChanged, FunctionHeld, LocationUpdated
from shared.contracts.meetings import MemberJoined, MemberLeft, QipOpened
from shared.contracts.words import AgencyFunction, OfficeHolderRole, ServiceCategory
from tests.secrecy.noninterference_values import (
    CHAIRS,
    ELSEWHERE,
    FUNCTION_OF,
    HERE,
    HOME,
    OF_PROVIDER,
    OFFICE_HOLDERS,
    OTHER_HOME,
    PARTNERSHIP,
    PARTNERSHIP_OF,
    PEOPLE,
    TODAY,
    handling,
    named,
    told_events,
    values,
)

BEGINS = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SINCE_2020 = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: an event is heard, or (without one) what waits has left."""

    at: datetime
    event: Event | None
    id: UUID


History = tuple[Step, ...]

_FACTS = tuple(cls for cls in told_events() if cls not in (QipOpened, MemberJoined, MemberLeft))
"""What changes no right; the acts that do have steps of their own."""
_MAILED = tuple(cls for cls in _FACTS if cls.spec.type in MAILED)
_LOCATIONS = (HOME, HOME, HOME, OTHER_HOME, ELSEWHERE)
_ACTS = ("fact",) * 9 + (
    "agency",
    "agency",
    "agency",
    "joins",
    "joins",
    "leaves",
    "opens",
    "leave",
    "day",
)
_Act = tuple[str, int]


def histories(shortest: int = 4, longest: int = 14) -> st.SearchStrategy[History]:
    """A register that is known early, or in part late; then facts and rights in any order."""
    act = st.tuples(st.sampled_from(_ACTS), st.integers(0, 2**32 - 1))
    late = st.sets(st.integers(0, len(_register()) - 1), max_size=3)
    return st.builds(_history, late, st.lists(act, min_size=shortest, max_size=longest))


def fact(rng: Random, location: UUID | None = None) -> Event:
    """Any declared event that may reach somebody, with values that fit its declaration."""
    cls = rng.choice(_MAILED if rng.random() < 0.4 else _FACTS)
    about = location or rng.choice(_LOCATIONS)
    return cls(
        partnership=PARTNERSHIP[about],
        handling=handling(rng, cls.spec.existence),
        **values(cls, rng, about),
    )


def location(about: UUID, rng: Random | None = None) -> LocationUpdated:
    """A home is in the register; what no audience is shown of it may be anything."""
    drawn = rng or Random(0)  # noqa: S311 - a history, not a secret
    return LocationUpdated(
        partnership=PARTNERSHIP[about],
        location_id=about,
        provider_id=OF_PROVIDER[about],
        provider_reference=f"1-{OF_PROVIDER[about].int % 10**9}",
        reference=f"1-{about.int % 10**9}",
        name="Larch Field House" if about == HOME else "Other House",
        category=drawn.choice(tuple(ServiceCategory)),
        cqc_registered=drawn.random() < 0.5,
        commissioned=drawn.random() < 0.5,
        local_authority=drawn.choice(("Combined", "Elsewhere")),
        very_small=drawn.random() < 0.5,
        active=drawn.random() < 0.9,
    )


def agency(name: str, rng: Random | None = None) -> AgencyUpdated:
    """An agency as it began, or with other functions, agreement and standing."""
    own = FunctionHeld(function=FUNCTION_OF[name], held_from=SINCE_2020)
    held: tuple[FunctionHeld, ...] = (own,)
    agreement: str | None = "1"
    suspended = False
    if rng is not None:
        held = rng.choice(((own,), (), (_for_days(rng),), (own, _for_days(rng))))
        agreement = rng.choice(("1", "1", "0", None))
        suspended = rng.random() < 0.15
    return AgencyUpdated(
        partnership=PARTNERSHIP_OF[name],
        agency_id=name,
        name=name.title(),
        functions=tuple({item.function: item for item in held}.values()),
        agreement_version=agreement,
        suspended=suspended,
    )


def contact(ref: UUID) -> ContactChanged:
    """Somebody holds an office and has an address."""
    return ContactChanged(
        partnership=HERE,
        person_ref=ref,
        provider_id=OFFICE_HOLDERS.get(ref),
        location_id=None,
        agency_id=CHAIRS.get(ref),
        role=OfficeHolderRole.REGISTERED_MANAGER if ref in OFFICE_HOLDERS else None,
        name=f"Person {ref.int % 1000}",
        email=f"person{ref.int % 1000}@icb.example",
    )


def _for_days(rng: Random) -> FunctionHeld:
    begins = TODAY + timedelta(days=rng.randrange(-2, 4))
    ends = begins + timedelta(days=rng.randrange(3)) if rng.random() < 0.5 else None
    return FunctionHeld(function=rng.choice(tuple(AgencyFunction)), held_from=begins, held_to=ends)


def _register() -> list[Event]:
    return [
        *map(location, OF_PROVIDER),
        *map(agency, FUNCTION_OF),
        *map(contact, PEOPLE),
    ]


def _history(late: set[int], acts: list[_Act]) -> History:
    begun = _register()
    events: list[Event | None] = [e for i, e in enumerate(begun) if i not in late]
    days: dict[int, int] = {}
    waiting = [begun[i] for i in sorted(late)]
    for act, seed in acts:
        rng = Random(seed)  # noqa: S311 - a history, not a secret
        if waiting and rng.random() < 0.4:
            events.append(waiting.pop(0))
        if act == "day":
            days[len(events)] = rng.randrange(1, 4)
        events.append(_act(act, rng))
    return _timed([*events, *waiting, None], days)


def _act(act: str, rng: Random) -> Event | None:
    about = rng.choice(_LOCATIONS)
    qip = named(f"qip of {about}")
    match act:
        case "fact":
            return fact(rng)
        case "agency":
            name = rng.choice(tuple(FUNCTION_OF))
            return agency(name, rng if rng.random() < 0.7 else None)
        case "opens":
            own = values(QipOpened, rng, about) | {"qip_id": qip}
            return QipOpened(partnership=PARTNERSHIP[about], **own)
        case "joins" | "leaves":
            return _membership(act, rng, about, qip)
        case _:
            return None


def _membership(act: str, rng: Random, about: UUID, qip: UUID) -> Event:
    cls = MemberJoined if act == "joins" else MemberLeft
    names = [n for n, p in PARTNERSHIP_OF.items() if p == PARTNERSHIP[about]]
    own = values(cls, rng, about) | {"qip_id": qip, "agency_id": rng.choice(names)}
    return cls(partnership=PARTNERSHIP[about], **own)


def _timed(events: list[Event | None], days: dict[int, int]) -> History:
    at, steps = BEGINS, []
    for number, event in enumerate(events):
        at += timedelta(minutes=1, days=days.get(number, 0))
        steps.append(Step(at, event, named(f"step {number}")))
    return tuple(steps)
