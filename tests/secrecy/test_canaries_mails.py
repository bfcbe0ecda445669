"""A marker in every field that a mail could quote: each reader finds those of its label only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from services.notifications.tables import MessageRow
from shared.contracts import intake, meetings
from shared.contracts.event import Event
from shared.contracts.words import Handling, Label
from tests.notifications import conftest as cast
from tests.secrecy.audiences import Reader, may_read
from tests.secrecy.canaries import Book, new_word
from tests.secrecy.instruments import Instruments, assert_operators_see_none
from tests.stage import World

PLAIN = Handling()
GOVERNANCE = "role:information_governance"
MAILBOXES = {
    "mailbox:safeguarding": frozenset({"council_safeguarding"}),
    "mailbox:information_governance": frozenset({GOVERNANCE}),
    "mailbox:owner": frozenset({"council_quality"}),
}

MAILED: tuple[tuple[type[Event], str | None], ...] = (
    (intake.ConcernAcknowledged, "reporter_ref"),
    (intake.ConcernAnswered, "reporter_ref"),
    (intake.RedirectionTold, "reporter_ref"),
    (intake.CorrectionDecided, "reporter_ref"),
    (intake.ConcernRedirected, None),
    (intake.HandoverAddedTo, None),
    (intake.HandoverUnanswered, None),
    (intake.StatutoryRequestHandedOver, None),
    (intake.StatutoryRequestDue, None),
    (intake.StatutoryRequestOverdue, None),
    (intake.EmergencyUnplaced, None),
    (intake.PolicyReviewDue, None),
    (intake.QuarantineWaiting, None),
    (intake.TriageOverdue, None),
    (meetings.ChairAppointed, "chair_ref"),
    (meetings.ProviderContacted, "recipient_refs"),
    (meetings.MeetingScheduled, "provider_refs"),
    (meetings.PlanSubmitted, "chair_ref"),
    (meetings.PlanOverdue, "chair_ref"),
)
ARRIVES = {
    "concern_acknowledged": {"reference"},
    "concern_answered": {"reference"},
    "concern_redirected": {"reference"},
    "correction_decided": {"reference"},
    "safeguarding_handover": {"reference", "acknowledge_by"},
    "handover_added_to": {"reference"},
    "handover_unanswered": {"reference", "escalation"},
    "statutory_handed_over": {"reference", "due_on", "due_clause"},
    "statutory_due": {"reference", "due_on", "due_clause"},
    "statutory_overdue": {"reference", "due_on", "due_clause"},
    "emergency_unplaced": {"acknowledge_by", "escalation"},
    "policy_review_due": {"pack", "review_on"},
    "quarantine_waiting": {"erased_on", "clause"},
    "triage_overdue": {"overdue", "oldest_due_on", "due_clause", "reminder_clause"},
    "chair_appointed": set[str](),
    "provider_contacted": {"terms_version"},
    "provider_invited": {"part_ii_starts_at", "part_ii_ends_at", "plan_due_on"},
    "chair_invited": {"starts_at", "ends_at", "part_ii_starts_at", "plan_due_on"},
    "plan_submitted": {"plan_version", "actions", "submitted_on"},
    "plan_overdue": {"due_on"},
    "not_delivered": set[str](),
}
"""What each kind of mail cannot do without, so that its silence on the rest proves something."""


@dataclass(frozen=True)
class Office:
    """Somebody in the register, with a marker for a name and in the address."""

    ref: UUID
    name: str
    address: str
    reader: Reader


def _office(key: str, domain: str, **rights: object) -> Office:
    ref = cast.id_of(f"office {key}")
    reader = Reader(ref, **rights)  # type: ignore[arg-type]  # the fields of Reader by name
    return Office(ref, new_word(), f"{new_word()}@{domain}", reader)


async def test_each_mail_holds_the_markers_of_its_readers_labels_and_no_other(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world, book = await stage_for("notifications"), Book()
    manager = _office("manager", "larchfield.example", provider=True)
    stranger = _office("stranger", "elsewhere.example")
    holds = frozenset({"agency:icb", "health_commissioner"})
    chair = _office("chair", "icb.example", in_case=True, holds=holds)
    offices = {office.ref: office for office in (manager, stranger, chair)}
    await world.hear(cast.agency("icb"), cast.agency("council-safeguarding"))
    await world.hear(
        cast.contact(manager.ref, manager.address, name=manager.name, provider_id=cast.PROVIDER),
        cast.contact(
            stranger.ref, stranger.address, name=stranger.name, provider_id=cast.OTHER_PROVIDER
        ),
        cast.contact(chair.ref, chair.address, name=chair.name, agency_id="icb"),
    )
    names: dict[UUID, str] = {}
    for cls, field_, handling in mailings(manager.ref, chair.ref):
        place = cast.id_of(f"mail {cls.spec.type} {handling.holders}")
        names[place] = new_word()
        where = cast.location(place, name=names[place]).model_copy(
            update={"provider_id": cast.PROVIDER}
        )
        await world.hear(where)
        refs: dict[str, object] = (
            {"location_id": place} if "location_id" in cls.model_fields else {}
        )
        for name in ("reporter_ref", "chair_ref", "recipient_refs", "provider_refs"):
            if name in cls.model_fields:
                both = (manager.ref, stranger.ref)
                refs[name] = both if name.endswith("s") else chair.ref
        if field_ == "reporter_ref":
            refs[field_] = manager.ref
        await world.hear(book.event(cls, handling, **refs))
    async with world.works.begin() as work:
        rows = list(await work.session.scalars(select(MessageRow)))
    arrived: dict[str, set[str]] = {}
    for row in rows:
        text = "\n".join((row.subject, row.text, (row.calendar or b"").decode(), row.header_id))
        office = offices.get(row.person_ref) if row.person_ref else None
        reader = reader_of(row, office)
        found = book.found(text)
        assert [f"{row.audience}: {m}" for m in found if not m.content] == []
        assert [f"{row.kind}: {m}" for m in found if not may_read(reader, m)] == []
        arrived.setdefault(row.kind, set()).update(m.field for m in found)
        shown = {place for place, name in names.items() if name in text}
        assert shown <= {row.location_id}
        if row.person_ref == stranger.ref:
            assert (row.state, row.text, row.calendar) == ("withheld", "", None)
        people = {o.ref for o in offices.values() if o.name in text or o.address in text}
        assert people <= {row.person_ref}
    arrived.setdefault("not_delivered", set())
    assert {kind: ARRIVES[kind] - found for kind, found in arrived.items()} == {
        kind: set() for kind in ARRIVES
    }
    assert_operators_see_none(book, instruments)
    texts = instruments.texts()
    people_words = [word for o in offices.values() for word in (o.name, o.address)]
    assert [
        w for w in [*people_words, *names.values()] if any(w in t for t in texts.values())
    ] == []


def mailings(manager: UUID, chair: UUID) -> Iterator[tuple[type[Event], str | None, Handling]]:
    """Every fact that is written to somebody: plain, and raised to one of its readers."""
    for cls, field_ in MAILED:
        named = (manager, chair)
        yield cls, field_, PLAIN
        for ref in named:
            yield cls, field_, Handling(Label.NAMED, (f"person:{ref}",))
        yield cls, field_, Handling(Label.NAMED, ("council_safeguarding",))
        yield cls, field_, Handling(Label.NAMED, (GOVERNANCE,))
        yield cls, field_, Handling(Label.NAMED, ("council_quality",))
        yield cls, field_, Handling(Label.PERSONAL, tuple(f"person:{ref}" for ref in named))


def reader_of(row: MessageRow, office: Office | None) -> Reader:
    """As what somebody is written to."""
    if office is None:
        return Reader(None, holds=MAILBOXES.get(row.audience, frozenset()))
    # Who reported a concern is told its reference as the person named, of whichever provider.
    told = {"concern_acknowledged", "concern_answered", "concern_redirected", "correction_decided"}
    return Reader(office.ref) if row.kind in told else office.reader
