"""Members accept the procedures on confidentiality, each for themselves, version by version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.intake.tables import AcceptanceRow
from shared.contracts.intake import ConfidentialityAccepted
from shared.contracts.words import Role
from shared.platform.policy import Pack, Policies
from shared.platform.security import Person
from tests.intake.conftest import Intake
from tests.stage import NOON, World, person

LIAISON = person(Role.AGENCY_LIAISON, agency="icb", subject="liaison")


def packs(*versions: str) -> Policies:
    """Packs of one partnership, each with its version of the procedures, a day apart."""
    return Policies(
        Pack(_document(version, NOON.date().day + n)) for n, version in enumerate(versions)
    )


def _document(version: str, day: int) -> dict[str, Any]:
    link = {"value": "https://quality.example/procedures", "clause": "L8a"}
    section = {"version": {"value": version, "clause": "L8a"}, "procedures_link": link}
    head = {
        "partnership": "combined",
        "version": f"2026-{version}",
        "effective_from": date(2026, 11, day),
    }
    return {"pack": head, "intake": {"confidentiality": section}}


async def accept(
    world: World, who: Person, version: str = "1", partnership: str = "combined"
) -> httpx.Response:
    form = {"partnership": partnership, "version": version}
    async with world.http(who) as client:
        return await client.post("/confidentiality/acceptances", json=form)


async def read(world: World, who: Person) -> Any:
    async with world.http(who) as client:
        return (await client.get("/confidentiality")).json()


@pytest.mark.requirement("L8a")
async def test_who_accepts_which_version_when_is_kept_and_told_without_their_name(
    intake: Intake,
) -> None:
    world = intake.world
    [before] = await read(world, LIAISON)
    assert (before["version"], before["accepted_at"]) == ("1", None)
    assert before["procedures_link"].startswith("https://")
    assert (await accept(world, LIAISON)).status_code == 201
    [after] = await read(world, LIAISON)
    assert after["accepted_at"] == "2026-11-20T12:00:00Z"
    [told] = await world.said(ConfidentialityAccepted)
    assert (told.partnership, told.version, told.person_ref) == ("combined", "1", LIAISON.ref)
    assert "liaison" not in told.model_dump_json()
    async with world.works.begin() as work:
        rows = await work.session.execute(select(AcceptanceRow.accepted_by, AcceptanceRow.version))  # type: ignore[call-overload]  # SQLModel types columns as their values
        assert rows.all() == [("liaison", "1")]
        audit = work.tables.audit
        did = audit.c.did == "confidentiality.accepted"
        assert (await work.session.scalars(select(audit.c.who).where(did))).all() == ["liaison"]


async def test_to_accept_again_changes_nothing(intake: Intake) -> None:
    first = await accept(intake.world, LIAISON)
    intake.world.clock.forward(hours=1)
    again = await accept(intake.world, LIAISON)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await intake.world.said(ConfidentialityAccepted)) == 1


async def test_one_person_accepts_for_nobody_else_and_for_no_other_partnership(
    intake: Intake,
) -> None:
    world = intake.world
    await accept(world, LIAISON)
    other = replace(LIAISON, subject="another", partnerships=frozenset({"combined", "lancashire"}))
    assert [line["accepted_at"] for line in await read(world, other)] == [None, None]
    assert (await accept(world, other, partnership="lancashire")).status_code == 201
    lines = {line["partnership"]: line["accepted_at"] for line in await read(world, other)}
    assert lines["combined"] is None
    assert lines["lancashire"] is not None
    assert (await accept(world, LIAISON, partnership="lancashire")).status_code == 404


@pytest.mark.requirement("L8a")
async def test_a_new_version_in_force_is_accepted_anew_and_the_old_acceptance_stays(
    intake: Intake,
) -> None:
    world = intake.world
    world.works.policies = world.runtime.policies = packs("1", "2")
    await accept(world, LIAISON)
    early = await accept(world, LIAISON, "2")
    assert (early.status_code, early.json()["field"]) == (422, "version")
    assert early.json()["clause"] == "combined@2026-1 L8a"
    world.clock.forward(days=1)
    [line] = await read(world, LIAISON)
    assert (line["version"], line["accepted_at"]) == ("2", None)
    assert (await accept(world, LIAISON, "1")).json()["rule"] == "L8a"
    assert (await accept(world, LIAISON, "2")).status_code == 201
    told = await world.said(ConfidentialityAccepted)
    assert [event.version for event in told] == ["1", "2"]


async def test_a_policy_without_such_procedures_refuses_and_says_so(intake: Intake) -> None:
    who = person(Role.TEAM_MANAGER, partnerships=["wirral"])
    assert await read(intake.world, who) == []
    answer = await accept(intake.world, who, partnership="wirral")
    assert (answer.status_code, answer.json()["rule"]) == (409, "policy.no-section")
