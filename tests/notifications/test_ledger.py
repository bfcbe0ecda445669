"""Everything that leaves is in the ledger, and what was withheld is counted (WG5)."""

from __future__ import annotations

import hashlib

import pytest

from shared.contracts.words import Handling, Label, Role
from tests.notifications.conftest import AGENCIES, HOME, Scene, agency, concern, id_of, location
from tests.stage import person

GOVERNANCE = person(Role.INFORMATION_GOVERNANCE, subject="information-governance")


@pytest.mark.requirement("WG5")
async def test_the_ledger_lists_each_receiving_agency_with_time_and_classification(
    scene: Scene,
) -> None:
    event_id = id_of("event")
    await scene.world.hear(concern(), id=event_id)
    async with scene.world.http(GOVERNANCE) as client:
        lines = (await client.get("/ledger", params={"event_id": str(event_id)})).json()
    told = [line for line in lines if line["kind"] == "disclosure"]
    assert {line["audience"] for line in told} == {
        "agency:council-quality",
        "agency:council-contracts",
        "agency:council-commissioning",
        "agency:council-safeguarding",
        "agency:icb",
    }
    assert {(line["at"], line["label"], line["under"]) for line in told} == {
        ("2026-11-20T12:00:00Z", "AGENCIES", "seat, combined@2026-11 L4")
    }


async def test_the_ledger_holds_the_digest_of_exactly_what_left(scene: Scene) -> None:
    await scene.hear(concern())
    [row] = [r for r in await scene.world.outbox() if r.topic == "partner.icb.out.v1"]
    [line] = [r for r in await scene.ledger("disclosure") if r.audience == "agency:icb"]
    assert line.digest == hashlib.sha256(row.value).hexdigest()


async def test_what_is_withheld_is_one_row_that_names_nobody(scene: Scene) -> None:
    await scene.hear(concern(handling=Handling(Label.NAMED, ("agency:icb",))))
    [row] = await scene.ledger("withholding")
    assert (row.audience, row.audiences, row.label) == ("", len(AGENCIES) - 1, "NAMED")
    assert row.under == "not-named"


async def test_a_fact_that_never_leaves_is_no_disclosure(scene: Scene) -> None:
    await scene.hear(location(HOME, name="Another Name"))
    assert await scene.ledger() == []


async def test_the_ledger_holds_no_name_and_no_content(scene: Scene) -> None:
    await scene.hear(concern())
    everything = " ".join(str(row.model_dump()) for row in await scene.ledger())
    for secret in ("Larch Field House", "falls", location().reference):
        assert secret not in everything


async def test_a_reader_sees_the_ledger_of_the_own_partnership_and_leaves_a_trace(
    scene: Scene,
) -> None:
    await scene.hear(concern())
    stranger = person(Role.INFORMATION_GOVERNANCE, partnerships=["wirral"])
    async with scene.world.http(stranger) as client:
        assert (await client.get("/ledger")).json() == []
    async with scene.world.http(GOVERNANCE) as client:
        first = (await client.get("/ledger", params={"limit": 2})).json()
        rest = (await client.get("/ledger", params={"after": first[-1]["seq"]})).json()
    assert [line["seq"] for line in first + rest] == [row.seq for row in await scene.ledger()]
    async with scene.world.works.begin() as work:
        audit = (await work.session.execute(work.tables.audit.select())).all()
    assert [(row.who, row.did) for row in audit if row.partnership == "combined"] == [
        ("information-governance", "ledger.read")
    ] * 2


async def test_a_withdrawn_disclosure_stays_beside_its_withdrawal(scene: Scene) -> None:
    await scene.hear(concern(), agency("icb", suspended=True))
    rows = [row for row in await scene.ledger() if row.audience == "agency:icb"]
    assert [row.kind for row in rows] == ["disclosure", "withdrawal"]
    assert len({row.event_id for row in rows}) == 1
