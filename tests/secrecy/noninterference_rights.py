"""Who may know what: the table of docs/architecture.md written out once more, apart from the code.

For one audience and one history: at each step, which labels of a fact it may know then. A fact (or
a field) is *above its right* where it may know it at no step from the fact on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.contracts.event import Event, label_of, payload_fields
from shared.contracts.intake import AgencyUpdated, ConcernTriaged, FunctionHeld, LocationUpdated
from shared.contracts.meetings import MemberJoined, MemberLeft, QipOpened
from shared.contracts.words import Label
from tests.secrecy.noninterference_histories import History
from tests.secrecy.noninterference_values import (
    HERE,
    OF_PROVIDER,
    OFFICE_HOLDERS,
    PARTNERSHIP_OF,
)

LONDON = ZoneInfo("Europe/London")
SEATS = frozenset(
    {
        "council_quality",
        "council_contracts",
        "council_commissioning",
        "council_safeguarding",
        "health_commissioner",
        "nhs_contract_management",
        "regulator",
    }
)
"""The seats before a QIP (L4), as both packs of these histories have them."""
CONCERNS_SHARED_WITH = frozenset({"council_contracts", "council_commissioning", "council_quality"})
"""Always told of a triaged concern (WCC3a)."""
AGREEMENT = "1"


@dataclass(frozen=True, slots=True)
class Who:
    """An audience: an agency's feed, or one person's mails."""

    agency: str | None = None
    person: UUID | None = None

    @property
    def partnership(self) -> str:
        return PARTNERSHIP_OF[self.agency] if self.agency else HERE

    @property
    def at_a_provider(self) -> bool:
        return self.person in OFFICE_HOLDERS

    def __str__(self) -> str:
        return f"agency {self.agency}" if self.agency else f"person {self.person}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an audience's rights were after one step."""

    day: date
    functions: tuple[FunctionHeld, ...] = ()
    agreed: bool = False
    suspended: bool = False
    opened: frozenset[UUID] = frozenset()
    """Locations with a QIP."""
    member_of: frozenset[UUID] = frozenset()
    """QIPs that the agency is a member of."""
    known: frozenset[UUID] = frozenset()
    """Locations in the register."""

    @property
    def held(self) -> frozenset[str]:
        return frozenset(
            held.function.value
            for held in self.functions
            if held.held_from <= self.day and (held.held_to is None or self.day <= held.held_to)
        )


@dataclass(slots=True)
class Rights:
    """One audience's rights through one history."""

    who: Who
    own_agency: str | None
    """The agency whose standing counts: the audience itself, or the one a chair comes from."""
    standings: list[Standing] = field(default_factory=list)
    _qips: dict[UUID, UUID] = field(default_factory=dict)

    def above(
        self, event: Event, step: int, floor: Label | None, *, past_too: bool = False
    ) -> bool:
        """True where the audience may know a label of this event at no step from `step` on."""
        return floor is None or not any(
            self._may_know(floor, event, standing, in_qip)
            for standing, in_qip in self._from(event, step, past_too)
        )

    def hidden(self, event: Event, step: int) -> bool:
        """True where the audience may not know that it happened, from then on."""
        return self.above(event, step, event.spec.existence)

    def hidden_fields(self, event: Event, step: int) -> frozenset[str]:
        """The fields that the audience may know at no time.

        What it was told and what has not left is told again under rights that changed meanwhile,
        also where the case has become a QIP's.
        """
        cls = type(event)
        return frozenset(
            name
            for name in payload_fields(cls)
            if self.above(event, step, label_of(cls, name), past_too=True)
        )

    @property
    def names_ever(self) -> frozenset[str]:
        """Every name by which a handling could name the audience at some time."""
        return frozenset().union(*map(self._names, self.standings))

    def _from(self, event: Event, step: int, past_too: bool) -> Iterator[tuple[Standing, bool]]:
        """The standings that count for a fact, each with whether the case was a QIP's then.

        What was heard before a QIP was opened is of the past from its opening on. Where the
        location was not known yet, or a second QIP follows, either side is granted: who may know
        less than this grants is tested by rules of their own (tests/notifications).
        """
        about = getattr(event, "location_id", None)
        now = self.standings[step]
        in_qip = about in now.opened
        certain = about is None or about in now.known
        for standing in self.standings[step:]:
            if certain and not in_qip and not past_too and about in standing.opened:
                return
            yield standing, in_qip
            if not certain:
                yield standing, not in_qip

    def _may_know(self, floor: Label, event: Event, now: Standing, in_qip: bool) -> bool:
        if event.partnership != self.who.partnership or (now.suspended and self.who.agency):
            return False
        about: UUID | None = getattr(event, "location_id", None)
        if about is None and event.key != self.who.agency:
            return False  # an answer concerns nobody but the agency that it answers
        raised = event.handling.label
        top = raised if raised and raised.strictness > floor.strictness else floor
        named = bool(self._names(now) & set(event.handling.holders))
        if self.who.at_a_provider:
            return self._provider_may_know(floor, top, named, about)
        if self.who.person:
            return top is not Label.PERSONAL and (top is not Label.NAMED or named)
        return self._agency_may_know(floor, top, named, event, now, in_qip)

    def _names(self, now: Standing) -> set[str]:
        own = {f"person:{self.who.person}"} if self.who.person else set()
        if self.own_agency is None or now.suspended:
            return own
        return own | {f"agency:{self.own_agency}"} | now.held

    def _provider_may_know(self, floor: Label, top: Label, named: bool, about: UUID | None) -> bool:
        ours = about is not None and OF_PROVIDER[about] == OFFICE_HOLDERS[self.who.person or about]
        if top is Label.PERSONAL:
            return False
        if top is Label.PUBLIC:
            return True
        if floor is Label.NAMED:
            return named  # told as the one who reported it
        return floor is Label.PROVIDER and ours and (top is Label.PROVIDER or named)

    def _agency_may_know(
        self, floor: Label, top: Label, named: bool, event: Event, now: Standing, in_qip: bool
    ) -> bool:
        if top is Label.PUBLIC:
            return True
        if top is Label.PERSONAL:
            return False
        about = getattr(event, "location_id", None)
        agreed = now.agreed or about is None
        if not agreed or (top is Label.NAMED and not named):
            return False
        return floor is Label.NAMED or (now.agreed and self._in_case(event, now, in_qip))

    def _in_case(self, event: Event, now: Standing, in_qip: bool) -> bool:
        if isinstance(event, ConcernTriaged) and now.held & CONCERNS_SHARED_WITH:
            return True
        if in_qip:
            about: UUID = getattr(event, "location_id", UUID(int=0))
            return self._qips.get(about) in now.member_of
        return bool(now.held & SEATS)


def rights_of(who: Who, own_agency: str | None, history: History) -> Rights:
    """Follow one audience's rights through a history."""
    found = Rights(who, own_agency)
    now = Standing(day=_day(history[0].at))
    for step in history:
        now = replace(_after(now, step.event, found), day=_day(step.at))
        found.standings.append(now)
    return found


def _after(now: Standing, event: Event | None, rights: Rights) -> Standing:
    match event:
        case AgencyUpdated() if event.agency_id == rights.own_agency:
            agreed = event.agreement_version == AGREEMENT
            return replace(now, functions=event.functions, agreed=agreed, suspended=event.suspended)
        case QipOpened():
            rights._qips[event.location_id] = event.qip_id
            return replace(now, opened=now.opened | {event.location_id})
        case MemberJoined() if event.agency_id == rights.own_agency:
            return replace(now, member_of=now.member_of | {event.qip_id})
        case MemberLeft() if event.agency_id == rights.own_agency:
            return replace(now, member_of=now.member_of - {event.qip_id})
        case LocationUpdated():
            return replace(now, known=now.known | {event.location_id})
        case _:
            return now


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
