"""The intelligence meeting opens a QIP, or declines."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import UTC, date, datetime

import pytest

from services.meetings.domain.decisions import HandlingWish, handling_of_qip
from shared.contracts.meetings import MeetingsRequestRefused, MemberJoined, QipDeclined, QipOpened
from shared.contracts.words import Handling, Label, Refused, Role, ServiceCategory
from shared.platform.policy import Pack, Policies
from tests.meetings.cast import (
    CHAIR,
    LCC,
    PLACE,
    RESTRICTED,
    Desk,
    id_of,
    leadership,
    location,
    met,
    refused_under,
)
from tests.stage import POLICIES, person


@pytest.fixture
async def about(desk: Desk) -> str:
    """A consideration to be decided."""
    await desk.world.hear(met())
    return await desk.considered()


@pytest.mark.requirement("L1.3g")
async def test_opening_without_a_benefit_statement_is_refused(desk: Desk, about: str) -> None:
    answer = await desk.decide(about, benefit_statement="  ")
    assert refused_under(answer, "L1.3g", "benefit_statement")
    assert await desk.world.said(QipOpened) == []
    [refusal] = await desk.world.said(MeetingsRequestRefused)
    assert (refusal.rule, refusal.clause) == ("L1.3g", "combined@2026-11 L1.3g")
    assert refusal.partnership == "combined"


@pytest.mark.requirement("L1.3g")
async def test_declining_without_a_reason_is_refused(desk: Desk, about: str) -> None:
    answer = await desk.decide(about, decision="decline")
    assert refused_under(answer, "L1.3g", "reason")
    answer = await desk.decide(about, decision="decline", reason="Improvements are under way.")
    assert answer.status_code == 201
    [said] = await desk.world.said(QipDeclined)
    assert (said.location_id, str(said.decision_id)) == (PLACE, answer.json()["decision_id"])


async def test_a_qip_opens_under_the_policy_of_its_day(desk: Desk, about: str) -> None:
    answer = (await desk.decide(about)).json()
    [said] = await desk.world.said(QipOpened)
    assert (str(said.qip_id), str(said.decision_id)) == (answer["qip_id"], answer["decision_id"])
    assert (said.opened_on, said.limit_on) == (date(2026, 11, 20), date(2027, 5, 20))
    assert (said.terms_version, said.clause) == ("2026-11", "combined@2026-11 L6.4")
    assert said.handling == Handling()


@pytest.mark.parametrize(("opened", "limit"), [("2026-08-31", "2027-02-28")])
@pytest.mark.requirement("L6.4")
async def test_the_limit_is_six_calendar_months_clamped_to_the_months_end(
    desk: Desk, opened: str, limit: str
) -> None:
    desk.world.clock.now = datetime(2026, 8, 31, 12, tzinfo=UTC)
    await desk.world.hear(met())
    answer = await desk.open_qip(decided_on=opened)
    assert answer["limit_on"] == limit


async def test_a_consideration_is_decided_once(desk: Desk, about: str) -> None:
    assert (await desk.decide(about)).status_code == 201
    assert refused_under(await desk.decide(about), "meetings.already-decided")
    assert len(await desk.world.said(QipOpened)) == 1


async def test_of_two_decisions_at_the_same_moment_one_stands(desk: Desk, about: str) -> None:
    answers = await asyncio.gather(*(desk.decide(about) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await desk.world.said(QipOpened)) == 1


async def test_a_qip_keeps_the_policy_that_it_opened_under(desk: Desk, about: str) -> None:
    qip = await desk.with_chair()
    document = tomllib.loads((POLICIES / "combined.toml").read_text("utf-8"))
    document["pack"] |= {"version": "2026-12", "effective_from": date(2026, 12, 1)}
    document["meetings"]["qip"]["terms_version"]["value"] = "2026-12"
    document["meetings"]["qip"]["plan_due_days"]["value"] = 10
    packs = [Pack(tomllib.loads(p.read_text("utf-8"))) for p in POLICIES.glob("*.toml")]
    desk.world.works.policies = Policies([*packs, Pack(document)])
    desk.world.clock.now = datetime(2026, 12, 2, 12, tzinfo=UTC)
    contact = await desk.contact(qip)
    assert contact.json()["terms_version"] == "2026-11"
    meeting = (await desk.schedule(qip, day="2027-01-15")).json()
    assert (meeting["plan_due_on"], meeting["clause"]) == ("2027-01-08", "combined@2026-11 L5.5")


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-19"])
async def test_a_decision_lies_between_the_consideration_and_today(
    desk: Desk, about: str, day: str
) -> None:
    assert refused_under(await desk.decide(about, decided_on=day), "door.field", "decided_on")


@pytest.mark.requirement("L0")
@pytest.mark.parametrize(
    ("category", "registered"),
    [
        (ServiceCategory.OTHER, True),
        (ServiceCategory.SUPPORTED_LIVING, True),
        (ServiceCategory.NURSING_HOME, False),
    ],
)
async def test_a_service_out_of_scope_needs_a_variation(
    desk: Desk, about: str, category: ServiceCategory, registered: bool
) -> None:
    await desk.world.hear(location(category, registered=registered))
    answer = await desk.decide(about)
    assert refused_under(answer, "L0", "variation_reason")
    assert answer.json()["clause"] == "combined@2026-11 L0"
    answer = await desk.decide(about, variation_reason="The agencies see the same shortfall.")
    assert answer.status_code == 201


@pytest.mark.requirement("L0")
@pytest.mark.parametrize(
    "category",
    [
        ServiceCategory.NURSING_HOME,
        ServiceCategory.RESIDENTIAL_HOME,
        ServiceCategory.HOME_CARE,
        ServiceCategory.ADULT_MENTAL_HEALTH,
    ],
)
async def test_a_service_in_scope_needs_no_variation(
    desk: Desk, about: str, category: ServiceCategory
) -> None:
    await desk.world.hear(location(category))
    assert (await desk.decide(about)).status_code == 201


async def test_an_out_of_scope_service_can_be_declined(desk: Desk, about: str) -> None:
    await desk.world.hear(location(ServiceCategory.OTHER))
    answer = await desk.decide(about, decision="decline", reason="Out of scope.")
    assert answer.status_code == 201


async def test_a_location_that_the_register_has_not_told_of_cannot_be_decided(
    desk: Desk,
) -> None:
    await desk.world.hear(met(location_id=id_of("elsewhere")))
    answer = await desk.decide(await desk.considered())
    assert refused_under(answer, "meetings.location-unknown")


async def test_a_restricted_trigger_restricts_the_qip_and_its_members(desk: Desk) -> None:
    await desk.world.hear(leadership())
    answer = await desk.open_qip()
    assert answer["members"] == [LCC, "council-safeguarding"]
    [said] = await desk.world.said(QipOpened)
    assert said.handling.label is Label.NAMED
    assert set(said.handling.holders) == {
        *RESTRICTED.holders,
        f"agency:{LCC}",
        "agency:council-safeguarding",
    }


async def test_only_a_reasoned_decision_widens_a_restricted_case(desk: Desk) -> None:
    await desk.world.hear(leadership())
    about = await desk.considered()
    assert refused_under(await desk.decide(about, handling="agencies"), "L1.2c", "reason")
    answer = await desk.decide(about, handling="agencies", reason="The manager has left.")
    assert len(answer.json()["members"]) == 6
    assert (await desk.world.said(QipOpened))[0].handling == Handling()


async def test_members_named_in_a_restricted_case_may_know_of_it(desk: Desk) -> None:
    await desk.world.hear(leadership())
    await desk.open_qip(members=["icb"])
    [joined] = await desk.world.said(MemberJoined)
    assert "agency:icb" in joined.handling.holders


def test_handling_keeps_what_restricts_and_releases_what_does_not() -> None:
    agencies = Handling(Label.AGENCIES, ("police",))
    assert handling_of_qip(agencies, None, reason="") == Handling()
    assert handling_of_qip(RESTRICTED, None, reason="") == RESTRICTED
    assert handling_of_qip(Handling(), HandlingWish.NAMED, reason="") == Handling(Label.NAMED)
    with pytest.raises(Refused):
        handling_of_qip(RESTRICTED, HandlingWish.AGENCIES, reason="")


async def test_only_the_intelligence_chair_decides(desk: Desk, about: str) -> None:
    path = f"/considerations/{about}/decision"
    for role in (Role.TEAM_MANAGER, Role.NOTE_TAKER, Role.QIP_CHAIR):
        answer = await desk.ask(person(role), "POST", path, decision="open")
        assert answer.status_code == 403
    elsewhere = person(Role.INTELLIGENCE_CHAIR, partnerships=["lancashire"])
    form = {"decision": "open", "decided_on": "2026-11-20", "benefit_statement": "x"}
    assert (await desk.ask(elsewhere, "POST", path, **form)).status_code == 404


async def test_earlier_qips_of_the_same_proprietor_are_shown(desk: Desk) -> None:
    await desk.world.hear(met())
    qip = await desk.open_qip()
    other = id_of("another home")
    await desk.world.hear(location(location_id=other), met(crossing="other", location_id=other))
    view = await desk.get(CHAIR, f"/considerations/{await desk.considered()}")
    assert [earlier["qip_id"] for earlier in view["earlier_qips"]] == [qip["qip_id"]]
