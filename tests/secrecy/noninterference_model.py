"""What an audience sees of a history: a small feed in memory around the real rules.

Its own are only the queue and the register. Who may know what, the projections, the records' bytes,
the letters and the calendars come from the code under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.channels.feed import record_of
from services.notifications.domain import rights
from services.notifications.domain.projection import (
    Fact,
    Place,
    Projection,
    project,
    secret_of,
)
from services.notifications.store.facts import shape_of
from shared.contracts.event import ENVELOPE_FIELDS, Event
from shared.contracts.intake import AgencyUpdated, LocationUpdated
from shared.contracts.meetings import MemberJoined, MemberLeft, QipOpened
from tests.secrecy.noninterference_histories import History, Step
from tests.secrecy.noninterference_rights import AGREEMENT, CONCERNS_SHARED_WITH, SEATS, Who

LONDON = ZoneInfo("Europe/London")
MASTER = b"for-tests-only"
TERMS = rights.Terms(SEATS, "L4", CONCERNS_SHARED_WITH, "WCC3a", AGREEMENT)

Seen = tuple[object, ...]
"""One thing that an audience gets, with all that it could tell apart."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as the feed keeps it: its place in the order in which facts were heard."""

    seq: int
    event: Event
    fact: Fact

    @property
    def about(self) -> UUID | None:
        return self.fact.location_id


@dataclass(slots=True)
class Register:
    """What the model has heard of locations, QIPs, members and agencies."""

    places: dict[UUID, Place] = field(default_factory=dict)
    since: dict[UUID, int] = field(default_factory=dict)
    qips: dict[UUID, UUID] = field(default_factory=dict)
    members: set[tuple[UUID, str]] = field(default_factory=set)
    agencies: dict[str, rights.Agency] = field(default_factory=dict)

    def place(self, about: UUID | None) -> Place | None:
        return self.places.get(about) if about else None

    def in_qip(self, heard: Heard) -> bool:
        since = self.since.get(heard.about) if heard.about else None
        return since is not None and heard.seq >= since

    def past(self, heard: Heard) -> bool:
        """True for what was said of a case before its QIP."""
        return heard.about in self.since and not self.in_qip(heard)


def feed_of(who: Who, history: History) -> list[Seen]:
    """What an agency reads on its feed: bytes, headers, key and order."""
    feed = _Feed(who.agency or "", who.partnership)
    for step in history:
        feed.take(step)
    return feed.sent + [entry for _, entry in feed.waiting]


class _Feed:
    def __init__(self, agency: str, partnership: str) -> None:
        self._agency = agency
        self._partnership = partnership
        self._secret = secret_of(MASTER, agency)
        self._register = Register()
        self._heard: list[Heard] = []
        self._told: set[UUID] = set()
        self._changes_on: date | None = None
        self.sent: list[Seen] = []
        self.waiting: list[tuple[Heard, Seen]] = []

    def take(self, step: Step) -> None:
        """One step: time passes, then an event is heard or what waits leaves."""
        today = step.at.astimezone(LONDON).date()
        if self._changes_on is not None and self._changes_on <= today:
            self._review(step.at, None)
            self._watch(today)
        if step.event is None:
            self.sent += [entry for _, entry in self.waiting]
            self.waiting.clear()
        elif step.event.partnership == self._partnership:
            self._hear(step, step.event, today)

    def _hear(self, step: Step, event: Event, today: date) -> None:
        register = self._register
        values = event.model_dump(exclude=set(ENVELOPE_FIELDS))
        kind = event.spec.type
        fact = Fact(step.id, kind, shape_of(type(event)), values, event.handling)
        heard = Heard(len(self._heard), event, fact)
        self._heard.append(heard)
        match event:
            case LocationUpdated():
                self._keep_location(step.at, event)
            case AgencyUpdated():
                self._keep_agency(step.at, event, today)
            case QipOpened():
                register.since[event.location_id] = heard.seq
                register.qips[event.location_id] = event.qip_id
            case MemberJoined() | MemberLeft():
                self._keep_member(step.at, event)
        if fact.shape.existence is not None:
            self._tell(heard, step.at)

    def _keep_location(self, at: datetime, event: LocationUpdated) -> None:
        new = event.location_id not in self._register.places
        self._register.places[event.location_id] = Place(
            event.location_id, event.provider_id, event.reference, event.name
        )
        for heard in self._heard if new else ():
            if heard.about == event.location_id and heard.fact.shape.existence is not None:
                self._tell(heard, at)

    def _keep_agency(self, at: datetime, event: AgencyUpdated, today: date) -> None:
        held = tuple(rights.Held(h.function, h.held_from, h.held_to) for h in event.functions)
        known = rights.Agency(event.agency_id, event.agreement_version, event.suspended, held)
        if self._register.agencies.get(event.agency_id) == known:
            return
        self._register.agencies[event.agency_id] = known
        if event.agency_id == self._agency:
            self._review(at, None)
            self._watch(today)

    def _keep_member(self, at: datetime, event: MemberJoined | MemberLeft) -> None:
        seat = (event.qip_id, event.agency_id)
        if isinstance(event, MemberJoined):
            self._register.members.add(seat)
        else:
            self._register.members.discard(seat)
        if event.agency_id == self._agency:
            self._review(at, event.location_id)

    def _watch(self, today: date) -> None:
        own = self._register.agencies[self._agency]
        self._changes_on = rights.next_change(own.functions, today)

    def _tell(self, heard: Heard, at: datetime) -> None:
        if heard.about is None and heard.event.key != self._agency:
            return
        if heard.fact.event_id not in self._told:
            self._put(heard, at)

    def _put(self, heard: Heard, at: datetime) -> None:
        register = self._register
        own = register.agencies.get(self._agency)
        if own is None:
            return
        seat = (register.qips.get(heard.about) if heard.about else None, own.id)
        fact = replace(heard.fact, place=register.place(heard.about))
        audience = rights.audience_of(
            replace(own, member=seat in register.members),
            fact.event_type,
            in_qip=register.in_qip(heard),
            terms=TERMS,
            day=at.astimezone(LONDON).date(),
            secret=self._secret,
        )
        told = project(fact, audience)
        if isinstance(told, Projection):
            record = record_of(fact, told, agency_id=own.id, secret=self._secret, at=at)
            self._told.add(fact.event_id)
            self.waiting.append((heard, tuple(_seen(record.row))))

    def _review(self, at: datetime, about: UUID | None) -> None:
        """Take back what has not left, then put what may be known of the cases as they stand."""
        taken = {h.seq for h, _ in self.waiting if about is None or h.about == about}
        self.waiting = [(h, entry) for h, entry in self.waiting if h.seq not in taken]
        self._told -= {self._heard[seq].fact.event_id for seq in taken}
        own = self._register.agencies.get(self._agency)
        for heard in self._heard if own else ():
            within = about is None or heard.about == about
            again = heard.seq in taken or not (
                self._register.past(heard) or (own and own.suspended)
            )
            leaves = heard.fact.shape.existence is not None
            mine = heard.about is not None or heard.event.key == self._agency
            if within and again and leaves and mine and heard.fact.event_id not in self._told:
                self._put(heard, at)


def _seen(row: dict[str, object]) -> Iterator[object]:
    yield row["topic"]
    yield row["key"]
    yield row["headers"]
    yield row["value"]
