"""What goes out on a feed is what the agencies' documents say, whatever the event holds."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from services.notifications.channels import feed as channel
from services.notifications.domain.projection import (
    Audience,
    AudienceKind,
    Fact,
    Place,
    Projection,
    project,
)
from services.notifications.store.facts import shape_of
from shared.contracts.asyncapi import feed_headers_of
from shared.contracts.event import ENVELOPE_FIELDS, Event
from shared.contracts.feed import feed_messages, feed_schema_of, feed_type
from shared.contracts.words import Handling

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECRET = b"the feed's own"
FEED = feed_messages()


def told(event: Event, *, named: bool) -> Projection | None:
    """What an agency in the case is told, with or without being named."""
    values = event.model_dump(exclude=set(ENVELOPE_FIELDS))
    location = values.get("location_id")
    place = Place(location, UUID(int=9), "1-123", "The Larches") if location else None
    audience = Audience("agency:cqc", AudienceKind.AGENCY, SECRET, in_case=True, holds=HOLDS[named])
    fact = fact_of(event, place)
    projection = project(fact, audience)
    return projection if isinstance(projection, Projection) else None


HOLDS = {True: frozenset({"regulator"}), False: frozenset[str]()}


def fact_of(event: Event, place: Place | None) -> Fact:
    return Fact(
        event_id=UUID(int=1),
        event_type=event.spec.type,
        shape=shape_of(type(event)),
        values=event.model_dump(exclude=set(ENVELOPE_FIELDS)),
        handling=Handling(holders=("regulator",)),
        place=place,
    )


@pytest.mark.parametrize("type_", FEED)
@pytest.mark.parametrize("named", [True, False])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_record_on_a_feed_fits_the_schema_of_its_type(
    type_: str, named: bool, data: st.DataObject
) -> None:
    cls = FEED[type_]
    event = data.draw(st.builds(cls, handling=st.just(Handling())))
    projection = told(event, named=named)
    if projection is None:
        assert not named
        return
    record = channel.record_of(
        fact_of(event, None), projection, agency_id="cqc", secret=SECRET, at=NOW
    )
    assert record.type == type_ == feed_type(cls)
    body = json.loads(record.row["value"])
    check = Draft202012Validator(feed_schema_of(cls), format_checker=FormatChecker())
    assert [error.message for error in check.iter_errors(body)] == []
    headers = dict(record.row["headers"])
    check = Draft202012Validator(feed_headers_of(type_))
    assert [error.message for error in check.iter_errors(headers)] == []
