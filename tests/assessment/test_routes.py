"""Assessment's HTTP door: who may read and decide what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import select

from services.assessment.tables import DecisionRow
from shared.contracts.assessment import (
    AssessmentRequestRefused,
    TriggerEnded,
    TriggerMet,
    TriggerRaised,
)
from shared.contracts.words import CqcRating, Handling, ImplicatedRole, Label, Role, Trigger
from tests.assessment.told import (
    LOCATION,
    complaint,
    concern,
    location,
    outcome,
    quality_return,
    rating,
    redirected,
    triaged,
)
from tests.stage import World, person

MANAGER = person(Role.TEAM_MANAGER, subject="manager-1")
PRACTITIONER = person(Role.PRACTITIONER)
SAFEGUARDING = person(Role.SAFEGUARDING)
CONTRACTS = person(Role.CONTRACTS_OFFICER)
CHAIR = person(Role.INTELLIGENCE_CHAIR)
ELSEWHERE = person(Role.TEAM_MANAGER, partnerships=("lancashire",))
WHY = "CQC's liaison rang on Monday: the home is in special measures."


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    """Assessment that knows one care home."""
    world = await stage_for("assessment")
    await world.hear(location())
    return world


async def candidate(world: World) -> UUID:
    """A candidate for special measures."""
    await world.hear(rating(CqcRating.INADEQUATE))
    (raised,) = await world.said(TriggerRaised)
    crossing_id: UUID = raised.crossing_id
    return crossing_id


async def audited(world: World) -> list[tuple[str, str]]:
    """Who did what."""
    async with world.works.begin() as work:
        rows = await work.session.execute(select(work.tables.audit))
        return [(row.who, row.did) for row in rows]


@pytest.mark.requirement("L1.2d")
async def test_special_measures_are_met_only_when_the_team_manager_confirms(world: World) -> None:
    crossing_id = await candidate(world)
    form = {"reason": WHY, "liaison_reference": "CQC-2026-77"}
    async with world.http(MANAGER) as http:
        answer = await http.post(f"/triggers/{crossing_id}/confirmation", json=form)
    assert (answer.status_code, answer.json()["state"]) == (200, "met")
    (met,) = await world.said(TriggerMet)
    assert (met.crossing_id, met.trigger) == (crossing_id, Trigger.SPECIAL_MEASURES)
    assert ("manager-1", "trigger.confirmed") in await audited(world)
    async with world.works.begin() as work:
        (kept,) = await work.session.scalars(select(DecisionRow))
    assert (kept.reason, kept.liaison_reference) == (WHY, "CQC-2026-77")
    assert all(WHY not in str(row.value) for row in await world.outbox())


@pytest.mark.requirement("L1.2d")
async def test_special_measures_need_the_word_of_the_liaison(world: World) -> None:
    crossing_id = await candidate(world)
    async with world.http(MANAGER) as http:
        answer = await http.post(f"/triggers/{crossing_id}/confirmation", json={"reason": WHY})
    assert answer.status_code == 422
    assert (answer.json()["rule"], answer.json()["field"]) == ("L1.2d", "liaison_reference")
    assert await world.said(TriggerMet) == []
    assert [refused.rule for refused in await world.said(AssessmentRequestRefused)] == ["L1.2d"]


@pytest.mark.requirement("L1.2d")
async def test_safeguarding_does_not_decide_on_special_measures(world: World) -> None:
    crossing_id = await candidate(world)
    form = {"reason": WHY, "liaison_reference": "CQC-2026-77"}
    async with world.http(SAFEGUARDING) as http:
        answer = await http.post(f"/triggers/{crossing_id}/confirmation", json=form)
    assert (answer.status_code, answer.json()["approvers"]) == (409, ["team_manager"])


@pytest.mark.requirement("L1.2e")
async def test_high_activity_is_met_when_a_person_confirms(world: World) -> None:
    await world.hear(*(complaint() for _ in range(5)))
    (raised,) = await world.said(TriggerRaised)
    path = f"/triggers/{raised.crossing_id}/confirmation"
    async with world.http(MANAGER) as http:
        answer = await http.post(path, json={"reason": "Five in a month."})
        again = await http.post(path, json={"reason": "Five in a month."})
    assert (answer.status_code, again.status_code) == (200, 409)
    (met,) = await world.said(TriggerMet)
    assert (met.crossing_id, met.evidence) == (raised.crossing_id, raised.evidence)
    world.clock.forward(days=90)
    assert await world.tick() == 1
    assert [each.crossing_id for each in await world.said(TriggerEnded)] == [raised.crossing_id]


@pytest.mark.requirement("L1.2e")
async def test_a_rejected_candidate_is_over_and_not_raised_again_in_its_window(
    world: World,
) -> None:
    await world.hear(*(complaint() for _ in range(5)))
    (raised,) = await world.said(TriggerRaised)
    async with world.http(MANAGER) as http:
        path = f"/triggers/{raised.crossing_id}/rejection"
        assert (await http.post(path, json={})).status_code == 422
        assert (await http.post(path, json={"reason": " "})).status_code == 422
        answer = await http.post(path, json={"reason": "All about one car park."})
    assert answer.json()["state"] == "rejected"
    await world.hear(*(complaint() for _ in range(5)))
    world.clock.forward(days=91)
    assert await world.tick() == 1
    assert len(await world.said(TriggerRaised)) == len(await world.said(TriggerEnded)) == 1


async def test_what_safeguarding_alone_may_know_safeguarding_decides(world: World) -> None:
    held = Handling(Label.NAMED, ("council_safeguarding",))
    await world.hear(*(redirected(uuid4(), handling=held) for _ in range(5)))
    (raised,) = await world.said(TriggerRaised)
    assert raised.handling == held
    path = f"/triggers/{raised.crossing_id}/confirmation"
    async with world.http(MANAGER) as http:
        assert (await http.post(path, json={"reason": "I heard."})).status_code == 404
    async with world.http(SAFEGUARDING) as http:
        assert (await http.post(path, json={"reason": "Five alerts."})).status_code == 200


async def test_an_act_is_linked_to_the_trace_of_its_cause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: list[Any] = []

    class Keep(trace.NoOpTracer):
        def start_span(self, name: str, *args: Any, **how: Any) -> Any:
            spans.append((name, how.get("links") or []))
            return TracerProvider().get_tracer("t").start_span(name, *args, **how)

    monkeypatch.setattr("shared.platform.telemetry._tracer", Keep())
    cause = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await world.take([world.record(rating(CqcRating.INADEQUATE), traceparent=cause)])
    (raised,) = await world.said(TriggerRaised)
    form = {"reason": WHY, "liaison_reference": "CQC-2026-77"}
    async with world.http(MANAGER) as http:
        await http.post(f"/triggers/{raised.crossing_id}/confirmation", json=form)
    (links,) = [links for name, links in spans if name == "confirm trigger"]
    assert [f"{link.context.trace_id:032x}" for link in links] == [cause[3:35]]


@pytest.mark.requirement("L1.2b")
async def test_a_wider_concern_found_at_the_desk_counts_with_an_enquiry(world: World) -> None:
    path = f"/locations/{LOCATION}/wider-concern"
    async with world.http(PRACTITIONER) as http:
        answer = await http.post(path, json={"reason": "The whole floor lacks staff."})
        assert (answer.status_code, answer.json()["meets_trigger"]) == (201, False)
        assert await world.said(TriggerMet) == []
        told = outcome()
        await world.hear(told)
        (met,) = await world.said(TriggerMet)
        second = await http.post(path, json={"reason": "So does the next."})
    assert met.trigger is Trigger.ENQUIRY_WITH_WIDER_CONCERN
    assert met.evidence == (UUID(answer.json()["finding_id"]), told.signal_id)
    assert second.json()["meets_trigger"] is True
    assert ("somebody", "trigger.wider_concern") in await audited(world)


async def test_a_policy_without_triggers_refuses_a_wider_concern(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("assessment")
    await world.hear(location(partnership="wirral"))
    async with world.http(person(Role.PRACTITIONER, partnerships=("wirral",))) as http:
        answer = await http.post(f"/locations/{LOCATION}/wider-concern", json={"reason": "Why."})
    assert (answer.status_code, answer.json()["rule"]) == (409, "policy.no-section")


async def test_the_picture_shows_facts_with_dates_and_what_holds_with_its_clause(
    world: World,
) -> None:
    returned = quality_return()
    await world.hear(returned, complaint(), *(triaged(key_questions=("safe",)) for _ in range(3)))
    async with world.http(CHAIR) as http:
        picture = (await http.get(f"/locations/{LOCATION}/picture")).json()
    assert picture["counts"] == {"quality_return": 1, "complaint": 1, "concern_triaged": 3}
    (met,) = picture["triggers"]
    assert (met["trigger"], met["evidence"]) == ("L1.2g", [str(returned.signal_id)])
    assert (met["clause"], met["attributed_to"]) == ("combined@2026-11 L1.2g", "csu")
    themes = [(theme["category"], theme["key_questions"]) for theme in picture["themes"]]
    assert themes == [("medication", ["safe"])]
    assert ("somebody", "picture.read") in await audited(world)


@pytest.mark.requirement("L1.2c")
async def test_a_leadership_case_is_shown_to_its_holders_only(world: World) -> None:
    held = Handling(Label.NAMED, ("council_quality", "council_safeguarding"))
    role = ImplicatedRole.REGISTERED_MANAGER
    await world.hear(concern(implicated_role=role, handling=held), complaint())
    path = f"/locations/{LOCATION}/picture"
    for reader, facts, triggers in (
        (PRACTITIONER, 2, 1),
        (MANAGER, 2, 1),
        (SAFEGUARDING, 2, 1),
        (CONTRACTS, 1, 0),
        (CHAIR, 1, 0),
    ):
        async with world.http(reader) as http:
            picture = (await http.get(path)).json()
        assert (len(picture["facts"]), len(picture["triggers"])) == (facts, triggers)
        assert ("registered_manager" in str(picture)) is (triggers == 1)


async def test_a_named_field_of_a_fact_that_all_may_know_is_not_shown(world: World) -> None:
    await world.hear(redirected(uuid4(), reference="CC-SEEN-0001"))
    async with world.http(SAFEGUARDING) as http:
        picture = (await http.get(f"/locations/{LOCATION}/picture")).json()
    assert [fact["said"] for fact in picture["facts"]] == [{}]


async def test_triggers_are_listed_page_by_page_for_those_who_may_know_them(world: World) -> None:
    await world.hear(concern(implicated_role=ImplicatedRole.PROPRIETOR))
    world.clock.forward(minutes=1)
    await world.hear(quality_return(), rating(CqcRating.INADEQUATE))
    async with world.http(MANAGER) as http:
        first = (await http.get("/triggers?state=met&limit=1")).json()
        last = first["triggers"][0]["crossing_id"]
        second = (await http.get(f"/triggers?state=met&limit=1&after={last}")).json()
        candidates = (await http.get("/triggers")).json()
    assert [page["triggers"][0]["trigger"] for page in (first, second)] == ["L1.2c", "L1.2g"]
    assert (first["more"], second["more"]) == (True, False)
    assert [each["trigger"] for each in candidates["triggers"]] == ["L1.2d"]
    async with world.http(CHAIR) as http:
        known = (await http.get("/triggers?state=met")).json()["triggers"]
    assert [each["trigger"] for each in known] == ["L1.2g"]


async def test_a_trigger_that_one_may_not_know_is_no_place_to_go_on_from(world: World) -> None:
    known = await candidate(world)
    world.clock.forward(minutes=1)
    held = Handling(Label.NAMED, ("council_safeguarding",))
    await world.hear(*(redirected(uuid4(), handling=held) for _ in range(5)))
    (hidden,) = [one for one in await world.said(TriggerRaised) if one.handling == held]
    async with world.http(MANAGER) as http:
        behind = [
            (await http.get(f"/triggers?after={one}")).json()
            for one in (hidden.crossing_id, uuid4())
        ]
    assert behind[0] == behind[1]
    assert [one["crossing_id"] for one in behind[0]["triggers"]] == [str(known)]


async def test_nobody_reads_or_decides_across_partnerships(world: World) -> None:
    crossing_id = await candidate(world)
    form = {"reason": WHY, "liaison_reference": "CQC-2026-77"}
    async with world.http(ELSEWHERE) as http:
        answers = [
            await http.get(f"/locations/{LOCATION}/picture"),
            await http.post(f"/triggers/{crossing_id}/confirmation", json=form),
            await http.post(f"/triggers/{crossing_id}/rejection", json={"reason": WHY}),
            await http.post(f"/locations/{LOCATION}/wider-concern", json={"reason": WHY}),
        ]
        listed = (await http.get("/triggers")).json()["triggers"]
    assert {answer.status_code for answer in answers} == {404}
    assert listed == []


@pytest.mark.parametrize("role", [Role.REGISTERED_MANAGER, Role.AGENCY_LIAISON, Role.ADMIN])
async def test_providers_agencies_and_administrators_have_no_business_here(
    world: World, role: Role
) -> None:
    async with world.http(person(role)) as http:
        answers = [
            await http.get(f"/locations/{LOCATION}/picture"),
            await http.get("/triggers"),
            await http.post(f"/triggers/{uuid4()}/confirmation", json={"reason": WHY}),
        ]
    assert {answer.status_code for answer in answers} == {403}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"reason": 7},
        {"reason": "x", "extra": "secret-value"},
        {"reason": "x", "liaison_reference": "secret value"},
    ],
)
async def test_a_form_that_does_not_fit_is_refused_without_repeating_it(
    world: World, form: dict[str, Any]
) -> None:
    async with world.http(MANAGER) as http:
        answer = await http.post(f"/triggers/{uuid4()}/confirmation", json=form)
    assert answer.status_code == 422
    assert "secret" not in answer.text
