"""The lists beside that of concerns: paged while rows arrive, filtered, within one's rights."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlmodel import col

from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import agencies, register
from services.intake.handlers.agencies import Contact
from services.intake.store.pages import named
from services.intake.tables import ExpectedReturnRow, ImportRow, LocationRow, ProviderRow
from shared.contracts.agencies import Agency
from shared.contracts.inbound_examples import GOOD
from shared.contracts.words import (
    AgencyFunction,
    HeldFunction,
    Role,
    ServiceCategory,
)
from shared.platform.database import driver_of
from shared.platform.security import Person
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.stage import person

TEAM_MANAGER = person(Role.TEAM_MANAGER, subject="tm")
PRACTITIONER = person(Role.PRACTITIONER, subject="practitioner")
GOVERNANCE = person(Role.INFORMATION_GOVERNANCE, subject="ig")
SAFEGUARDING = person(Role.SAFEGUARDING, subject="safeguarding")
COMPLAINT = "partner.complaint.received.v1"
ABROAD = ("wirral",)


async def get(intake: Intake, who: Person, path: str, **query: Any) -> httpx.Response:
    async with intake.world.http(who) as client:
        answer = await client.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return answer


async def post(intake: Intake, who: Person, path: str, form: dict[str, Any]) -> None:
    async with intake.world.http(who) as client:
        answer = await client.post(path, json=form)
    assert answer.status_code in {201, 409}, answer.text


async def complain(intake: Intake, number: int, **changes: Any) -> None:
    data = {**GOOD[COMPLAINT], "complaint_reference": f"C-{number}", **changes}
    (receipt,) = await intake.receive(intake.message("council-complaints", COMPLAINT, data))
    assert receipt.status == "accepted"


async def hand_over(intake: Intake, number: int) -> None:
    data = concern(reference=f"R-{number}", immediate_danger=True)
    await intake.receive(intake.message("council-quality", "partner.concern.raised.v1", data))


async def tell(intake: Intake, number: int) -> None:
    data = concern(reference=f"T-{number}")
    await intake.receive(intake.message("council-quality", "partner.concern.raised.v1", data))


async def ask(intake: Intake, number: int) -> None:
    form = {"type": "information_from_provider", "location": CARE_HOME, "load_seen": True}
    await post(intake, PRACTITIONER, "/requests", form)


async def ask_in_vain(intake: Intake, number: int) -> None:
    await post(
        intake, PRACTITIONER, "/requests", {"type": f"nothing_{number}", "location": CARE_HOME}
    )


async def ask_by_law(intake: Intake, number: int) -> None:
    await post(intake, GOVERNANCE, "/requests", {"type": "coroner"})


async def draft(intake: Intake, number: int) -> None:
    await post(intake, PRACTITIONER, "/drafts", {"concern": {"reference": f"D-{number}"}})


async def vary(intake: Intake, number: int) -> None:
    form = {"name": "requests.answer_days", "value": 20 + number, "reason": "a test"}
    await post(intake, TEAM_MANAGER, f"/providers/{await provider_id(intake)}/variations", form)


async def provider_id(intake: Intake) -> str:
    lines = (await get(intake, TEAM_MANAGER, "/providers", q="1-100000001")).json()
    return str(lines[0]["provider_id"])


async def employ(intake: Intake, number: int) -> None:
    contact = Contact(None, "police", None, f"Name {number}", f"n{number}@a.example")
    async with intake.world.works.begin() as work:
        await agencies.register_contact(work, "combined", contact)


async def import_file(intake: Intake, number: int) -> None:
    async with intake.world.works.begin() as work:
        work.session.add(
            ImportRow(
                id=work.new_id(),
                partnership="combined",
                source=f"file {number}",
                source_date=date(2026, 11, 1),
                digest=str(number),
                imported_at=work.now,
                counts={},
                odd=0,
                refused=0,
            )
        )


async def register_home(intake: Intake, number: int, **facts: Any) -> None:
    provider = ProviderFacts(f"1-10000002{number}", cqc_registered=True, name=f"Care {number} Ltd")
    home = LocationFacts(
        reference=f"1-20000003{number}",
        provider_reference=provider.reference,
        **{
            "name": f"Home {number}",
            "category": ServiceCategory.RESIDENTIAL_HOME,
            "cqc_registered": True,
            "local_authority": "Combined Borough",
            **facts,
        },
    )
    async with intake.world.works.begin() as work:
        source = Source("a test", date(2026, 11, 1))
        await register.load_places(work, "combined", [(provider, home)], (), source)


async def break_message(intake: Intake, number: int) -> None:
    """Every other one speaks of danger at a place that nobody knows: it comes first."""
    data = concern(reference=f"Q-{number}", location="nowhere", immediate_danger=bool(number % 2))
    await intake.receive(intake.message("council-quality", "partner.concern.raised.v1", data))


async def praise(intake: Intake, number: int) -> None:
    form = {
        "kind": "compliment",
        "location": CARE_HOME,
        "category": "dignity",
        "occurred_on": "2026-11-10",
        "text": f"Number {number} was kind.",
    }
    await post(intake, PRACTITIONER, "/feedback", form)


async def owe(intake: Intake, number: int) -> None:
    async with intake.world.works.begin() as work:
        work.session.add(
            ExpectedReturnRow(
                id=work.new_id(),
                partnership="combined",
                location_id=intake.locations[CARE_HOME],
                agency_id="csu",
                quarter=f"{2000 + number}-Q1",
                due_on=date(2000 + number, 4, 30),
                due_clause="combined@2026-11 L1.2g",
                state="overdue",
            )
        )


async def found_agency(intake: Intake, number: int) -> None:
    held = (HeldFunction(AgencyFunction.HEALTH_COMMISSIONER, date(2020, 1, 1)),)
    async with intake.world.works.begin() as work:
        agency = Agency(f"icb-{number}", f"Board {number}", "combined", held, "1")
        await agencies.register_agency(work, agency)


Make = Callable[[Intake, int], Awaitable[None]]
LISTS: dict[str, tuple[Person, Make, str]] = {
    "/signals": (PRACTITIONER, complain, "reference"),
    "/handovers": (SAFEGUARDING, hand_over, "reference"),
    "/requests?location={place}": (PRACTITIONER, ask, "reference"),
    "/requests/refused": (TEAM_MANAGER, ask_in_vain, "reference"),
    "/requests/statutory": (GOVERNANCE, ask_by_law, "reference"),
    "/drafts": (PRACTITIONER, draft, "draft_id"),
    "/providers/{provider}/variations": (TEAM_MANAGER, vary, "variation_id"),
    "/contacts?agency=police": (TEAM_MANAGER, employ, "name"),
    "/register/imports": (PRACTITIONER, import_file, "source"),
    "/locations": (PRACTITIONER, register_home, "reference"),
    "/locations?sort=-name": (PRACTITIONER, register_home, "reference"),
    "/providers?sort=name": (PRACTITIONER, register_home, "reference"),
    "/ratings/position": (PRACTITIONER, register_home, "reference"),
    "/agencies": (GOVERNANCE, found_agency, "agency_id"),
    "/quarantine": (PRACTITIONER, break_message, "item_id"),
    "/quality-returns/overdue?agency=csu": (PRACTITIONER, owe, "quarter"),
    "/feedback": (PRACTITIONER, praise, "reference"),
    "/signals?sort=received_at&q=larch": (PRACTITIONER, complain, "reference"),
    "/handovers?sort=-handed_over_at&state=any": (SAFEGUARDING, hand_over, "reference"),
    "/requests?location={place}&sort=-due_on": (PRACTITIONER, ask, "reference"),
    "/requests/refused?sort=type": (TEAM_MANAGER, ask_in_vain, "reference"),
    "/requests/statutory?sort=-received_at": (GOVERNANCE, ask_by_law, "reference"),
    "/drafts?sort=begun": (PRACTITIONER, draft, "draft_id"),
    "/quarantine?sort=received_at": (PRACTITIONER, break_message, "item_id"),
    "/feedback?sort=-occurred_on": (PRACTITIONER, praise, "reference"),
    "/triage?sort=-received_at&category=medication": (PRACTITIONER, tell, "reference"),
}
"""By address: who reads it, what makes a row, and what tells rows apart."""


async def test_pages_of_every_list_follow_each_other_while_rows_arrive(intake: Intake) -> None:
    for number_of_list, (address, (who, make, name)) in enumerate(LISTS.items()):
        first = 4 * number_of_list
        for number in range(first, first + 3):
            intake.world.clock.forward(minutes=1)
            await make(intake, number)
        place, provider = intake.locations[CARE_HOME], await provider_id(intake)
        path, _, query = address.format(place=place, provider=provider).partition("?")
        there = await names(intake, who, path, name, httpx.QueryParams(query))
        answer = await get(intake, who, path, **httpx.QueryParams(query), limit=1)
        shown = [line[name] for line in answer.json()]
        intake.world.clock.forward(minutes=1)
        await make(intake, first + 3)
        while "link" in answer.headers:
            answer = await get(intake, who, answer.links["next"]["url"])
            shown += [line[name] for line in answer.json()]
        assert len(shown) == len(set(shown)), address
        assert [one for one in shown if one in there] == there, address
        assert len(await names(intake, who, path, name, httpx.QueryParams(query))) > len(there)
        await of_another_partnership(intake, who, path, query)


async def names(intake: Intake, who: Person, path: str, name: str, query: Any) -> list[str]:
    answer = await get(intake, who, path, **query)
    assert "link" not in answer.headers
    return [line[name] for line in answer.json()]


async def of_another_partnership(intake: Intake, who: Person, path: str, query: str) -> None:
    """Elsewhere nobody finds any of it."""
    away = person(*who.roles, partnerships=ABROAD, subject=who.subject)
    async with intake.world.http(away) as client:
        answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 404 or answer.json() == []


async def test_a_cursor_is_for_its_own_list(intake: Intake) -> None:
    for number in range(2):
        await complain(intake, number)
    answer = await get(intake, PRACTITIONER, "/signals", limit=1)
    cursor = httpx.URL(answer.links["next"]["url"]).params["cursor"]
    async with intake.world.http(PRACTITIONER) as client:
        for path in ("/locations", "/signals?sort=occurred_on", "/drafts"):
            answer = await client.get(path, params={**httpx.URL(path).params, "cursor": cursor})
            assert answer.status_code == 422


async def test_signals_are_found_by_kind_place_agency_and_day(intake: Intake) -> None:
    await complain(intake, 1)
    rating = {**GOOD["partner.cqc_rating.published.v1"], "location": SMALL_HOME}
    await intake.receive(intake.message("cqc", "partner.cqc_rating.published.v1", rating))
    for query, count in (
        ({"kind": COMPLAINT}, 1),
        ({"location": intake.locations[SMALL_HOME]}, 1),
        ({"agency": "council-complaints"}, 1),
        ({"received_from": "2026-11-20"}, 2),
        ({"received_to": "2026-11-19"}, 0),
    ):
        assert len((await get(intake, PRACTITIONER, "/signals", **query)).json()) == count


@pytest.mark.requirement("W2.7")
async def test_a_signal_is_read_with_its_references_on_record(intake: Intake) -> None:
    await complain(intake, 1)
    [line] = (await get(intake, PRACTITIONER, "/signals")).json()
    assert "facts" not in line
    answer = await get(intake, PRACTITIONER, f"/signals/{line['signal_id']}")
    assert answer.json()["facts"] == {
        "complaint_reference": "C-1",
        "received_on": "2026-11-10",
        "theme": "staffing",
    }
    assert ("practitioner", "signal.read", line["signal_id"]) in await intake.world.audited()


async def test_what_the_police_hold_is_for_its_holders_and_read_for_a_reason(
    intake: Intake,
) -> None:
    kind = "partner.police_matter.held.v1"
    await intake.receive(intake.message("police", kind, GOOD[kind]))
    safeguarding = person(Role.SAFEGUARDING)
    contracts = person(Role.CONTRACTS_OFFICER)
    [line] = (await get(intake, safeguarding, "/signals")).json()
    assert (await get(intake, contracts, "/signals")).json() == []
    path = f"/signals/{line['signal_id']}"
    async with intake.world.http(contracts) as client:
        assert (await client.get(path)).status_code == 404
    async with intake.world.http(safeguarding) as client:
        assert (await client.get(path)).json()["rule"] == "read.reason"
        assert (await client.get(path, params={"why": "the strategy meeting"})).status_code == 200


async def test_places_are_found_by_name_reference_kind_and_area(intake: Intake) -> None:
    await register_home(intake, 1, name="Beech 100% House")

    async def found(path: str = "/locations", **query: Any) -> list[str]:
        return [
            line["reference"] for line in (await get(intake, PRACTITIONER, path, **query)).json()
        ]

    assert await found(q="larchfield") == [CARE_HOME]
    assert await found(q="1-2000000") == [CARE_HOME, SMALL_HOME, "1-200000031"]
    assert await found(q="100%") == ["1-200000031"]
    assert await found(q="0%0") == []
    assert await found(category="residential_home") == ["1-200000031"]
    assert await found(local_authority="Combined Borough", active=True, commissioned=True) == []
    assert len(await found(local_authority="Combined Borough", commissioned=False)) == 3
    assert await found(cqc_registered=False) == []
    assert await found(sort="-name") == [SMALL_HOME, CARE_HOME, "1-200000031"]
    assert await found("/providers", q="care 1") == ["1-100000021"]


@pytest.mark.parametrize("table", [LocationRow, ProviderRow])
async def test_letters_of_a_name_or_a_reference_are_found_by_an_index(
    intake: Intake, table: type[LocationRow] | type[ProviderRow]
) -> None:
    [called] = named("larch", col(table.name), col(table.reference))
    query = select(col(table.id)).where(called)
    written = query.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
        compile_kwargs={"literal_binds": True},
    )
    async with intake.world.works.begin() as work:
        await work.session.execute(text("SET LOCAL enable_seqscan = off"))  # there are few rows
        plan = await (await driver_of(work.session)).fetch(
            "EXPLAIN " + str(written).replace("%%", "%")
        )
    used = "\n".join(line[0] for line in plan)
    assert f"ix_{table.__tablename__}_name_letters" in used
    assert f"ix_{table.__tablename__}_reference_letters" in used


async def test_agencies_are_found_by_name_function_and_suspension(intake: Intake) -> None:
    await found_agency(intake, 1)
    [line] = (await get(intake, GOVERNANCE, "/agencies", q="board")).json()
    assert line["functions"] == ["health_commissioner"]
    [police] = (await get(intake, PRACTITIONER, "/agencies", function="police")).json()
    assert police["agency_id"] == "police"
    assert (await get(intake, GOVERNANCE, "/agencies", suspended=True)).json() == []


@pytest.mark.requirement("WX0")
async def test_an_approver_finds_what_was_refused_by_its_rule(intake: Intake) -> None:
    await ask_in_vain(intake, 1)
    visit = {"type": "provider_visit", "location": CARE_HOME, "risk_type": "clinical"}
    await post(intake, PRACTITIONER, "/requests", visit)
    [line] = (await get(intake, TEAM_MANAGER, "/requests/refused", rule="WX4")).json()
    assert line["asked_by"] == "staff:practitioner"
    assert line["pointer"] and "text" not in line
    assert len((await get(intake, TEAM_MANAGER, "/requests/refused")).json()) == 2


async def test_requests_are_exported_without_texts_formulas_and_statutory_ones(
    intake: Intake,
) -> None:
    await ask(intake, 1)
    await ask_by_law(intake, 1)
    answer = await get(intake, TEAM_MANAGER, "/requests.csv")
    [row] = rows_of(answer)
    assert (row["type"], row["state"]) == ("information_from_provider", "open")
    assert "text" not in row
    assert rows_of(await get(intake, TEAM_MANAGER, "/requests.csv", state="refused")) == []
    assert ("tm", "requests.exported", "list") in await intake.world.audited()


@pytest.mark.requirement("W4.4")
async def test_the_position_is_exported_with_a_row_for_each_rating(intake: Intake) -> None:
    rating = GOOD["partner.cqc_rating.published.v1"]
    await intake.receive(intake.message("cqc", "partner.cqc_rating.published.v1", rating))
    await register_home(intake, 1, name="=1+1")
    rows = rows_of(await get(intake, TEAM_MANAGER, "/ratings/position.csv"))
    told = [(row["location_reference"], row["rating"]) for row in rows]
    assert (CARE_HOME, "Requires improvement") in told
    assert ("1-200000031", "") in told
    assert [row["location"] for row in rows if row["location"].endswith("1+1")] == ["'=1+1"]
    earlier = rows_of(await get(intake, TEAM_MANAGER, "/ratings/position.csv", as_of="2026-10-01"))
    assert {row["rating"] for row in earlier} == {""}
    assert ("tm", "position.exported", "list") in await intake.world.audited()


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
