"""What people may read over HTTP, and that nobody else may."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.notifications.store import feeds
from services.notifications.tables import DISCLOSED_ON
from shared.contracts.words import Handling, Label, Role
from shared.platform.database import driver_of
from shared.platform.security import Person
from tests.notifications import facts
from tests.notifications.conftest import CHAIR, Scene, agency, concern
from tests.stage import person

OPERATIONS = person(Role.OPERATIONS)
LIAISON = person(Role.AGENCY_LIAISON, agency="icb")
TEAM_MANAGER = person(Role.TEAM_MANAGER)


async def test_operations_see_states_without_content_and_addresses(scene: Scene) -> None:
    await scene.hear(facts.contacted(), facts.overdue())
    async with scene.world.http(OPERATIONS) as client:
        answer = await client.get("/messages", params={"state": "queued"})
        older = await client.get("/messages", params={"before": "2026-11-20T12:00:00Z"})
        none = await client.get("/messages", params={"state": "failed"})
    assert {line["kind"] for line in answer.json()} == {"provider_contacted", "plan_overdue"}
    assert none.json() == older.json() == []
    for hidden in ("larchfield", "Larch", "Rowan", "Dear"):
        assert hidden not in answer.text


async def test_messages_of_another_partnership_are_not_shown(scene: Scene) -> None:
    await scene.hear(facts.contacted())
    async with scene.world.http(person(Role.OPERATIONS, partnerships=["wirral"])) as client:
        assert (await client.get("/messages")).json() == []


async def test_a_team_manager_cannot_tell_by_messages_what_is_safeguardings_or_asked_by_law(
    scene: Scene,
) -> None:
    shown = [facts.contacted(), facts.acknowledged(), facts.overdue()]
    await scene.hear(*shown)
    plain = await _kinds(scene, TEAM_MANAGER)
    of_the_police = Handling(Label.NAMED, ("agency:police", f"person:{CHAIR}"))
    await scene.hear(
        facts.redirected(),
        facts.acknowledged(emergency=True),
        facts.asked_by_law(),
        facts.scheduled(handling=of_the_police),
    )
    assert plain == ["concern_acknowledged", "plan_overdue", "provider_contacted"]
    assert await _kinds(scene, TEAM_MANAGER) == plain
    assert len(await _kinds(scene, OPERATIONS)) > len(plain) + 3


async def _kinds(scene: Scene, who: Person) -> list[str]:
    async with scene.world.http(who) as client:
        return sorted(line["kind"] for line in (await client.get("/messages")).json())


async def test_a_liaison_sees_what_the_own_feed_got(scene: Scene) -> None:
    await scene.hear(concern("a"), concern("b"))
    async with scene.world.http(LIAISON) as client:
        lines = (await client.get("/agencies/icb/feed")).json()
        rest = (await client.get("/agencies/icb/feed", params={"after": lines[0]["ce_id"]})).json()
    assert [line["ce_id"] for line in lines] == [
        record.headers["ce_id"] for record in await scene.feed("icb")
    ]
    assert rest == lines[1:]
    # No number: one that counts the records of all feeds would tell of those of others.
    assert set(lines[0]) == {"ce_id", "type", "disclosed_at"}


async def test_the_own_feed_goes_on_over_days_that_brought_nothing(scene: Scene) -> None:
    for name, days in (("a", 0), ("b", 40), ("c", 1)):
        scene.world.clock.forward(days=days)
        await scene.hear(concern(name))
    scene.world.clock.forward(days=90)
    async with scene.world.http(LIAISON) as client:
        lines = (await client.get("/agencies/icb/feed")).json()
        for number, line in enumerate(lines, 1):
            rest = await client.get("/agencies/icb/feed", params={"after": line["ce_id"]})
            assert rest.json() == lines[number:]
    assert len({line["disclosed_at"][:10] for line in lines}) == 3


async def test_ids_of_feeds_are_found_and_taken_back_by_their_index(scene: Scene) -> None:
    await scene.hear(concern("a"))
    async with scene.world.works.begin() as work:
        driver = await driver_of(work.session)
        await driver.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = await driver.fetch(
            "EXPLAIN SELECT seq FROM notifications.disclosed WHERE agency_id = 'icb' "
            f"AND ce_id = $1 AND {DISCLOSED_ON} = ANY($2)",
            UUID(int=1),
            [work.today],
        )
        taken = await feeds.take_back(work, "combined", "icb", None)
    assert "ix_disclosed_feed" in "\n".join(line[0] for line in plan)
    assert len(taken) == 1


async def test_a_place_on_the_feed_that_is_gone_begins_it_again(scene: Scene) -> None:
    await scene.hear(concern("a"))
    async with scene.world.http(LIAISON) as client:
        [line] = (await client.get("/agencies/icb/feed")).json()
        gone = "00000000-0000-4000-8000-000000000000"
        again = await client.get("/agencies/icb/feed", params={"after": gone})
    assert again.json() == [line]


async def test_a_suspended_agencys_liaison_is_cut_off_too(scene: Scene) -> None:
    await scene.hear(concern("a"), agency("icb", suspended=True))
    async with scene.world.http(LIAISON) as client:
        assert (await client.get("/agencies/icb/feed")).status_code == 404


@pytest.mark.parametrize("agency_id", ["police", "nobody"])
async def test_a_liaison_learns_nothing_of_another_feed(scene: Scene, agency_id: str) -> None:
    async with scene.world.http(LIAISON) as client:
        answer = await client.get(f"/agencies/{agency_id}/feed")
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:provider-quality:problem:not-found",
    )


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/messages", person(Role.INFORMATION_GOVERNANCE)),
        ("/messages", LIAISON),
        ("/ledger", OPERATIONS),
        # It counts and names what is safeguarding's alone, and what is asked under the law.
        ("/ledger", TEAM_MANAGER),
        ("/ledger/check", TEAM_MANAGER),
        ("/ledger", LIAISON),
        ("/ledger/check", OPERATIONS),
        ("/agencies/icb/feed", TEAM_MANAGER),
    ],
)
async def test_other_roles_are_refused(scene: Scene, path: str, who: Person) -> None:
    async with scene.world.http(who) as client:
        assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize("path", ["/messages", "/ledger", "/ledger/check", "/agencies/icb/feed"])
async def test_nobody_reads_without_a_token(scene: Scene, path: str) -> None:
    async with scene.world.http() as client:
        assert (await client.get(path)).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "/ledger?limit=0",
        "/ledger?limit=201",
        "/ledger?limit=x",
        "/ledger?after=-1",
        f"/ledger?after={10**30}",
        "/ledger?event_id=nonsense",
        "/messages?state=%00",
        "/messages?before=2026-11-20T12:00:00",
        "/messages?before=0001-01-01T00:00:00%2B14:00",
    ],
)
async def test_a_query_that_does_not_fit_is_refused_without_being_repeated(
    scene: Scene, query: str
) -> None:
    async with scene.world.http(person(Role.OPERATIONS, Role.INFORMATION_GOVERNANCE)) as client:
        answer = await client.get(query)
    assert answer.status_code == 422
    assert query.partition("=")[2] not in answer.json()["fields"][0]["reason"].split()
