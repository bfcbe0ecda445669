"""A marker in every field of every event: each audience finds those of its label and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

from services.notifications.main import SERVICE
from shared.contracts import intake, meetings
from shared.contracts.catalogue import HEARS, outbound_topic
from shared.contracts.event import Event, declared_events
from shared.contracts.words import Handling, Label, Role
from tests.notifications import conftest as cast
from tests.secrecy.audiences import AGENCIES, MEMBERS, Agency, may_know
from tests.secrecy.canaries import Book, bare, new_word
from tests.secrecy.instruments import Instruments, assert_operators_see_none, installed
from tests.stage import Stage, World, person

PLAIN = Handling()
TO_SOME = Handling(Label.NAMED, ("agency:healthwatch", "council_safeguarding"))
TO_NOBODY = Handling(Label.PERSONAL, ("agency:healthwatch", "council_safeguarding"))
REGISTER = frozenset(
    {
        intake.LocationUpdated,
        intake.AgencyUpdated,
        intake.ContactChanged,
        intake.ContactRemoved,
    }
)
"""What is kept rather than told; it has its markers from the scene."""
OF_THE_QIP = frozenset({meetings.QipOpened, meetings.MemberJoined, meetings.MemberLeft})
"""What itself decides on who is in the case; told of in the QIP only."""
ANSWERS = frozenset({intake.ReceiptIssued, intake.QuarantineSettled, intake.RefusalLifted})
"""About no place: for the agency alone that is their key."""
BY_MAIL_ONLY = frozenset(
    cls.spec.type
    for cls in (
        intake.EmergencyUnplaced,
        intake.HandoverUnanswered,
        intake.PolicyReviewDue,
        intake.QuarantineWaiting,
        intake.StatutoryRequestHandedOver,
        intake.StatutoryRequestDue,
        intake.StatutoryRequestOverdue,
        intake.TriageOverdue,
    )
)
"""About no place, and the answer to nobody: on no feed."""
DUMB_BY_NAME = {"intake.agency.updated.v1 functions"}
"""Of the register, which every service keeps and nobody is told: agencies' ids and functions."""
IN_THE_HEADERS = {
    ("intake.receipt.issued.v1", "agency_id"),
    ("intake.receipt.issued.v1", "partner_traceparent"),
    ("intake.quarantine.settled.v1", "agency_id"),
    ("intake.refusal.lifted.v1", "agency_id"),
}
"""The reader of a receipt knows who it is, and finds its own trace in the headers."""


def told_to_notifications() -> list[type[Event]]:
    heard = {cls for classes in HEARS["notifications"].values() for cls in classes}
    return sorted(heard - REGISTER, key=lambda cls: cls.spec.type)


@dataclass
class Told:
    """Notifications after it has heard every event, each about a location of its own."""

    world: World
    book: Book = field(default_factory=Book)
    in_qip: set[UUID] = field(default_factory=set)
    names: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    """Name and reference of each location: known to whoever is told anything about it."""

    def place(self, key: str) -> tuple[UUID, list[Event]]:
        id_ = cast.id_of(key)
        name, reference = new_word(), new_word()
        self.names[id_] = (name, reference)
        known = cast.location(id_, name=name).model_copy(update={"reference": reference})
        return id_, [known]

    def joining(self, location: UUID, qip: UUID) -> Iterator[Event]:
        """The members of these tests join a QIP."""
        self.in_qip.add(location)
        for agency in AGENCIES:
            if agency.id in MEMBERS:
                yield meetings.MemberJoined(
                    partnership="combined",
                    location_id=location,
                    qip_id=qip,
                    agency_id=agency.id,
                    function=agency.function,
                )

    async def tell(self, cls: type[Event], handling: Handling, *, in_qip: bool) -> None:
        events: list[Event] = []
        fixed: dict[str, object] = {}
        if "location_id" in cls.model_fields and cls.spec.existence is not None:
            place, events = self.place(f"{cls.spec.type} {handling.label} {in_qip}")
            fixed["location_id"] = place
            if in_qip and cls is not meetings.QipOpened:
                fixed["qip_id"] = qip = cast.id_of(f"qip {place}")
                events += [cast.qip_opened(place).model_copy(update={"qip_id": qip})]
                events += self.joining(place, qip)
        if cls in ANSWERS:
            fixed = {"agency_id": "icb"}
            handling = Handling(Label.NAMED, ("agency:icb",))
        fixed = {name: value for name, value in fixed.items() if name in cls.model_fields}
        event = self.book.event(cls, handling, **fixed)
        events.append(event)
        if isinstance(event, meetings.QipOpened):
            events += self.joining(event.location_id, event.qip_id)
        await self.world.hear(*events)

    async def feed(self, agency: Agency) -> str:
        """Everything on an agency's feed: headers, keys and bodies."""
        return "\n".join(
            f"{row.headers} {row.key} {bytes(row.value or b'').decode()}"
            for row in await self.world.outbox()
            if row.topic == outbound_topic(agency.id)
        )


Heard = tuple[Told, Instruments]


@pytest.fixture(scope="module")
async def heard(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Heard]:
    """Every event that notifications hears, before and in a QIP, plain and raised."""
    with installed(tmp_path_factory.mktemp("instruments")) as instruments:
        await stage.empty("notifications")
        found = Told(World(SERVICE, stage.settings("notifications")))
        for agency in AGENCIES:
            event = cast.agency(
                agency.id,
                agency.function,
                agreement="1" if agency.agreed else None,
                suspended=agency.suspended,
            )
            await found.world.hear(event)
        handlings = (PLAIN, TO_SOME, TO_NOBODY)
        for cls, handling, in_qip in product(told_to_notifications(), handlings, (False, True)):
            if cls not in OF_THE_QIP or in_qip:
                await found.tell(cls, handling, in_qip=in_qip)
        yield found, instruments
        await found.world.close()


async def test_each_feed_holds_the_markers_of_its_labels_and_no_other(heard: Heard) -> None:
    told, instruments = heard
    book = told.book
    for agency in AGENCIES:
        feed = await told.feed(agency)
        here = {id(marker) for marker in book.found(feed)}
        allowed = [
            marker
            for marker in book.content
            if may_know(agency, marker, in_qip=marker.location in told.in_qip)
            and marker.type not in BY_MAIL_ONLY
        ]
        leaked = here - {id(marker) for marker in allowed}
        assert [f"{agency.id}: {m}" for m in book.markers if id(m) in leaked] == []
        expected = [m for m in allowed if (m.type, m.field) not in IN_THE_HEADERS]
        missing = [f"{agency.id}: {m}" for m in expected if id(m) not in here]
        assert missing == []
        if not agency.suspended:
            assert expected, f"{agency.id} is told nothing: its silence proves nothing"
    assert_operators_see_none(book, instruments)


async def test_a_locations_name_is_on_the_feeds_of_those_only_who_are_told_something_of_it(
    heard: Heard,
) -> None:
    told, _ = heard
    for agency in AGENCIES:
        feed = await told.feed(agency)
        shown = {place for place, forms in told.names.items() if any(f in feed for f in forms)}
        may = {
            marker.location
            for marker in told.book.markers
            if may_know(agency, marker, in_qip=marker.location in told.in_qip)
        }
        # Whoever joins is told that it joins, and of the QIP that was opened.
        may |= told.in_qip if agency.agreed and agency.id in MEMBERS else set()
        if agency.suspended:
            may = set()
        assert shown <= may, f"{agency.id} knows of a location without being told anything of it"
        assert agency.suspended or shown


async def test_no_answer_of_notifications_holds_what_a_fact_says(heard: Heard) -> None:
    told, instruments = heard
    paths: tuple[str, ...] = ("/messages?limit=200", "/ledger?limit=200", "/ledger/check?limit=200")
    paths += tuple(f"/agencies/{agency.id}/feed?limit=200" for agency in AGENCIES)
    rows = 0
    for role, path in product(Role, paths):
        liaison = person(role, agency="icb" if role is Role.AGENCY_LIAISON else None)
        async with told.world.http(liaison) as client:
            answer = await client.get(path)
        rows += len(answer.json()) if answer.status_code == 200 else 0
        assert [str(m) for m in told.book.content if m.in_text(answer.text)] == [], path
    assert rows > 250
    assert_operators_see_none(told.book, instruments)


def test_only_what_is_chosen_from_a_list_carries_no_marker() -> None:
    """A field of another kind would go unsearched: it needs a form of marker, or a name here."""
    book, events = Book(), declared_events()
    for cls in events.values():
        book.event(cls)
    assert book.dumb >= DUMB_BY_NAME
    for named in sorted(book.dumb - DUMB_BY_NAME):
        type_, _, name = named.partition(" ")
        assert is_chosen(get_type_hints(events[type_], include_extras=True)[name]), named


def is_chosen(hint: Any) -> bool:
    """Whether all its values are written in the code: truth values, enumerations, literals."""
    kind = bare(hint)
    if get_origin(kind) is tuple:
        return is_chosen(get_args(kind)[0])
    return kind is bool or get_origin(kind) is Literal or issubclass(kind, Enum)
