"""Retention: what would go and why; what is held or open stays; nothing goes unasked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col

from services.intake.domain.door import unknown_location
from services.intake.domain.retention import Expired, RecordClass
from services.intake.handlers import retention, search
from services.intake.handlers.quarantine import Sender, item_of
from services.intake.store.retention import _children
from services.intake.tables import (
    AcceptanceRow,
    ConcernRow,
    ContactRow,
    ExpectedReturnRow,
    InboundRow,
    LocationRow,
    VariationRow,
)
from shared.contracts.words import Refused, Role
from shared.platform.security import Person
from tests.commands import Operate
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import person

PORTAL = person(Role.PORTAL, subject="portal")
PRACTITIONER = person(Role.PRACTITIONER, subject="practitioner")
SENIOR = person(Role.SENIOR_MANAGER, subject="senior")
GOVERNANCE = person(Role.INFORMATION_GOVERNANCE, subject="governance")
ELSEWHERE = person(Role.INFORMATION_GOVERNANCE, partnerships=["wirral"])
CANARY = "Mrs-Canary"
NINE_YEARS = 9 * 366


async def concern_of(intake: Intake, state: str = "triaged", reference: str = "a") -> UUID:
    """A concern in some state, with what hangs on it."""
    async with intake.world.http(PORTAL) as client:
        form = concern(reference=reference, description=CANARY)
        answer = await client.post("/concerns", json=form)
        assert answer.status_code == 201
    async with intake.world.works.begin() as work:
        row = await work.session.scalar(
            select(ConcernRow).where(col(ConcernRow.reference) == answer.json()["reference"])
        )
        assert row is not None
        id_ = row.id
    await search.index_some(intake.world.works)
    async with intake.world.http(PRACTITIONER) as client:
        assert (await client.post(f"/concerns/{id_}/claim")).status_code == 200
    async with intake.world.works.begin() as work:
        await work.session.execute(
            update(ConcernRow).where(col(ConcernRow.id) == id_).values(state=state)
        )
    return id_


async def plan(intake: Intake, partnership: str = "combined") -> list[Expired]:
    return [one async for one in retention.expired(intake.world.works, partnership)]


async def approved(intake: Intake) -> UUID:
    """A run that one person asked for and another approved."""
    async with intake.world.http(GOVERNANCE) as client:
        form = {"partnership": "combined", "reason": "Yearly run"}
        asked = (await client.post("/retention/runs", json=form)).json()
    async with intake.world.http(SENIOR) as client:
        answer = await client.post(f"/retention/runs/{asked['run_id']}/approval")
        assert answer.status_code == 200, answer.text
    return UUID(asked["run_id"])


async def erase(intake: Intake, run_id: UUID | None = None) -> list[Expired]:
    run = retention.erase(intake.world.works, "combined", run_id or await approved(intake), "admin")
    return [one async for one in run]


async def concerns_left(intake: Intake) -> int:
    async with intake.world.works.begin() as work:
        return await work.session.scalar(select(func.count()).select_from(ConcernRow)) or 0


async def hold(
    intake: Intake, kind: str, subject_id: UUID, who: Person = GOVERNANCE
) -> httpx.Response:
    async with intake.world.http(who) as client:
        form = {"kind": kind, "subject_id": str(subject_id), "reason": "An inquest"}
        return await client.post("/holds", json=form)


async def test_what_is_within_its_time_is_not_in_the_plan(intake: Intake) -> None:
    await concern_of(intake)
    assert await plan(intake) == []
    assert await erase(intake) == []
    assert await concerns_left(intake) == 1


async def test_the_plan_says_what_would_go_and_why_and_takes_nothing(intake: Intake) -> None:
    id_ = await concern_of(intake)
    intake.world.clock.forward(days=NINE_YEARS)
    [one] = await plan(intake)
    assert (one.record_class, one.id, str(one.since)) == (RecordClass.CONCERN, id_, "2026-11-20")
    assert one.clause == "combined@2026-11 pack: retention"
    assert one.verdict.value == "goes"
    assert await concerns_left(intake) == 1
    assert await plan(intake, "wirral") == []


@pytest.mark.parametrize(
    ("months", "days", "goes"), [(96, -1, False), (96, 0, True), (96, 1, True)]
)
async def test_a_record_goes_from_the_day_on_which_its_months_are_over(
    intake: Intake, months: int, days: int, goes: bool
) -> None:
    await concern_of(intake)
    now = intake.world.clock.now
    intake.world.clock.now = now.replace(year=now.year + months // 12, day=now.day + days)
    assert bool(await plan(intake)) is goes


async def test_the_run_erases_with_all_that_hangs_on_it_and_notes_each(intake: Intake) -> None:
    id_ = await concern_of(intake)
    intake.world.clock.forward(days=NINE_YEARS)
    assert [one.id for one in await erase(intake) if one.record_class is RecordClass.CONCERN] == [
        id_
    ]
    assert await concerns_left(intake) == 0
    assert await plan(intake) == []
    assert ("admin", "retention.erased", f"concern {id_}") in await intake.world.audited()
    async with intake.world.works.begin() as work:
        for table in ("concern", "triage_claim", "concern_words", "handover"):
            rows = await work.session.scalars(text(f"SELECT t::text FROM intake.{table} t"))
            assert [row for row in rows if CANARY in row or str(id_) in row] == []


def test_all_that_refers_to_a_concern_goes_with_it() -> None:
    found = {table.name for table, _ in _children(ConcernRow.__table__)}  # type: ignore[attr-defined]  # SQLModel does not declare it
    assert {"triage_claim", "handover", "concern_entry", "concern_words", "duplicate"} <= found


@pytest.mark.parametrize("state", ["received", "redirected"])
async def test_what_is_still_open_stays_however_old(intake: Intake, state: str) -> None:
    await concern_of(intake, state)
    intake.world.clock.forward(days=NINE_YEARS)
    assert [one.verdict.value for one in await plan(intake)] == ["stays: still open"]
    assert await erase(intake) == []
    assert await concerns_left(intake) == 1


@pytest.mark.parametrize("kind", ["concern", "location", "provider"])
async def test_a_legal_hold_keeps_what_is_about_it_until_it_is_lifted(
    intake: Intake, kind: str
) -> None:
    id_ = await concern_of(intake)
    async with intake.world.works.begin() as work:
        place = await work.session.get(LocationRow, intake.locations[CARE_HOME])
        assert place is not None
        subject = {"concern": id_, "location": place.id, "provider": place.provider_id}[kind]
    answer = await hold(intake, kind, subject)
    assert answer.status_code == 201
    intake.world.clock.forward(days=NINE_YEARS)
    assert [one.verdict.value for one in await plan(intake)] == ["stays: legal hold"]
    assert await erase(intake) == []
    async with intake.world.http(GOVERNANCE) as client:
        path = f"/holds/{answer.json()['hold_id']}/lift"
        assert (await client.post(path, json={})).status_code == 422
        lifted = await client.post(path, json={"reason": "The inquest is over"})
        assert lifted.json()["lifted_by"] == "governance"
        assert (await client.get("/holds")).json() == []
        assert len((await client.get("/holds?standing=false")).json()) == 1
    assert len(await erase(intake)) == 1
    did = [
        what
        for who, what, _ in await intake.world.audited()
        if who == "governance" and what.startswith("hold")
    ]
    assert did == ["hold.set", "hold.lifted"]


async def test_a_hold_needs_a_reason_the_role_and_something_to_stand_on(intake: Intake) -> None:
    id_ = await concern_of(intake)
    nothing = UUID(int=7)
    assert (await hold(intake, "concern", nothing)).status_code == 404
    assert (await hold(intake, "concern", id_, person(Role.TEAM_MANAGER))).status_code == 403
    assert (await hold(intake, "concern", id_, ELSEWHERE)).status_code == 404
    async with intake.world.http(GOVERNANCE) as client:
        form: dict[str, Any] = {"kind": "concern", "subject_id": str(id_), "reason": ""}
        assert (await client.post("/holds", json=form)).status_code == 422
    first, again = await hold(intake, "concern", id_), await hold(intake, "concern", id_)
    assert first.json() == again.json()


async def test_holds_and_runs_are_there_for_their_own_partnership_alone(intake: Intake) -> None:
    held = (await hold(intake, "concern", await concern_of(intake))).json()["hold_id"]
    async with intake.world.http(GOVERNANCE) as client:
        form = {"partnership": "combined", "reason": "Yearly run"}
        run_id = (await client.post("/retention/runs", json=form)).json()["run_id"]
    async with intake.world.http(ELSEWHERE) as client:
        for path in ("/holds", "/holds?standing=false", "/retention/runs"):
            assert (await client.get(path)).json() == [], path
        lifted = await client.post(f"/holds/{held}/lift", json={"reason": "A guess"})
        approved = await client.post(f"/retention/runs/{run_id}/approval")
    assert (lifted.status_code, approved.status_code) == (404, 404)


async def test_a_run_is_asked_for_by_one_person_and_approved_by_another(intake: Intake) -> None:
    await concern_of(intake)
    intake.world.clock.forward(days=NINE_YEARS)
    form = {"partnership": "combined", "reason": "Yearly run"}
    async with intake.world.http(GOVERNANCE) as client:
        asked = (await client.post("/retention/runs", json=form)).json()
        path = f"/retention/runs/{asked['run_id']}/approval"
        own = await client.post(path)
        elsewhere = await client.post("/retention/runs", json={**form, "partnership": "wirral"})
    assert (asked["planned"]["concern"], asked["planned"]["history"]) == (1, 0)
    assert (own.status_code, own.json()["rule"]) == (409, "retention.approval")
    assert own.json()["clause"] == "combined@2026-11 pack: retention"
    assert elsewhere.status_code == 404
    run_id = UUID(asked["run_id"])
    for unknown in (run_id, UUID(int=7)):
        with pytest.raises(Refused):
            await erase(intake, unknown)
    for role, status in ((Role.ADMIN, 403), (Role.TEAM_MANAGER, 403), (Role.SENIOR_MANAGER, 200)):
        async with intake.world.http(person(role, subject=role.value)) as client:
            assert (await client.post(path)).status_code == status
    late = await concern_of(intake, reference="late")
    intake.world.clock.forward(days=NINE_YEARS)  # comes to its time after the run was asked for
    assert len(await erase(intake, run_id)) == 1
    assert [one.id for one in await plan(intake)] == [late]
    with pytest.raises(Refused, match=r"retention\.approval"):
        await erase(intake, run_id)
    async with intake.world.http(GOVERNANCE) as client:
        (run,) = (await client.get("/retention/runs")).json()
    assert (run["approved_by"], run["erased"]) == ("senior_manager", {"concern": 1})
    assert run["finished_at"] is not None
    did = [what for _, what, _ in await intake.world.audited() if what.startswith("retention")]
    assert did == ["retention.asked", "retention.approved", "retention.erased"]


async def test_who_has_left_what_held_before_and_that_messages_came_go_in_their_time(
    intake: Intake,
) -> None:
    world = intake.world
    message = intake.message("csu", "partner.concern.raised.v1", concern())
    await intake.receive(message)
    home = intake.locations[CARE_HOME]
    async with world.http(person(Role.CONTRACTS_OFFICER)) as client:
        facts = {"registered_manager": "Bo Sample", "beds": 41, "source": "a visit"}
        changed = await client.patch(
            f"/locations/{home}", json={**facts, "as_of": "2026-11-19"}, headers={"If-Match": "*"}
        )
    assert changed.status_code == 200
    world.clock.forward(days=3 * 366)
    gone = await erase(intake)
    assert {one.record_class.value for one in gone} == {"contact", "inbound"}
    [inbound] = [one for one in gone if one.record_class is RecordClass.INBOUND]
    assert str(inbound.id).startswith("csu/")
    assert "m-0" not in str(inbound.id)
    async with world.works.begin() as work:
        assert await work.session.scalar(select(func.count()).select_from(InboundRow)) == 0
        assert await work.session.scalar(select(func.count()).select_from(ContactRow)) == 0
    await hold(intake, "location", home)
    world.clock.forward(days=6 * 366)
    past = [one for one in await plan(intake) if one.record_class is RecordClass.HISTORY]
    assert [one.verdict.value for one in past] == ["stays: legal hold"] * 2
    assert past[0].since == date(2026, 11, 19)


async def test_what_is_settled_ended_or_over_goes_in_its_time_and_what_stands_stays(
    intake: Intake,
) -> None:
    provider = await of_the_desk(intake)
    answer = await hold(intake, "provider", provider)
    intake.world.clock.forward(days=NINE_YEARS)
    told = [(one.record_class.value, one.verdict.value) for one in await plan(intake)]
    assert sorted(told) == [
        ("acceptance", "goes"),
        ("quarantine", "goes"),
        ("quarantine", "stays: still open"),
        *[("return", "stays: legal hold")] * 2,
        ("variation", "stays: legal hold"),
    ]
    async with intake.world.http(GOVERNANCE) as client:
        await client.post(f"/holds/{answer.json()['hold_id']}/lift", json={"reason": "It is over"})
    gone = [one.record_class.value for one in await erase(intake)]
    assert gone == ["quarantine", "acceptance", "variation", "return"]
    async with intake.world.works.begin() as work:
        for table in ("quarantine", "confidentiality_acceptance", "policy_variation"):
            count = text(f"SELECT count(*) FROM intake.{table}")
            assert await work.session.scalar(count) == 1, table
        owed = await work.session.scalars(select(col(ExpectedReturnRow.state)))
        assert list(owed) == ["overdue"]


async def test_a_hold_on_an_item_of_the_quarantine_keeps_what_became_of_it(intake: Intake) -> None:
    await of_the_desk(intake)
    async with intake.world.works.begin() as work:
        item = await work.session.scalar(
            text("SELECT id FROM intake.quarantine WHERE state <> 'open'")
        )
    assert (await hold(intake, "quarantine", item)).status_code == 201
    intake.world.clock.forward(days=NINE_YEARS)
    [held] = [one for one in await plan(intake) if one.id == item]
    assert held.verdict.value == "stays: legal hold"


async def of_the_desk(intake: Intake) -> UUID:
    """Two of each, one settled, ended or over; gives the id of the provider that it is about."""
    now = intake.world.clock.now
    async with intake.world.works.begin() as work:
        home = await work.session.get(LocationRow, intake.locations[CARE_HOME])
        assert home is not None
        sender = Sender("combined", "csu")
        for number, state in enumerate(("rejected", "open")):
            item = item_of(work, sender, ("partner.csu.in.v1", 0, number), b"", unknown_location())
            item.state, item.settled_at = state, now if state == "rejected" else None
            work.session.add(item)
        for version, at in (("1", now), ("2", now + timedelta(days=1))):
            work.session.add(
                AcceptanceRow(
                    partnership="combined",
                    person_ref=UUID(int=1),
                    version=version,
                    accepted_by="somebody",
                    accepted_at=at,
                )
            )
        for ended_at in (now, None):
            work.session.add(
                VariationRow(
                    id=work.new_id(),
                    partnership="combined",
                    provider_id=home.provider_id,
                    name="requests.answer_days",
                    value=20,
                    default_value=14,
                    clause="combined@2026-11 W3.3",
                    reason="a test",
                    varied_by="manager",
                    at=now,
                    ended_at=ended_at,
                )
            )
        for quarter, state in (("2026-Q1", "received"), ("2026-Q2", "overdue")):
            work.session.add(
                ExpectedReturnRow(
                    id=work.new_id(),
                    partnership="combined",
                    location_id=home.id,
                    agency_id="csu",
                    quarter=quarter,
                    due_on=date(2026, 7, 30),
                    due_clause="combined@2026-11 L1.2g",
                    state=state,
                )
            )
        return home.provider_id


async def test_the_command_shows_the_plan_and_erases_only_when_told_to(
    intake: Intake, operate: Operate
) -> None:
    id_ = await concern_of(intake)
    async with intake.world.works.begin() as work:
        await work.session.execute(
            text("UPDATE intake.concern SET received_at = received_at - interval '9 years'")
        )
    plan = ("intake", "retention", "--partnership", "combined")
    code, said = await operate(*plan)
    assert code == 0
    assert f"concern {id_} of 2017-11-20 (combined@2026-11 pack: retention): goes" in said
    assert "concern: 1 goes" in said
    assert await concerns_left(intake) == 1
    run_id = str(await approved(intake))
    code, refused = await operate(*plan, "--erase", run_id, by="practitioner")
    assert (code, await concerns_left(intake)) == (1, 1)
    assert "This is for who operates the service." in refused
    code, said_2 = await operate(*plan, "--erase", run_id)
    assert (code, said_2.splitlines()[-1]) == (0, "concern: 1 erased")
    assert await concerns_left(intake) == 0
    assert ("operations", "retention.erased", f"concern {id_}") in await intake.world.audited()
    assert ("practitioner", "set_aside.refused", "intake") in await intake.world.audited()
    assert CANARY not in said + said_2
