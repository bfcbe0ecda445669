"""Lists of concerns: filtered, ordered, searched within one's rights, page by page, exported."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.intake.handlers import search
from shared.contracts.words import Role
from shared.platform.security import Person
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.stage import person

PORTAL = person(Role.PORTAL, subject="portal")
PRACTITIONER = person(Role.PRACTITIONER, subject="practitioner")
CONTRACTS = person(Role.CONTRACTS_OFFICER, subject="contracts")


async def tell(intake: Intake, **fields: Any) -> str:
    intake.world.clock.forward(minutes=1)
    async with intake.world.http(PORTAL) as client:
        answer = await client.post("/concerns", json=concern(**fields))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])


async def several(intake: Intake, count: int) -> list[str]:
    return [await tell(intake, reference=f"R-{number}") for number in range(count)]


async def listed(
    intake: Intake, who: Person = PRACTITIONER, path: str = "/concerns", **query: Any
) -> httpx.Response:
    async with intake.world.http(who) as client:
        headers = {"Read-Reason": why} if (why := query.pop("because", None)) else {}
        return await client.get(path, params=query, headers=headers)


async def references(intake: Intake, who: Person = PRACTITIONER, **query: Any) -> list[str]:
    answer = await listed(intake, who, **query)
    assert answer.status_code == 200, answer.text
    return [line["reference"] for line in answer.json()]


async def test_pages_follow_each_other_while_concerns_arrive(intake: Intake) -> None:
    there = await several(intake, 5)
    answer = await listed(intake, limit=2)
    shown = [line["reference"] for line in answer.json()]
    late = await tell(intake, reference="late")
    while "link" in answer.headers:
        async with intake.world.http(PRACTITIONER) as client:
            answer = await client.get(answer.links["next"]["url"])
        shown += [line["reference"] for line in answer.json()]
    assert shown == [*there, late]


async def test_the_newest_come_first_where_somebody_asks_for_it(intake: Intake) -> None:
    there = await several(intake, 3)
    assert await references(intake, sort="-received_at") == there[::-1]
    assert await references(intake, sort="reference") == sorted(there)


async def test_a_list_can_be_narrowed(intake: Intake) -> None:
    fall = await tell(intake, reference="fall", category="falls")
    dose = await tell(intake, reference="dose")
    old = await tell(intake, reference="old", occurred_on="2026-10-01")
    assert await references(intake, category="falls") == [fall]
    assert await references(intake, location=intake.locations[SMALL_HOME]) == []
    assert await references(intake, location=intake.locations[CARE_HOME]) == [fall, dose, old]
    assert (await references(intake, sort="occurred_on"))[0] == old
    assert await references(intake, received_from="2026-11-21") == []
    assert len(await references(intake, received_from="2026-11-20", received_to="2026-11-20")) == 3
    assert await references(intake, state="triaged") == []
    assert len(await references(intake, state="any")) == 3
    first, last = str(date.min), str(date.max)
    assert await references(intake, received_from=first, received_to=last) == [fall, dose, old]


@pytest.mark.parametrize(
    "query", [{"sort": "description"}, {"cursor": "x"}, {"q": "x"}, {"limit": 0}, {"state": "no"}]
)
async def test_what_a_list_does_not_know_is_refused(intake: Intake, query: dict[str, Any]) -> None:
    assert (await listed(intake, **query)).status_code == 422


async def test_a_cursor_does_not_widen_what_its_reader_may_see(intake: Intake) -> None:
    await several(intake, 3)
    answer = await listed(intake, limit=1)
    cursor = httpx.URL(answer.links["next"]["url"]).params["cursor"]
    elsewhere = person(Role.TEAM_MANAGER, partnerships=["wirral"])
    assert await references(intake, elsewhere, cursor=cursor, limit=1) == []
    assert (await listed(intake, cursor=cursor, category="falls")).status_code == 422


async def indexed(intake: Intake) -> int:
    """Let the search know what was told."""
    count = 0
    while found := await search.index_some(intake.world.works):
        count += found
    return count


async def test_a_search_finds_words_of_the_narrative_in_all_their_forms(intake: Intake) -> None:
    found = await tell(intake, reference="a", description="The hoist failed twice in the bathroom.")
    await tell(intake, reference="b", description="A dose was late.")
    assert await references(intake, q="hoists failing") == []
    assert await indexed(intake) == 2
    assert await references(intake, q="hoists failing") == [found]
    assert await references(intake, q='"hoist failed"') == [found]
    assert await references(intake, q="hoist -bathroom") == []
    assert ("practitioner", "concerns.searched", "list") in await intake.world.audited()


async def test_a_search_finds_what_was_not_done_and_what_was_added_later(intake: Intake) -> None:
    found = await tell(
        intake, reference="a", action_taken="none", action_none_reason="No plumber was free."
    )
    await indexed(intake)
    assert await references(intake, q="plumbers") == [found]
    entry = {"kind": "addition", "text": "The boiler broke again."}
    async with intake.world.http(PORTAL) as client:
        for _ in range(2):
            answer = await client.post(f"/concerns/status/{found}/entries", json=entry)
            assert answer.status_code == 201, answer.text
    assert await references(intake, q="boilers") == []
    assert await indexed(intake) == 1
    for words in ("boilers", "plumbers"):
        assert await references(intake, q=words) == [found]
    # Who may not know of the concern does not learn that something in it fits.
    async with intake.world.works.begin() as work:
        await work.session.execute(
            text("UPDATE intake.concern SET label='NAMED', holders='{council_safeguarding}'")
        )
    assert await references(intake, q="boilers", because="I am curious") == []


async def test_what_came_before_there_was_a_search_is_found_as_well(intake: Intake) -> None:
    old = await tell(intake, reference="a", description="The hoist failed.")
    async with intake.world.works.begin() as work:
        await work.session.execute(text("DELETE FROM intake.concern_to_index"))
    await search.queue_what_is_missing(intake.world.works)
    await search.queue_what_is_missing(intake.world.works)
    assert await indexed(intake) == 1
    assert await references(intake, q="hoist") == [old]


async def test_a_concern_that_was_erased_meanwhile_is_skipped(intake: Intake) -> None:
    await tell(intake, reference="a")
    async with intake.world.works.begin() as work:
        await work.session.execute(text("DELETE FROM intake.concern"))
    assert await indexed(intake) == 1
    assert await indexed(intake) == 0


async def test_a_search_looks_into_what_is_for_named_readers_with_a_reason_only(
    intake: Intake,
) -> None:
    small = await tell(
        intake, reference="a", location=SMALL_HOME, description="The hoist failed twice."
    )
    await indexed(intake)
    assert await references(intake) == [small]
    assert await references(intake, q="hoist") == []
    assert await references(intake, q="hoist", because="Two calls about hoists") == [small]
    # Who may not know of it finds nothing, with whatever reason.
    assert await references(intake, CONTRACTS, q="hoist", because="I am curious") == []


async def test_an_export_holds_the_list_without_formulas_and_is_on_record(intake: Intake) -> None:
    there = await several(intake, 3)
    answer = await listed(intake, path="/concerns.csv", limit=2)
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'rel="next"' in answer.headers["link"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["reference"] for row in rows] == there[:2]
    assert "dose" not in answer.text
    assert ("practitioner", "concerns.exported", "list") in await intake.world.audited()


@pytest.mark.parametrize("path", ["/concerns", "/concerns.csv"])
async def test_a_location_whose_name_is_a_formula_stays_text(intake: Intake, path: str) -> None:
    await several(intake, 1)
    async with intake.world.works.begin() as work:
        await work.session.execute(text("UPDATE intake.location SET name = '=1+1'"))
    answer = await listed(intake, path=path)
    assert ',"=1' not in answer.text
    assert path == "/concerns" or '"\'=1+1"' in answer.text
