"""A provider's timeline: every fact with source and label, for whom it is."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.intake.domain.timeline import Audience, Fact, newest, source_of
from services.intake.store import register
from services.intake.store import timeline as store
from services.intake.store.timeline import HANDED_OVER, Span
from services.intake.tables import (
    ConcernRow,
    DuplicateRow,
    ExpectedReturnRow,
    FileRow,
    HandoverRow,
    ProviderRow,
)
from shared.contracts.words import Label, Role
from shared.platform.security import Person
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.stage import NOON, person

OUR_PROVIDER = "1-100000001"
PRACTITIONER = person(Role.PRACTITIONER, subject="practitioner")
CONTRACTS = person(Role.CONTRACTS_OFFICER, subject="contracts")
MANAGER = person(Role.REGISTERED_MANAGER, provider=OUR_PROVIDER, subject="provider")
CANARY = "Mrs-Canary"


async def provider_id(intake: Intake) -> UUID:
    async with intake.world.works.begin() as work:
        [row] = await work.session.scalars(select(ProviderRow))
        return row.id


async def tell(intake: Intake, who: Person, **fields: Any) -> None:
    form = concern(description=CANARY, **fields)
    async with intake.world.http(who) as client:
        answer = await client.post("/concerns", json=form)
        assert answer.status_code == 201, answer.text


async def with_facts(intake: Intake) -> UUID:
    """One of everything that the world tells of the provider."""
    await tell(intake, MANAGER, reference="own")
    await tell(intake, PRACTITIONER, reference="staff", reported_by="staff")
    await tell(intake, MANAGER, reference="small", location=SMALL_HOME)
    await tell(intake, MANAGER, reference="led", implicated_role="registered_manager")
    rating = {
        "location": CARE_HOME,
        "key_question": "safe",
        "rating": "Good",
        "published_on": "2026-11-10",
    }
    complaint = {
        "location": CARE_HOME,
        "complaint_reference": "C-1",
        "received_on": "2026-11-12",
        "theme": "staffing",
    }
    receipts = await intake.receive(
        intake.message("cqc", "partner.cqc_rating.published.v1", rating),
        intake.message("council-contracts", "partner.complaint.received.v1", complaint),
    )
    assert [one.status for one in receipts] == ["accepted", "accepted"]
    return await provider_id(intake)


async def timeline(
    intake: Intake, who: Person, id_: UUID, query: str = ""
) -> tuple[int, list[dict[str, Any]]]:
    async with intake.world.http(who) as client:
        answer = await client.get(f"/providers/{id_}/timeline{query}")
    assert CANARY not in answer.text
    return answer.status_code, answer.json()


def told(facts: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(one["what"], one["source"], one["label"]) for one in facts}


async def test_staff_see_every_fact_with_its_source_and_label(intake: Intake) -> None:
    id_ = await with_facts(intake)
    status, facts = await timeline(intake, PRACTITIONER, id_)
    assert status == 200
    assert told(facts) == {
        ("concern_received", "provider", "PROVIDER"),
        ("concern_received", "provider", "NAMED"),
        ("concern_received", "council", "AGENCIES"),
        ("cqc_rating.published", "agency:cqc", "PUBLIC"),
        ("complaint.received", "agency:council-contracts", "AGENCIES"),
    }
    assert len(facts) == 6
    assert [one["on"] for one in facts] == sorted((one["on"] for one in facts), reverse=True)
    assert ("practitioner", "timeline.read", str(id_)) in await intake.world.audited()


async def test_who_is_no_named_reader_sees_no_named_fact(intake: Intake) -> None:
    id_ = await with_facts(intake)
    _, facts = await timeline(intake, CONTRACTS, id_)
    assert {one["label"] for one in facts} == {"PUBLIC", "PROVIDER", "AGENCIES"}
    assert len(facts) == 4


async def test_a_provider_sees_what_it_told_itself_and_what_is_public(intake: Intake) -> None:
    id_ = await with_facts(intake)
    _, facts = await timeline(intake, MANAGER, id_)
    assert sorted(one["what"] for one in facts) == [
        "concern_received",  # its own
        "concern_received",  # its own, in the small home; the one about the manager is not shown
        "cqc_rating.published",
    ]
    assert {one["source"] for one in facts} == {"provider", "agency:cqc"}
    assert [one["reference"] for one in facts if one["what"] == "cqc_rating.published"] == [None]


@pytest.mark.parametrize(
    "who",
    [
        person(Role.REGISTERED_MANAGER, provider="1-999999999"),
        person(Role.REGISTERED_MANAGER),
        person(Role.TEAM_MANAGER, partnerships=["wirral"]),
    ],
    ids=["another provider", "of no provider", "another partnership"],
)
async def test_anothers_provider_is_not_there(intake: Intake, who: Person) -> None:
    assert (await timeline(intake, who, await with_facts(intake)))[0] == 404


@pytest.mark.requirement("WG3")
async def test_a_variation_stands_on_the_timeline_with_who_and_why(intake: Intake) -> None:
    id_ = await provider_id(intake)
    form = {"name": "requests.answer_days", "value": 28, "reason": "The manager is away."}
    async with intake.world.http(person(Role.TEAM_MANAGER, subject="manager")) as client:
        answer = await client.post(f"/providers/{id_}/variations", json=form)
        assert answer.status_code == 201, answer.text
    [fact] = (await timeline(intake, PRACTITIONER, id_))[1]
    assert fact["what"] == "policy_varied"
    assert fact["details"] == {
        "name": "requests.answer_days",
        "value": "28",
        "instead_of": "14",
        "clause": "combined@2026-11 W3.3",
        "reason": "The manager is away.",
        "by": "manager",
    }
    assert (await timeline(intake, MANAGER, id_))[1] == []


async def test_changes_handovers_files_and_merges_stand_on_it_for_who_may_know_them(
    intake: Intake,
) -> None:
    for reference in ("first", "second"):
        await tell(intake, PRACTITIONER, reference=reference, reported_by="staff")
    home = intake.locations[CARE_HOME]
    for name, day in (("CQC directory", "2026-11-18"), ("a visit", "2026-11-19")):
        facts = {"name": f"As {name} has it", "source": name, "as_of": day}
        async with intake.world.http(CONTRACTS) as client:
            path, headers = f"/locations/{home}", {"If-Match": "*"}
            assert (await client.patch(path, json=facts, headers=headers)).status_code == 200
    async with intake.world.works.begin() as work:
        concerns = (await work.session.scalars(select(ConcernRow))).all()
        for one in concerns[1:]:
            one.label, one.holders = "NAMED", ["council_quality"]
        ids: dict[str, Any] = {"partnership": "combined", "concern_id": concerns[1].id}
        at: dict[str, Any] = {"acknowledged_at": NOON, "acknowledged_by": "duty"}
        work.session.add(HandoverRow(**ids, handed_over_at=NOON, emergency=False, **at))
        file: dict[str, Any] = {
            "name": "chart.pdf",
            "state": "clean",
            "attached_by": "t",
            "attached_at": NOON,
        }
        work.session.add(
            FileRow(**{**ids, "concern_id": concerns[0].id}, **file, id=UUID(int=1), client_id=home)
        )
        merged: dict[str, Any] = {
            "state": "merged",
            "decided_by": "t",
            "decided_at": NOON,
            "reason": "same",
        }
        other: dict[str, Any] = {"other_id": concerns[0].id, "likeness": 90}
        work.session.add(DuplicateRow(**ids, **other, **merged, id=UUID(int=2)))
    id_ = await provider_id(intake)
    _, whole = await timeline(intake, PRACTITIONER, id_)
    done = {one["what"]: (one["source"], one["label"]) for one in whole}
    assert {
        "handed_over": ("council", "NAMED"),
        "file_attached": ("concern", "AGENCIES"),
        "concerns_merged": ("council", "NAMED"),
    }.items() <= done.items()
    changed = [one for one in whole if one["what"] == "register_changed"]
    assert [(one["source"], one["label"]) for one in changed] == [
        ("a visit", "AGENCIES"),
        ("CQC directory", "PUBLIC"),
    ]
    assert changed[0]["details"] == {"fact": "name", "before_from": "CQC directory"}
    _, less = await timeline(intake, CONTRACTS, id_)
    named = {"handed_over", "concerns_merged"}
    assert {one["what"] for one in less} == {one["what"] for one in whole} - named
    _, theirs = await timeline(intake, MANAGER, id_)
    assert [(one["what"], one["source"]) for one in theirs] == [
        ("register_changed", "CQC directory")
    ]


async def test_that_a_handover_is_acknowledged_stands_on_it_for_safeguarding_alone(
    intake: Intake,
) -> None:
    await tell(intake, PRACTITIONER, reference="harm", reported_by="staff", significant_harm=True)
    safeguarding = person(Role.SAFEGUARDING, subject="duty")
    async with intake.world.works.begin() as work:
        [row] = await work.session.scalars(select(ConcernRow))
    id_ = await provider_id(intake)
    before = await timeline(intake, PRACTITIONER, id_)
    async with intake.world.http(safeguarding) as client:
        answer = await client.post(f"/handovers/{row.id}/acknowledgement")
        assert answer.status_code == 204
    assert await timeline(intake, PRACTITIONER, id_) == before
    assert "handover_acknowledged" in {
        one["what"] for one in (await timeline(intake, safeguarding, id_))[1]
    }


@pytest.mark.requirement("WX0")
async def test_what_the_law_lets_somebody_ask_stands_on_no_timeline(intake: Intake) -> None:
    form = {"location": CARE_HOME, "text": "All that you hold of me."}
    async with intake.world.http(PRACTITIONER) as client:
        for kind in ("coroner", "information_from_provider"):
            answer = await client.post("/requests", json={**form, "type": kind})
            assert answer.status_code == 201
    for who in (PRACTITIONER, CONTRACTS):
        _, facts = await timeline(intake, who, await provider_id(intake))
        assert [one["details"]["type"] for one in facts if one["what"] == "request"] == [
            "information_from_provider"
        ]


async def test_the_end_of_a_registration_stands_on_the_timeline(intake: Intake) -> None:
    async with intake.world.works.begin() as work:
        row = await register.location(work, ["combined"], intake.locations[CARE_HOME])
        assert row is not None
        row.ended_on = NOON.date()
    [fact] = (await timeline(intake, MANAGER, await provider_id(intake)))[1]
    assert (fact["what"], fact["label"]) == ("registration_ended", "PUBLIC")


async def owed(intake: Intake, quarter: str, due_on: date) -> None:
    async with intake.world.works.begin() as work:
        row = ExpectedReturnRow(
            id=work.new_id(),
            partnership="combined",
            location_id=intake.locations[CARE_HOME],
            agency_id="icb",
            quarter=quarter,
            due_on=due_on,
            due_clause="combined@2026-11 L1.2g",
            state="overdue",
        )
        work.session.add(row)


@pytest.mark.requirement("L1.2g")
async def test_a_quality_return_that_did_not_come_stands_on_it_for_who_is_told_of_it(
    intake: Intake,
) -> None:
    await owed(intake, "2026-Q3", date(2026, 10, 30))
    id_ = await provider_id(intake)
    for who in (PRACTITIONER, CONTRACTS, person(Role.TEAM_MANAGER)):
        [fact] = (await timeline(intake, who, id_))[1]
        assert (fact["what"], fact["on"]) == ("quality_return_overdue", "2026-10-30")
        assert fact["details"] == {
            "quarter": "2026-Q3",
            "owed_by": "icb",
            "clause": "combined@2026-11 L1.2g",
        }
    for who in (person(Role.OPERATIONS_LEAD), person(Role.SAFEGUARDING), MANAGER):
        assert await timeline(intake, who, id_) == (200, [])


async def test_pages_of_a_timeline_follow_each_other(intake: Intake) -> None:
    id_ = await with_facts(intake)
    for quarter, day in (("2026-Q2", date(2026, 7, 30)), ("2026-Q3", date(2026, 11, 12))):
        await owed(intake, quarter, day)
    whole = (await timeline(intake, PRACTITIONER, id_))[1]
    assert await one_by_one(intake, PRACTITIONER, id_) == whole


async def one_by_one(intake: Intake, who: Person, id_: UUID) -> list[Any]:
    shown: list[Any] = []
    async with intake.world.http(who) as client:
        answer = await client.get(f"/providers/{id_}/timeline?limit=1")
        shown += answer.json()
        while "link" in answer.headers:
            answer = await client.get(answer.links["next"]["url"])
            shown += answer.json()
    return shown


async def test_handovers_of_one_day_follow_each_other_and_no_page_reads_them_all(
    intake: Intake,
) -> None:
    told = [f"harm-{number}" for number in range(4)]
    for one in told:
        await tell(intake, PRACTITIONER, reference=one, reported_by="staff", significant_harm=True)
    id_ = await provider_id(intake)
    async with intake.world.works.begin() as work:
        for row in await work.session.scalars(select(HandoverRow)):
            row.acknowledged_at = NOON
    safeguarding = person(Role.SAFEGUARDING, subject="duty")
    whole = (await timeline(intake, safeguarding, id_))[1]
    what = [one["what"] for one in whole]
    assert (what.count("handed_over"), what.count("handover_acknowledged")) == (4, 4)
    assert await one_by_one(intake, safeguarding, id_) == whole
    async with intake.world.works.begin() as work:
        provider = await store.provider(work, frozenset({"combined"}), id_)
        assert provider is not None
        audience = Audience(held=frozenset({"council_safeguarding"}))
        span = Span(provider, audience, None, 1)
        assert len(await store.handovers(work, span, HANDED_OVER)) == 2  # one more than the limit


def test_the_newest_of_all_sources_come_first_and_each_once() -> None:
    facts = [
        Fact(NOON.date().replace(day=day), UUID(int=day), "what", "source", Label.PUBLIC)
        for day in range(1, 8)
    ]
    page = newest([facts[::2], facts[1::2]], None, 3)
    assert [one.on.day for one in page] == [7, 6, 5, 4]
    rest = newest([facts[::2], facts[1::2]], page[2].place, 3)
    assert [one.on.day for one in rest] == [4, 3, 2, 1]


def test_a_source_never_names_a_person() -> None:
    assert source_of("staff:anna.example") == "council"
    assert source_of("agency:icb") == "agency:icb"
    assert source_of("provider:1-100000001") == "provider"
    assert source_of("public") == "public"
