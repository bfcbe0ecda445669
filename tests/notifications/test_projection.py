"""What an audience may know of a fact: every rule, and what holds for all facts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.projection import (
    Audience,
    AudienceKind,
    Fact,
    Place,
    Projection,
    Shape,
    Withheld,
    derive,
    project,
    secret_of,
)
from services.notifications.store.facts import shape_of
from shared.contracts.catalogue import NOTIFICATIONS, events_said_by
from shared.contracts.event import declared_events
from shared.contracts.words import Handling, Label, Trigger

HOME = Place(uuid4(), uuid4(), "1-100", "Larch Field House")
SECRET = secret_of(b"master", "icb")
FIELDS: dict[str, Label | None] = {
    "location_id": Label.PUBLIC,
    "public": Label.PUBLIC,
    "provider": Label.PROVIDER,
    "agencies": Label.AGENCIES,
    "named": Label.NAMED,
    "personal": Label.PERSONAL,
    "unlabelled": None,
}


def fact(
    existence: Label | None = Label.PUBLIC,
    handling: Handling | None = None,
    place: Place | None = HOME,
) -> Fact:
    """A fact with a field of every label."""
    values: dict[str, object] = {name: name for name in FIELDS}
    values["location_id"] = HOME.id
    return Fact(
        event_id=uuid4(),
        event_type="test.fact.v1",
        shape=Shape(existence, FIELDS),
        values=values,
        handling=handling or Handling(),
        place=place,
    )


MEMBER = Audience("agency:icb", AudienceKind.AGENCY, SECRET, in_case=True, holds=frozenset({"icb"}))
OUTSIDER = Audience("agency:police", AudienceKind.AGENCY, SECRET, holds=frozenset({"police"}))
ITS_PROVIDER = Audience("p", AudienceKind.PROVIDER, SECRET, locations=frozenset({HOME.id}))
OTHER_PROVIDER = Audience("o", AudienceKind.PROVIDER, SECRET, locations=frozenset({uuid4()}))


def shown(found: Fact, audience: Audience) -> set[str]:
    """The fields that an audience is shown; none where the fact is withheld."""
    answer = project(found, audience)
    return set(answer.data) if isinstance(answer, Projection) else set()


def rule(found: Fact, audience: Audience) -> str:
    """The rule under which a fact is withheld."""
    answer = project(found, audience)
    assert isinstance(answer, Withheld)
    return answer.rule


def test_an_internal_fact_is_told_to_nobody() -> None:
    for audience in (MEMBER, OUTSIDER, ITS_PROVIDER):
        assert rule(fact(None), audience) == "internal"


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (MEMBER, {"location", "public", "provider", "agencies"}),
        (OUTSIDER, {"location", "public"}),
        (ITS_PROVIDER, {"location", "public", "provider"}),
        (OTHER_PROVIDER, {"location", "public"}),
    ],
)
def test_each_audience_sees_the_fields_that_it_may_know(
    audience: Audience, expected: set[str]
) -> None:
    assert shown(fact(), audience) == expected


@pytest.mark.parametrize(
    ("existence", "member", "outsider", "provider", "other"),
    [
        (Label.PUBLIC, True, True, True, True),
        (Label.PROVIDER, True, False, True, False),
        (Label.AGENCIES, True, False, False, False),
        (Label.NAMED, False, False, False, False),
        (Label.PERSONAL, False, False, False, False),
    ],
)
def test_existence_decides_who_hears_of_it_at_all(
    existence: Label, member: bool, outsider: bool, provider: bool, other: bool
) -> None:
    audiences = {MEMBER: member, OUTSIDER: outsider, ITS_PROVIDER: provider, OTHER_PROVIDER: other}
    for audience, told in audiences.items():
        assert isinstance(project(fact(existence), audience), Projection) is told


def test_a_named_field_is_for_holders_only() -> None:
    named = Handling(holders=("icb",))
    assert "named" in shown(fact(handling=named), MEMBER)
    assert "named" not in shown(fact(handling=named), replace(MEMBER, holds=frozenset({"csu"})))


@pytest.mark.parametrize("holder", ["council_quality", "agency:icb", "person:7"])
def test_holders_are_functions_agencies_or_people(holder: str) -> None:
    audience = replace(MEMBER, holds=frozenset({holder}))
    raised = Handling(Label.NAMED, (holder,))
    assert "agencies" in shown(fact(Label.AGENCIES, raised), audience)
    assert rule(fact(Label.AGENCIES, Handling(Label.NAMED, ("x",))), audience) == "not-named"


def test_a_holder_outside_the_case_is_not_told_what_was_raised_from_a_wider_label() -> None:
    held = Handling(Label.NAMED, ("police",))
    assert shown(fact(Label.AGENCIES, held), OUTSIDER) == set()
    assert shown(fact(Label.NAMED, held), OUTSIDER) == {"named"}


@pytest.mark.requirement("L1.1")
def test_an_agency_without_the_agreement_gets_nothing_above_public() -> None:
    unsigned = replace(MEMBER, agreed=False)
    named = Handling(holders=("icb",))
    assert shown(fact(handling=named), unsigned) == {"location", "public"}
    for existence in (Label.PROVIDER, Label.AGENCIES, Label.NAMED):
        assert rule(fact(existence, named), unsigned) == "no-agreement"


def test_an_answer_about_no_location_reaches_its_agency_without_an_agreement() -> None:
    shape = Shape(Label.NAMED, {"status": Label.NAMED})
    receipt = Fact(
        uuid4(), "test.receipt.v1", shape, {"status": "refused"}, Handling(holders=("icb",))
    )
    assert shown(receipt, replace(MEMBER, agreed=False, in_case=False)) == {"status"}
    assert rule(receipt, OUTSIDER) == "not-named"


def test_suspension_cuts_everything() -> None:
    suspended = replace(MEMBER, suspended=True)
    assert rule(fact(Label.PUBLIC), suspended) == "suspended"


def test_what_is_raised_from_the_provider_reaches_only_those_of_its_people_who_are_named() -> None:
    raised = Handling(Label.NAMED, ("person:7",))
    named = replace(ITS_PROVIDER, holds=frozenset({"person:7"}))
    elsewhere = replace(OTHER_PROVIDER, holds=frozenset({"person:7"}))
    assert shown(fact(Label.PROVIDER, raised), named) == {"location", "public", "provider"}
    assert shown(fact(Label.PROVIDER, raised), ITS_PROVIDER) == set()
    assert shown(fact(Label.PROVIDER, raised), elsewhere) == set()


def test_no_name_brings_a_provider_what_is_declared_for_others() -> None:
    named = replace(ITS_PROVIDER, holds=frozenset({"person:7"}))
    for existence in (Label.AGENCIES, Label.NAMED):
        assert shown(fact(existence, Handling(holders=("person:7",))), named) == set()


def test_what_is_not_known_by_its_reference_yet_is_withheld() -> None:
    assert rule(fact(place=None), MEMBER) == "location-unknown"


def test_a_record_with_nothing_in_it_is_not_sent() -> None:
    shape = Shape(Label.PUBLIC, {"location_id": Label.NAMED})
    found = Fact(uuid4(), "test.fact.v1", shape, {"location_id": HOME.id}, place=HOME)
    assert rule(found, MEMBER) == "nothing-to-show"


def test_ids_are_those_of_the_audience_and_the_location_is_its_reference() -> None:
    evidence = (uuid4(), uuid4())
    names = ("location_id", "evidence", "trigger", "on", "nested")
    found = Fact(
        uuid4(),
        "test.fact.v1",
        Shape(Label.AGENCIES, dict.fromkeys(names, Label.AGENCIES)),
        {
            "location_id": HOME.id,
            "evidence": evidence,
            "trigger": Trigger.HIGH_ACTIVITY,
            "on": date(2026, 11, 20),
            "nested": {"ids": [evidence[0]]},
        },
        place=HOME,
    )
    other = replace(MEMBER, secret=secret_of(b"master", "csu"))
    mine, theirs = project(found, MEMBER), project(found, other)
    assert isinstance(mine, Projection)
    assert isinstance(theirs, Projection)
    assert mine.data == {
        "location": {"reference": "1-100", "name": "Larch Field House"},
        "evidence": [str(derive(SECRET, id_)) for id_ in evidence],
        "trigger": "L1.2e",
        "on": "2026-11-20",
        "nested": {"ids": [str(derive(SECRET, evidence[0]))]},
    }
    assert not set(map(str, mine.data["evidence"])) & set(map(str, theirs.data["evidence"]))  # type: ignore[arg-type]  # a list, as asserted above


def test_a_value_of_a_kind_that_nobody_thought_of_does_not_leave() -> None:
    shape = Shape(Label.PUBLIC, {"odd": Label.PUBLIC})
    with pytest.raises(TypeError, match="has no projection"):
        project(Fact(uuid4(), "test.fact.v1", shape, {"odd": object()}), MEMBER)


LABELS = st.sampled_from(list(Label))
HOLDERS = st.sets(st.sampled_from(["icb", "police", "agency:icb", "person:7"])).map(
    lambda names: tuple(sorted(names))
)
AUDIENCES = st.builds(
    Audience,
    name=st.just("a"),
    kind=st.sampled_from(list(AudienceKind)),
    secret=st.just(SECRET),
    in_case=st.booleans(),
    holds=HOLDERS.map(frozenset),
    locations=st.sampled_from([frozenset(), frozenset({HOME.id})]),
    agreed=st.booleans(),
    suspended=st.booleans(),
)


@given(
    existence=LABELS,
    lower=st.none() | LABELS,
    higher=LABELS,
    holders=HOLDERS,
    audience=AUDIENCES,
)
def test_raising_a_label_never_shows_anybody_more(
    existence: Label,
    lower: Label | None,
    higher: Label,
    holders: tuple[str, ...],
    audience: Audience,
) -> None:
    if lower is not None and lower.strictness > higher.strictness:
        lower, higher = higher, lower
    less = shown(fact(existence, Handling(higher, holders)), audience)
    assert less <= shown(fact(existence, Handling(lower, holders)), audience)


@given(existence=LABELS, handling=st.builds(Handling, st.none() | LABELS, HOLDERS))
def test_what_has_no_right_gets_public_fields_of_public_facts_only(
    existence: Label, handling: Handling
) -> None:
    nobody = Audience("x", AudienceKind.AGENCY, SECRET)
    expected = (
        {"location", "public"}
        if existence is Label.PUBLIC and handling.label in (None, Label.PUBLIC)
        else set()
    )
    assert shown(fact(existence, handling), nobody) == expected


@given(
    existence=LABELS,
    handling=st.builds(Handling, st.none() | LABELS, HOLDERS),
    audience=AUDIENCES,
)
def test_personal_and_unlabelled_fields_never_leave(
    existence: Label, handling: Handling, audience: Audience
) -> None:
    assert not shown(fact(existence, handling), audience) & {"personal", "unlabelled"}


@given(
    existence=LABELS,
    handling=st.builds(Handling, st.none() | LABELS, HOLDERS),
    audience=AUDIENCES.filter(lambda audience: audience.kind is AudienceKind.PROVIDER),
)
def test_a_provider_never_sees_what_is_for_agencies(
    existence: Label, handling: Handling, audience: Audience
) -> None:
    found = fact(existence, handling)
    assert not shown(found, audience) & {"agencies", "named"}
    if existence.strictness >= Label.AGENCIES.strictness:
        assert shown(found, audience) == set()


@given(st.uuids(), st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_ids_of_two_audiences_cannot_be_joined(id_: UUID, one: bytes, other: bytes) -> None:
    mine, theirs = secret_of(b"master", one.hex()), secret_of(b"master", other.hex())
    assert derive(mine, id_) == derive(mine, id_) != id_
    assert (derive(mine, id_) == derive(theirs, id_)) is (one == other)


@pytest.mark.parametrize("type_", sorted(declared_events()))
def test_every_declared_event_is_withheld_from_who_has_no_right(type_: str) -> None:
    cls = declared_events()[type_]
    shape = shape_of(cls)
    ids: dict[str, object] = {name: uuid4() for name in shape.fields}
    found = Fact(uuid4(), type_, shape, ids, place=HOME)
    told = project(found, Audience("x", AudienceKind.AGENCY, SECRET))
    if shape.existence is Label.PUBLIC:
        assert isinstance(told, Projection)
        assert not any(str(value) in json.dumps(told.data) for value in ids.values())
    else:
        assert isinstance(told, Withheld)


def test_nothing_that_notifications_says_leaves_the_services() -> None:
    assert {cls.spec.existence for cls in events_said_by(NOTIFICATIONS)} == {None}
