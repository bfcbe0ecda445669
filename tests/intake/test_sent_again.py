"""A message that is sent again is the same one, even to a database that has forgotten it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.intake.domain.sent_again import LONGEST, time_for_ids
from shared.contracts.intake import ConcernReceived
from shared.platform.policy import Policies
from tests.intake.conftest import Intake, concern, with_a_register
from tests.stage import ROOT, World

WRITTEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONCERN = "partner.concern.raised.v1"
AT_FIRST = "1970-01-01T00:00:00Z"
"""When the log of the tests was written."""


def test_the_time_that_a_message_gives_is_its_own_however_often_it_is_sent() -> None:
    made = WRITTEN - timedelta(hours=3)
    assert time_for_ids(made, WRITTEN) == time_for_ids(made, WRITTEN + timedelta(days=5)) == made


@pytest.mark.parametrize(
    "said",
    [None, WRITTEN - LONGEST - timedelta(seconds=1), WRITTEN + timedelta(days=1, seconds=1)],
    ids=["none", "long ago", "in the future"],
)
def test_a_time_that_cannot_be_the_same_again_is_not_relied_on(said: datetime | None) -> None:
    assert time_for_ids(said, WRITTEN) is None


def test_every_pack_keeps_what_became_of_a_message_longer_than_it_may_be_sent_again() -> None:
    """Else a message that is new to us would make ids that others still have."""
    packs = Policies.load(ROOT / "deploy" / "policy")
    assert packs.partnerships
    for partnership in packs.partnerships:
        pack = packs.on(partnership, WRITTEN.date())
        months = pack.value("intake", "retention", "inbound_months").number
        assert timedelta(days=28 * months) > LONGEST


Makes = Callable[[], Awaitable[Intake]]


@pytest.fixture
def restored(stage_for: Callable[[str], Awaitable[World]]) -> Makes:
    """Makes an intake that has a register and has forgotten everything else."""

    async def make() -> Intake:
        return await with_a_register(await stage_for("intake"))

    return make


async def _sent(
    intake: Intake, time: str, *, place: int, **data: Any
) -> set[tuple[UUID, UUID, str | None]]:
    """Send the message; gives the ids of what it told, and its reference."""
    for _ in range(place):  # others lay before it in the log
        intake.message("council-quality", CONCERN, concern())
    record = intake.message("council-quality", CONCERN, concern(**data), id="same", time=time)
    (receipt,) = await intake.receive(record)
    assert receipt.status == "accepted"
    return {
        (one.id, one.event.concern_id, receipt.reference)
        for one in await intake.world.envelopes()
        if isinstance(one.event, ConcernReceived)
    }


async def test_a_message_sent_again_to_a_restored_database_makes_the_same_event_again(
    restored: Makes,
) -> None:
    first = await _sent(await restored(), AT_FIRST, place=3)
    assert len(first) == 1
    assert await _sent(await restored(), AT_FIRST, place=0) == first


@pytest.mark.parametrize("time", ["", "yesterday", "1970-01-01T00:00:00", "2026-11-20T12:00:00Z"])
async def test_without_a_time_to_rely_on_each_record_stands_for_itself(
    restored: Makes, time: str
) -> None:
    first = await _sent(await restored(), time, place=3)
    assert len(first) == 1
    assert not first & await _sent(await restored(), time, place=0)


async def test_another_text_under_the_same_id_is_another_message_to_a_restored_database(
    restored: Makes,
) -> None:
    first = await _sent(await restored(), AT_FIRST, place=3)
    other = await _sent(await restored(), AT_FIRST, place=0, description="Something else.")
    assert len(first | other) == 2
    assert len({reference for _, _, reference in first | other}) == 2


async def test_what_is_refused_is_held_anew_each_time_that_it_is_sent(intake: Intake) -> None:
    unknown = concern(location="1-999999999")
    for _ in range(2):
        record = intake.message("council-quality", CONCERN, unknown, id="same", time=AT_FIRST)
        (receipt,) = await intake.receive(record)
        assert receipt.status == "refused"
    async with intake.world.works.begin() as work:
        kept = await work.session.scalar(text("SELECT count(*) FROM intake.quarantine"))
    assert kept == 2
