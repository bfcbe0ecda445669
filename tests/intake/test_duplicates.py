"""Likely duplicates: proposed to who triages, merged by a person, both sources kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.intake.domain.duplicates import Compared, likeness
from shared.contracts.intake import ConcernsMerged
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.intake.test_readers import CONCERN, CONTRACTS, PRACTITIONER, concern_ids
from tests.intake.test_routes import tell

ONE = Compared(
    UUID(int=1),
    "agency:csu",
    UUID(int=9),
    "falls",
    date(2026, 11, 1),
    "A resident fell in the dining room after lunch and nobody was near.",
)
LIKE = replace(
    ONE, id=UUID(int=2), text="After lunch a resident fell in the dining room; nobody was near."
)


def test_the_same_words_in_another_order_are_about_one_thing() -> None:
    assert likeness(ONE, LIKE, days=7) == 100


@pytest.mark.parametrize(
    "other",
    [
        replace(LIKE, location_id=UUID(int=8)),
        replace(LIKE, category="nutrition"),
        replace(LIKE, occurred_on=date(2026, 11, 9)),
        replace(LIKE, id=ONE.id),
        replace(LIKE, text="Medicine was late."),
        replace(LIKE, text=""),
    ],
)
def test_another_place_category_day_or_story_is_another_thing(other: Compared) -> None:
    assert likeness(ONE, other, days=7) == 0


async def two_alike(intake: Intake) -> tuple[str, str]:
    """One thing, told by the provider and by an agency; their ids, the earlier first."""
    await tell(intake)
    (first,) = await concern_ids(intake, PRACTITIONER)
    text = "A dose was given about two hours late."
    await intake.receive(intake.message("csu", CONCERN, concern(description=text)))
    second = next(one for one in await concern_ids(intake, PRACTITIONER) if one != first)
    return first, second


async def test_a_likely_duplicate_is_proposed_to_who_triages_and_merging_keeps_both(
    intake: Intake,
) -> None:
    first, second = await two_alike(intake)
    async with intake.world.http(PRACTITIONER) as client:
        path = f"/concerns/{second}/duplicates"
        (line,) = (await client.get(path)).json()
        assert (line["concern_id"], line["state"], line["source"]) == (
            first,
            "proposed",
            "provider",
        )
        form = {"other_id": first, "state": "merged", "reason": "The same round."}
        for _ in range(2):
            assert (await client.post(path, json=form)).json() == {"state": "merged"}
        (line,) = (await client.get(path)).json()
        assert line["state"] == "merged"
        kept = [(await client.get(f"/concerns/{one}")).json() for one in (first, second)]
    assert len({one["reference"] for one in kept}) == 2
    (said,) = await intake.world.said(ConcernsMerged)
    assert (str(said.concern_id), str(said.other_id)) == (second, first)
    assert ConcernsMerged.spec.existence is None  # no agency learns of another's


async def test_what_happened_on_the_first_day_of_the_calendar_has_nothing_before_it(
    intake: Intake,
) -> None:
    await tell(intake, occurred_on=str(date.min))
    (told,) = await concern_ids(intake, PRACTITIONER)
    async with intake.world.http(PRACTITIONER) as client:
        assert (await client.get(f"/concerns/{told}/duplicates")).json() == []


async def test_what_one_may_not_know_is_proposed_to_nobody_who_may_not(intake: Intake) -> None:
    await tell(intake, implicated_role="senior_manager")
    await intake.receive(intake.message("csu", CONCERN, concern()))
    (open_one,) = await concern_ids(intake, CONTRACTS)
    async with intake.world.http(CONTRACTS) as client:
        assert (await client.get(f"/concerns/{open_one}/duplicates")).json() == []
        hidden = next(one for one in await concern_ids(intake, PRACTITIONER) if one != open_one)
    async with intake.world.http(CONTRACTS) as client:
        form = {"other_id": hidden, "state": "merged", "reason": "a test"}
        assert (await client.post(f"/concerns/{open_one}/duplicates", json=form)).status_code == 404
    assert CARE_HOME  # both are at one home
