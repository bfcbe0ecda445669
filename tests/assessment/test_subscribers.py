"""Assessment on a real database: what it hears, keeps, finds and says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from services.assessment.handlers.recomputation import recompute
from services.assessment.store.facts import TAIL
from services.assessment.tables import CrossingRow, FactRow, ItemRow
from shared.contracts import intake
from shared.contracts.assessment import ThemeDetected, TriggerEnded, TriggerMet, TriggerRaised
from shared.contracts.event import Event
from shared.contracts.words import (
    CqcRating,
    EnquiryStatus,
    EnquiryType,
    Handling,
    ImplicatedRole,
    Improvements,
    Label,
    Trigger,
)
from shared.platform.identifiers import new_id
from tests.assessment.told import (
    LOCATION,
    ago,
    complaint,
    concern,
    location,
    merged,
    outcome,
    quality_return,
    rating,
    redirected,
    review,
    triaged,
    withdrawn,
)
from tests.stage import World

StageFor = Callable[[str], Awaitable[World]]
ORGANISATIONAL = {"enquiry_type": EnquiryType.ORGANISATIONAL, "status": EnquiryStatus.SUBSTANTIATED}


@pytest.fixture
async def world(stage_for: StageFor) -> World:
    """Assessment that knows one care home."""
    world = await stage_for("assessment")
    await world.hear(location())
    return world


async def differences(world: World, partnership: str = "combined") -> int:
    """How many kept crossings do not agree with the facts."""
    return sum([len(found) async for _, found in recompute(world.works, partnership)])


async def open_crossings(world: World) -> set[UUID]:
    """Ids of the crossings that hold."""
    async with world.works.begin() as work:
        query = select(CrossingRow.id).where(CrossingRow.state != "ended")
        return set(await work.session.scalars(query))


@pytest.mark.requirement("L1.2a")
async def test_an_organisational_enquiry_meets_the_trigger_until_improvements_are_implemented(
    world: World,
) -> None:
    matter = uuid4()
    first = outcome(matter_id=matter, improvements=Improvements.LIMITED, **ORGANISATIONAL)
    await world.hear(first)
    (met,) = await world.said(TriggerMet)
    assert (met.trigger, met.evidence) == (Trigger.ORGANISATIONAL_ABUSE, (first.signal_id,))
    assert met.clause == "combined@2026-11 L1.2a"
    better = {**ORGANISATIONAL, "improvements": Improvements.IMPLEMENTED}
    await world.hear(outcome(matter_id=matter, **better))
    (ended,) = await world.said(TriggerEnded)
    assert ended.crossing_id == met.crossing_id
    assert await differences(world) == 0


@pytest.mark.requirement("L1.2b")
async def test_an_enquiry_with_wider_concern_meets_the_trigger(world: World) -> None:
    told = outcome(wider_concern=True)
    await world.hear(outcome(), told)
    (met,) = await world.said(TriggerMet)
    assert (met.trigger, met.evidence) == (Trigger.ENQUIRY_WITH_WIDER_CONCERN, (told.signal_id,))


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_leader_meets_the_trigger_and_restricts_the_case(world: World) -> None:
    told = concern(implicated_role=ImplicatedRole.REGISTERED_MANAGER)
    await world.hear(told)
    (met,) = await world.said(TriggerMet)
    assert (met.trigger, met.evidence) == (Trigger.LEADERSHIP_IMPLICATED, (told.concern_id,))
    holders = ("council_quality", "council_safeguarding")
    assert met.handling == Handling(Label.NAMED, holders)
    assert met.implicated_role is ImplicatedRole.REGISTERED_MANAGER


@pytest.mark.requirement("L1.2d")
async def test_an_inadequate_rating_raises_a_candidate_and_a_better_one_ends_it(
    world: World,
) -> None:
    await world.hear(rating(CqcRating.INADEQUATE, published_on=ago(30)))
    (raised,) = await world.said(TriggerRaised)
    assert raised.trigger is Trigger.SPECIAL_MEASURES
    assert await world.said(TriggerMet) == []
    await world.hear(rating(None), rating(CqcRating.GOOD, inherited=True))
    assert await world.said(TriggerEnded) == []
    await world.hear(rating(CqcRating.REQUIRES_IMPROVEMENT))
    (ended,) = await world.said(TriggerEnded)
    assert ended.crossing_id == raised.crossing_id


@pytest.mark.requirement("L1.2d")
@pytest.mark.parametrize("apart", [{"inherited": True}, {"key_question": "safe"}])
async def test_a_rating_that_is_not_the_locations_own_overall_one_raises_nothing(
    world: World, apart: dict[str, object]
) -> None:
    await world.hear(rating(CqcRating.INADEQUATE, **apart))
    assert await world.said(TriggerRaised) == []


@pytest.mark.requirement("L1.2e")
async def test_the_fifth_distinct_item_raises_one_candidate_listing_all_five(world: World) -> None:
    enquiry, reported = uuid4(), concern()
    told: list[Event] = [
        complaint(),
        complaint(),
        reported,
        concern(reported_by_provider=True),
        outcome(matter_id=enquiry, occurred_on=ago(3)),
        outcome(matter_id=enquiry),
        redirected(reported.concern_id),
        complaint(occurred_on=ago(90)),
    ]
    await world.hear(*told)
    assert await world.said(TriggerRaised) == []
    await world.hear(complaint())
    (raised,) = await world.said(TriggerRaised)
    assert (raised.trigger, len(set(raised.evidence))) == (Trigger.HIGH_ACTIVITY, 5)
    assert (raised.threshold, raised.clause) == ("5 distinct in 90 days", "combined@2026-11 L1.2e")
    await world.hear(complaint(), complaint())
    assert len(await world.said(TriggerRaised)) == 1
    assert await differences(world) == 0


@pytest.mark.requirement("L1.2f")
async def test_the_same_action_unmet_twice_meets_the_trigger_until_it_is_met(world: World) -> None:
    reviews = [review("a-1", occurred_on=ago(90)), review("a-1", "a-2", occurred_on=ago(30))]
    await world.hear(*reviews)
    (met,) = await world.said(TriggerMet)
    assert met.trigger is Trigger.CONTRACT_ACTIONS_UNMET
    assert met.evidence == tuple(told.signal_id for told in reviews)
    await world.hear(review("a-3"))
    (ended,) = await world.said(TriggerEnded)
    assert (ended.crossing_id, ended.ended_on) == (met.crossing_id, ago(0))


@pytest.mark.requirement("L1.2g")
async def test_a_return_with_clinical_risk_is_attributed_and_ended_by_a_later_one(
    world: World,
) -> None:
    told = quality_return(occurred_on=ago(90))
    await world.hear(told)
    (met,) = await world.said(TriggerMet)
    assert (met.trigger, met.evidence) == (Trigger.CLINICAL_RISK, (told.signal_id,))
    assert met.attributed_to == "csu"
    await world.hear(quality_return(clinical_risk=False, agency_id="successor"))
    assert [ended.crossing_id for ended in await world.said(TriggerEnded)] == [met.crossing_id]


@pytest.mark.requirement("W2.9")
async def test_the_third_concern_of_a_category_makes_one_theme_not_three(world: World) -> None:
    concerns = [triaged() for _ in range(5)]
    await world.hear(*concerns[:2], triaged(category="falls"))
    assert await world.said(ThemeDetected) == []
    await world.hear(*concerns[2:])
    (theme,) = await world.said(ThemeDetected)
    assert (theme.category, theme.count) == ("medication", 3)
    assert set(theme.evidence) == {told.concern_id for told in concerns[:3]}
    assert theme.clause == "combined@2026-11 W2.9"


@pytest.mark.requirement("L1.2e")
async def test_a_window_ends_by_time_passing_and_may_cross_again(world: World) -> None:
    await world.hear(*(complaint(occurred_on=ago(60)) for _ in range(5)))
    (raised,) = await world.said(TriggerRaised)
    world.clock.forward(days=29)
    assert await world.tick() == 0
    world.clock.forward(hours=12)
    assert await world.tick() == 1
    (ended,) = await world.said(TriggerEnded)
    assert (ended.crossing_id, ended.ended_on) == (raised.crossing_id, ago(-30))
    day = world.clock.now.date()
    await world.hear(*(complaint(occurred_on=day) for _ in range(5)))
    assert len({each.crossing_id for each in await world.said(TriggerRaised)}) == 2
    assert await differences(world) == 0


@pytest.mark.requirement("L1.2e")
async def test_newer_items_hold_a_window_open_and_move_its_clock(world: World) -> None:
    await world.hear(*(complaint(occurred_on=ago(60)) for _ in range(5)))
    await world.hear(*(complaint(occurred_on=ago(10)) for _ in range(5)))
    world.clock.forward(days=31)
    assert await world.tick() == 0
    world.clock.forward(days=50)
    assert await world.tick() == 1
    assert len(await world.said(TriggerEnded)) == 1


@pytest.mark.requirement("L1.2e")
async def test_a_window_that_has_run_out_ends_before_anything_new_counts(world: World) -> None:
    await world.hear(*(complaint(occurred_on=ago(60)) for _ in range(5)))
    world.clock.forward(days=40)
    await world.hear(complaint(occurred_on=world.clock.now.date()))
    assert len(await world.said(TriggerEnded)) == 1
    assert await world.tick() == 0
    assert len(await world.said(TriggerRaised)) == 1


@pytest.mark.requirement("W2.9")
async def test_a_theme_is_not_told_again_until_its_window_fell_below(world: World) -> None:
    await world.hear(*(triaged() for _ in range(3)))
    world.clock.forward(days=91)
    assert await world.tick() == 1
    assert await world.said(TriggerEnded) == []
    day = world.clock.now.date()
    await world.hear(*(triaged(occurred_on=day) for _ in range(3)))
    assert len(await world.said(ThemeDetected)) == 2


async def test_a_crossing_says_nothing_when_the_same_events_come_again(world: World) -> None:
    records = [world.record(quality_return()), world.record(rating(CqcRating.INADEQUATE))]
    await world.take(records)
    await world.take(records)
    assert len(await world.envelopes()) == 2


async def test_what_is_said_has_an_id_that_follows_from_its_cause(stage_for: StageFor) -> None:
    told, id_ = quality_return(), new_id()
    ids = []
    for _ in range(2):
        world = await stage_for("assessment")
        await world.hear(location())
        await world.hear(told, id=id_)
        ids.append([(e.id, e.event.crossing_id) for e in await world.envelopes()])  # type: ignore[attr-defined]  # a TriggerMet
    assert ids[0] == ids[1] != []


async def test_any_order_of_arrival_ends_in_the_same_crossings(stage_for: StageFor) -> None:
    matter, reported = uuid4(), concern(reported_by_provider=True)
    told: list[Event] = [
        outcome(matter_id=matter, occurred_on=ago(20), **ORGANISATIONAL),
        outcome(matter_id=matter, enquiry_type=EnquiryType.INDIVIDUAL, occurred_on=ago(10)),
        outcome(matter_id=matter, wider_concern=True, **ORGANISATIONAL),
        rating(CqcRating.INADEQUATE, published_on=ago(50)),
        rating(CqcRating.GOOD, published_on=ago(40)),
        rating(CqcRating.INADEQUATE, published_on=ago(30)),
        review("a", occurred_on=ago(9)),
        review(occurred_on=ago(8)),
        review("a", occurred_on=ago(7)),
        review("a", occurred_on=ago(6)),
        reported,
        redirected(reported.concern_id),
        *(complaint(occurred_on=ago(n)) for n in range(5)),
        *(triaged(occurred_on=ago(n)) for n in range(4)),
    ]
    ids = {id(event): new_id() for event in told}
    ends = []
    for seed in range(4):
        world = await stage_for("assessment")
        await world.hear(location())
        order = [*told]
        Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
        for event in order:
            await world.hear(event, id=ids[id(event)])
        assert await differences(world) == 0
        ends.append(await open_crossings(world))
    assert len(ends[0]) == 6
    assert all(each == ends[0] for each in ends)


async def test_a_series_longer_than_what_is_read_of_it_keeps_its_crossing(world: World) -> None:
    days = TAIL + 8
    await world.hear(*(quality_return(occurred_on=ago(n)) for n in range(days, 0, -1)))
    (met,) = await world.said(TriggerMet)
    await world.hear(quality_return(occurred_on=ago(days + 5)))
    assert await open_crossings(world) == {met.crossing_id}
    assert await differences(world) == 0
    await world.hear(quality_return(occurred_on=ago(days + 1), clinical_risk=False))
    assert await differences(world) == 0
    assert await open_crossings(world) != {met.crossing_id}


async def test_facts_are_kept_as_they_came_and_items_once_for_each_circle(world: World) -> None:
    told = concern()
    label = Handling(Label.NAMED, ("council_safeguarding",))
    await world.hear(told, redirected(told.concern_id, handling=label))
    async with world.works.begin() as work:
        facts = list(await work.session.scalars(select(FactRow).order_by(FactRow.kind)))
        items = list(await work.session.scalars(select(ItemRow)))
    assert [row.kind for row in facts] == ["concern_received", "concern_redirected"]
    assert facts[0].facts["category"] == "falls"
    assert (facts[1].label, facts[1].holders) == ("NAMED", ["council_safeguarding"])
    kept = sorted((row.series, row.circle, row.counts) for row in items)
    series = str(told.concern_id)
    assert kept == [(series, "", True), (series, "council_safeguarding", True)]


async def test_an_escalated_handover_is_nothing_new(world: World) -> None:
    concern_id = uuid4()
    await world.hear(redirected(concern_id), redirected(concern_id, escalation=1))
    async with world.works.begin() as work:
        assert len(list(await work.session.scalars(select(FactRow)))) == 1


async def test_a_fact_about_a_location_that_is_not_known_is_set_aside(world: World) -> None:
    await world.hear(complaint(location_id=uuid4()), dead=True)
    assert await world.dead_letters() == [("dead", "handler: UnknownLocation")]


async def test_a_fact_of_another_partnership_than_its_location_is_set_aside(world: World) -> None:
    await world.hear(complaint(partnership="lancashire"), dead=True)
    assert await world.dead_letters() == [("dead", "handler: UnknownLocation")]


async def test_a_location_never_changes_its_partnership(world: World) -> None:
    await world.hear(location(partnership="lancashire"), dead=True)
    assert await world.dead_letters() == [("dead", "handler: ForeignPartnership")]


async def test_a_policy_without_triggers_finds_themes_only(stage_for: StageFor) -> None:
    world = await stage_for("assessment")
    wirral = {"partnership": "wirral"}
    await world.hear(location(partnership="wirral"))
    await world.hear(rating(CqcRating.INADEQUATE, **wirral), quality_return(**wirral))
    await world.hear(*(complaint(**wirral) for _ in range(6)), *(triaged(**wirral) for _ in "abc"))
    assert {type(event) for event in await world.said()} == {ThemeDetected}
    assert await differences(world, "wirral") == 0


async def test_a_difference_between_what_is_kept_and_the_facts_is_found(world: World) -> None:
    await world.hear(quality_return())
    async with world.works.begin() as work:
        (row,) = await work.session.scalars(select(CrossingRow))
        row.state, row.ended_at = "ended", work.now - timedelta(days=1)
    assert await differences(world) == 1


def _after_five(how: str) -> list[Event]:
    """Five concerns of others, and that one of them is not another one."""
    five = [concern(occurred_on=ago(10 + number)) for number in range(5)]
    first, last = five[0].concern_id, five[-1].concern_id
    return [*five, withdrawn(last) if how == "withdrawn" else merged(last, first)]


@pytest.mark.requirement("L1.2e")
@pytest.mark.parametrize("how", ["withdrawn", "merged"])
async def test_what_is_taken_back_or_merged_ends_the_trigger_that_it_had_raised(
    world: World, how: str
) -> None:
    *five, afterwards = _after_five(how)
    await world.hear(*five)
    (raised,) = await world.said(TriggerRaised)
    await world.hear(afterwards)
    (ended,) = await world.said(TriggerEnded)
    assert ended.crossing_id == raised.crossing_id
    assert await differences(world) == 0


@pytest.mark.requirement("L1.2e")
@pytest.mark.parametrize("how", ["withdrawn", "merged"])
async def test_in_whatever_order_it_is_heard_no_trigger_is_left(world: World, how: str) -> None:
    for event in reversed(_after_five(how)):
        await world.hear(event)
    assert await open_crossings(world) == set()
    assert await differences(world) == 0


@pytest.mark.requirement("L1.2e")
async def test_of_merged_concerns_the_one_still_counts_beside_four_others(world: World) -> None:
    await world.hear(*_after_five("merged"), concern(occurred_on=ago(1)))
    raised = (await world.said(TriggerRaised))[-1]
    assert len(set(raised.evidence)) == 5
    assert await open_crossings(world) == {raised.crossing_id}
    assert await differences(world) == 0


FOUND = {"matter_id": uuid4(), "theme": "staffing", "improvement_needed": True}
KEPT: dict[type[Event], dict[str, object]] = {
    intake.ComplimentReceived: {"category": "staffing"},
    intake.ComplaintOutcomeRecorded: {"outcome": "upheld", **FOUND},
    intake.OmbudsmanOutcomeRecorded: {"outcome": "upheld", **FOUND},
    intake.CapacityRecorded: {"admissions": "closed"},
}


@pytest.mark.requirement("W4.7")
@pytest.mark.parametrize("cls", KEPT)
async def test_what_meets_no_rule_is_kept_for_reports(world: World, cls: type[Event]) -> None:
    usual = {"partnership": "combined", "location_id": LOCATION, "occurred_on": ago(1)}
    event = cls.model_validate({**usual, "signal_id": uuid4(), **KEPT[cls]})
    await world.hear(event)
    async with world.works.begin() as work:
        (row,) = await work.session.scalars(select(FactRow))
    assert row.reference == event.signal_id  # type: ignore[attr-defined]  # each of these has one
    assert await open_crossings(world) == set()
