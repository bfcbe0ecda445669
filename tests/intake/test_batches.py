"""However messages come together, intake answers each of them the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from services.intake.handlers import messages
from shared.contracts.inbound import inbound_messages
from shared.contracts.inbound_examples import BAD
from shared.contracts.intake import ReceiptIssued
from tests.batches import alone_and_together
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.intake.every_type import (
    CONCERN,
    EFFECTS,
    HANDOVER,
    data_of,
    effects,
    emergency,
    sender_of,
)

REGISTER = (
    "agency",
    "agency_function",
    "agency_succession",
    "agreement",
    "contact",
    "location",
    "past_fact",
    "provider",
    "rating",
    "register_import",
    "succession",
)
TYPES = tuple(inbound_messages())


@pytest.mark.parametrize("seed", range(8))
async def test_intake_answers_the_same_however_messages_come_together(
    intake: Intake, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    records = []
    for _ in range(40):
        changes: dict[str, Any] = {
            "reference": f"R-{chance.randrange(12)}",
            "location": chance.choice([CARE_HOME, SMALL_HOME, "1-999999999"]),
            "significant_harm": chance.random() < 0.2,
            "immediate_danger": chance.random() < 0.1,
        }
        if chance.random() < 0.1:
            changes["category"] = "no such category"
        message = intake.message(
            chance.choice(["council-quality", "police"]),
            "partner.concern.raised.v1" if chance.random() < 0.95 else "partner.unknown.v1",
            concern(**changes),
            id=f"m-{chance.randrange(30)}",
        )
        records.append(message)
    alone, together = await alone_and_together(
        intake.world, records, seed, register=REGISTER, consumer=1
    )
    assert alone.rows == together.rows
    assert alone.said == together.said
    assert len(alone.rows["concern"]) > 3
    assert len(alone.rows["quarantine"]) > 3


def test_each_type_that_partners_may_publish_has_its_effect_named() -> None:
    assert set(EFFECTS) == set(TYPES)


async def test_a_message_of_each_type_has_one_receipt_and_one_effect_however_often_it_comes(
    intake: Intake,
) -> None:
    answers, fresh = {}, {}
    for number, type_ in enumerate(TYPES):
        first, second, third = await _the_same(intake, type_, number, times=3)
        before = await effects(intake)
        receipts = await intake.receive(first, second)  # two records of one batch
        read_again = await intake.receive(first, second)  # the same records once more
        receipts += await intake.receive(third)
        answers[type_] = ([one.status for one in receipts], len(read_again))
        assert len({one.reference for one in receipts}) == 1, type_
        fresh[type_] = _new(before, await effects(intake))
    assert answers == dict.fromkeys(TYPES, (["accepted", "duplicate", "duplicate"], 0))
    assert fresh == {type_: {type_: (1, 1)} for type_ in TYPES}


@pytest.mark.parametrize("seed", range(2))
async def test_all_types_come_together_in_one_batch_as_they_do_one_by_one(
    intake: Intake, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    before = [emergency(intake, number) for number in range(2)]
    handed_over = [str(one.reference) for one in await intake.receive(*before)]
    records = _shuffled(intake, chance, handed_over)
    alone, together = await alone_and_together(
        intake.world, records, seed, register=REGISTER, before=before, consumer=1
    )
    assert alone.rows == together.rows
    assert alone.said == together.said
    receipts = await intake.world.said(ReceiptIssued)
    places = [(one.topic, one.offset) for one in receipts]
    assert sorted(places) == sorted((one.topic, one.offset) for one in [*before, *records])
    assert await effects(intake) == dict.fromkeys(TYPES, (2, 2))


async def test_what_fails_in_the_middle_of_a_batch_fails_alone_and_comes_again(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, fresh, mended = {}, {}, {}
    for number, type_ in enumerate(TYPES):
        broken, again = await _the_same(intake, type_, number, times=2)
        with monkeypatch.context() as patch:
            _let_fail(patch, type_, [RuntimeError("a fault of ours")] * 9)
            fresh[type_], answers[type_] = await _between_two(intake, number, broken)
        before = await effects(intake)
        (receipt,) = await intake.receive(again)
        mended[type_] = (receipt.status, _new(before, await effects(intake)))
    assert answers == {type_: ["accepted", "quarantined", "accepted"] for type_ in TYPES}
    assert fresh == {type_: {CONCERN: (2, 2)} for type_ in TYPES}
    assert mended == {type_: ("accepted", {type_: (1, 1)}) for type_ in TYPES}


async def test_a_batch_whose_database_goes_away_in_the_middle_takes_effect_once(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.consumer._PAUSES", (0.0, 0.0))
    answers, fresh = {}, {}
    for number, type_ in enumerate(TYPES):
        (record,) = await _the_same(intake, type_, number, times=1)
        with monkeypatch.context() as patch:
            _let_fail(patch, type_, [ConnectionResetError("away"), ConnectionResetError("away")])
            fresh[type_], answers[type_] = await _between_two(intake, number, record)
    assert answers == {type_: ["accepted"] * 3 for type_ in TYPES}
    assert fresh == {
        type_: {CONCERN: (2, 2), type_: (1, 1)} if type_ != CONCERN else {CONCERN: (3, 3)}
        for type_ in TYPES
    }


async def _the_same(intake: Intake, type_: str, number: int, *, times: int) -> list[Any]:
    """One message, in so many records that its sender publishes."""
    reference = ""
    if type_ == HANDOVER:
        (receipt,) = await intake.receive(emergency(intake, number))
        reference = str(receipt.reference)
    data, sender = data_of(type_, number, reference), sender_of(type_)
    return [intake.message(sender, type_, data, id=type_) for _ in range(times)]


def _shuffled(intake: Intake, chance: random.Random, handed_over: Sequence[str]) -> list[Any]:
    """Two messages of each type, some of them twice, and one of each that is refused."""
    told = [
        (type_, data_of(type_, number, reference), f"{type_}-{number}")
        for type_ in TYPES
        for number, reference in enumerate(handed_over)
    ]
    told += chance.sample(told, len(told) // 3)
    told += [(type_, BAD[type_], f"{type_}-bad") for type_ in TYPES]
    chance.shuffle(told)
    return [intake.message(sender_of(type_), type_, data, id=id_) for type_, data, id_ in told]


def _let_fail(patch: pytest.MonkeyPatch, id_: str, faults: list[Exception]) -> None:
    """Something fails as soon as the message has taken effect, once for each fault."""
    real = messages.take

    async def take(work: Any, agency: Any, event: Any, *more: Any) -> Any:
        outcome = await real(work, agency, event, *more)
        if event.id == id_ and faults:
            raise faults.pop()
        return outcome

    patch.setattr(messages, "take", take)


async def _between_two(
    intake: Intake, number: int, record: Any
) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """What comes of a record between two concerns in one batch, and how all three are answered."""
    around = [
        intake.message("council-quality", CONCERN, concern(reference=name), id=name)
        for name in (f"BEFORE-{number}", f"BEHIND-{number}")
    ]
    before = await effects(intake)
    receipts = await intake.receive(around[0], record, around[1])
    assert len({(one.topic, one.offset) for one in receipts}) == len(receipts)
    by_place = {(one.topic, one.offset): one.status for one in receipts}
    asked = [(one.topic, one.offset) for one in (around[0], record, around[1])]
    return _new(before, await effects(intake)), [by_place[place] for place in asked]


def _new(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """What has come to each type since."""
    grown = {t: (after[t][0] - before[t][0], after[t][1] - before[t][1]) for t in after}
    return {type_: more for type_, more in grown.items() if more != (0, 0)}
