"""The traffic of a run holds all that partners may tell, from the list in code."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from services.intake.domain.personal_data.search import kinds
from shared.contracts.catalogue import ASSESSMENT, HEARS, NOTIFICATIONS
from shared.contracts.event import declared_events
from shared.contracts.inbound import free_texts, inbound_messages
from tests.chaos.checker.natural import KEYS
from tests.chaos.kinds import HANDOVER, KINDS, NAMELESS, data_of
from tests.chaos.traffic import SAYS

DAYS = (date(2026, 9, 1), date(2026, 11, 17))
TYPES = tuple(inbound_messages())


def test_every_type_that_partners_may_tell_is_told_by_each_that_may() -> None:
    assert set(KINDS) == set(TYPES)
    assert {type_ for said in SAYS.values() for type_ in said} == set(TYPES)


@pytest.mark.parametrize("type_", [type_ for type_ in TYPES if type_ != HANDOVER])
def test_what_is_told_is_sound_and_gives_nobody_away(type_: str) -> None:
    chance = Random(3)  # noqa: S311 - a test's
    for number in range(30):
        data = data_of(type_, "1-200000001", "CH-000123", DAYS, number, chance)
        cls = inbound_messages()[type_]
        message = cls.model_validate(data)
        for name in free_texts(cls):
            assert not kinds(str(getattr(message, name) or ""), DAYS[1]), name


@pytest.mark.parametrize("type_", sorted(NAMELESS - {HANDOVER}))
def test_no_two_messages_without_a_reference_say_the_same(type_: str) -> None:
    chance = Random(4)  # noqa: S311 - a test's
    told = [data_of(type_, "1-200000001", "", DAYS, number, chance) for number in range(600)]
    assert len({str(one) for one in told}) == len(told)
    assert "facts" in KEYS["intake"]["signal"]  # by which the checker tells signals apart


def test_who_hears_of_each_is_as_the_catalogue_says() -> None:
    heard = {
        service: {cls.spec.type for cls in HEARS[service]["intake.v1"]}
        for service in (ASSESSMENT, NOTIFICATIONS)
    }
    for type_, kind in KINDS.items():
        if not kind.said:
            continue
        assert kind.said in declared_events(), type_
        assert kind.said in heard[NOTIFICATIONS], type_
        assert (kind.said in heard[ASSESSMENT]) == bool(kind.fact), type_
