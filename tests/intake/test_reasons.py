"""Who read a narrative, when and why; what is for named readers with a reason only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from services.intake.store import concerns
from shared.contracts.words import Role
from shared.platform.security import Person
from tests.intake.conftest import SMALL_HOME, Intake, concern
from tests.stage import NOON, person

PORTAL = person(Role.PORTAL, subject="portal")
PRACTITIONER = person(Role.PRACTITIONER, subject="practitioner")
WHY = "The manager rang about it"


async def told(intake: Intake, **fields: Any) -> UUID:
    async with intake.world.http(PORTAL) as client:
        assert (await client.post("/concerns", json=concern(**fields))).status_code == 201
    async with intake.world.http(PRACTITIONER) as client:
        [line] = (await client.get("/concerns")).json()
    return UUID(line["concern_id"])


async def read(
    intake: Intake, path: str, why: str | None = None, who: Person = PRACTITIONER
) -> httpx.Response:
    async with intake.world.http(who) as client:
        return await client.get(path, headers={"Read-Reason": why} if why else {})


async def audited(intake: Intake) -> list[tuple[Any, ...]]:
    async with intake.world.works.begin() as work:
        table = work.tables.audit
        rows = await work.session.execute(select(table).where(table.c.did.like("%.read")))
        return [(row.who, row.did, row.subject, row.at, row.why) for row in rows]


async def test_a_read_is_on_record_with_who_what_when_and_why(intake: Intake) -> None:
    id_ = await told(intake)
    assert (await read(intake, f"/concerns/{id_}", WHY)).status_code == 200
    assert (await read(intake, f"/concerns/{id_}")).status_code == 200
    plain = ("practitioner", "concern.read", str(id_), NOON)
    assert await audited(intake) == [(*plain, WHY), (*plain, None)]


async def test_what_is_for_named_readers_is_refused_without_a_reason(intake: Intake) -> None:
    id_ = await told(intake, location=SMALL_HOME)
    refused = await read(intake, f"/concerns/{id_}")
    assert (refused.status_code, refused.json()["rule"]) == (422, "read.reason")
    assert refused.json()["clause"] == "combined@2026-11 L8a"
    assert "dose" not in refused.text
    assert (await read(intake, f"/concerns/{id_}?why=%20%20")).status_code == 422
    assert await audited(intake) == []
    assert (await read(intake, f"/concerns/{id_}?why={WHY}")).status_code == 200
    assert [row[-1] for row in await audited(intake)] == [WHY]


async def test_what_became_of_it_is_read_with_a_reason_too_but_by_who_told_it(
    intake: Intake,
) -> None:
    id_ = await told(intake, location=SMALL_HOME)
    reference = (await read(intake, f"/concerns/{id_}", WHY)).json()["reference"]
    path = f"/concerns/status/{reference}"
    assert (await read(intake, path)).json()["rule"] == "read.reason"
    assert (await read(intake, path, WHY)).status_code == 200
    assert (await read(intake, path, who=PORTAL)).status_code == 200


async def test_a_reason_opens_nothing_to_whoever_may_not_know(intake: Intake) -> None:
    id_ = await told(intake, location=SMALL_HOME)
    contracts = person(Role.CONTRACTS_OFFICER)
    assert (await read(intake, f"/concerns/{id_}", WHY, contracts)).status_code == 404
    assert await audited(intake) == []


async def test_a_refused_message_of_the_police_is_read_with_a_reason_only(intake: Intake) -> None:
    await intake.receive(
        intake.message("police", "partner.concern.raised.v1", b"{bad"),
        intake.message("csu", "partner.concern.raised.v1", b"{bad"),
    )
    async with intake.world.http(PRACTITIONER) as client:
        items = {
            line["agency_id"]: line["item_id"] for line in (await client.get("/quarantine")).json()
        }
    assert (await read(intake, f"/quarantine/{items['police']}")).status_code == 422
    assert (await read(intake, f"/quarantine/{items['police']}", WHY)).status_code == 200
    assert (await read(intake, f"/quarantine/{items['csu']}")).status_code == 200
    assert [row[-1] for row in await audited(intake)] == [WHY, None]


LIMBS = dict.fromkeys(
    ("care_and_support_needs", "abuse_or_neglect", "cannot_protect_themselves"), "no"
)


async def test_a_decision_on_what_was_changed_meanwhile_is_told_what(intake: Intake) -> None:
    id_ = await told(intake)
    seen = (await read(intake, f"/concerns/{id_}")).headers["etag"]
    async with intake.world.works.begin() as work:
        row = await concerns.concern(work, ["combined"], id_, None)
        assert row is not None
        row.measures = "Three people check the round."
    form = {"decision": "care_concern", "reason": "Below the threshold.", **LIMBS}
    path = f"/concerns/{id_}/triage"
    async with intake.world.http(PRACTITIONER) as client:
        stale = await client.post(path, json=form, headers={"If-Match": seen})
        assert stale.status_code == 412
        assert stale.json()["changed"] == ["measures"]
        assert "Three people" not in stale.text
        fresh = (await client.get(f"/concerns/{id_}")).headers["etag"]
        assert fresh == stale.headers["etag"]
        done = await client.post(path, json=form, headers={"If-Match": fresh})
        assert done.status_code == 200
