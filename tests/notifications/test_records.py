"""What a record on a feed is made of, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from services.notifications.channels.feed import record_of
from services.notifications.domain.projection import (
    Audience,
    AudienceKind,
    Fact,
    Place,
    Projection,
    derive,
    project,
)
from services.notifications.store.facts import shape_of
from shared.contracts.event import ENVELOPE_FIELDS
from shared.contracts.meetings import QipConsidered
from shared.contracts.words import Trigger

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOME = Place(uuid4(), uuid4(), "1-100", "Larch Field House")
CASE = uuid4()
EVENT_ID = uuid4()


def fact() -> Fact:
    """A location is up for consideration."""
    event = QipConsidered(
        partnership="combined",
        location_id=HOME.id,
        consideration_id=CASE,
        triggers=(Trigger.HIGH_ACTIVITY,),
    )
    values = event.model_dump(exclude=set(ENVELOPE_FIELDS))
    shape = shape_of(QipConsidered)
    return Fact(EVENT_ID, event.spec.type, shape, values, place=HOME)


def test_a_record_has_nothing_of_ours_on_it() -> None:
    secret = b"the feed's own"
    agency = Audience("agency:icb", AudienceKind.AGENCY, secret, in_case=True)
    told = project(fact(), agency)
    assert isinstance(told, Projection)
    row = record_of(fact(), told, agency_id="icb", secret=secret, at=NOW).row
    assert dict(row["headers"]) == {
        "ce_specversion": "1.0",
        "ce_id": str(derive(secret, EVENT_ID)),
        "ce_source": "urn:provider-quality:notifications",
        "ce_type": "feed.meetings.qip.considered.v1",
        "ce_time": "2026-11-22T10:00:00.000000Z",
        "ce_subject": "1-100",
        "content-type": "application/json",
    }
    assert (row["key"], row["event_id"], row["day"]) == (
        "1-100",
        derive(secret, EVENT_ID),
        date(2026, 11, 22),
    )
    whole = f"{row}"
    for ours in (HOME.id, HOME.provider_id, CASE, EVENT_ID):
        assert ours.hex not in whole.replace("-", "")
    assert UUID(str(row["event_id"])).version == 5  # no time in it, unlike ours
