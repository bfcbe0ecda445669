"""On the morning of a working day the quality team is told of what is overdue for triage."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from services.intake.handlers import triage_reminders
from services.intake.tables import ConcernRow
from shared.contracts.intake import TriageOverdue
from tests.intake.conftest import SMALL_HOME, Intake
from tests.intake.test_readers import TRIAGE
from tests.intake.test_triage_queue import ANNA, act, queue, tell


async def morning(intake: Intake, month: int, day: int) -> list[TriageOverdue]:
    """What was said by 08:01 on a day of 2026."""
    intake.world.clock.now = datetime(2026, month, day, 8, 1, tzinfo=UTC)
    await intake.world.tick()
    return await intake.world.said(TriageOverdue)


@pytest.mark.requirement("WS2")
async def test_the_team_is_told_how_many_are_overdue_and_since_when_once_in_a_working_morning(
    intake: Intake,
) -> None:
    await triage_reminders.await_mornings(intake.world.works)  # on a Friday, at noon
    await tell(intake, "a")
    intake.world.clock.forward(hours=30)
    await tell(intake, "b", location=SMALL_HOME)  # for named readers, of whom the team is one
    await triage_reminders.await_mornings(intake.world.works)  # another instance, or another start
    assert await morning(intake, 11, 22) == []
    [said] = await morning(intake, 11, 23)
    assert (said.overdue, said.oldest_due_on) == (2, date(2026, 11, 21))
    assert said.due_clause == said.reminder_clause == "combined@2026-11 pack: triage"
    assert said.handling.holders == ("council_quality",)
    await triage_reminders.await_mornings(intake.world.works)
    assert len(await morning(intake, 11, 23)) == 1
    assert [one.overdue for one in await morning(intake, 11, 24)] == [2, 2]


async def test_a_morning_without_anything_overdue_says_nothing(intake: Intake) -> None:
    await triage_reminders.await_mornings(intake.world.works)
    await tell(intake, "a")
    [line] = await queue(intake)
    assert (await act(intake, ANNA, "triage", line["concern_id"], TRIAGE))[0] == 200
    intake.world.clock.now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    await tell(intake, "b")
    assert await morning(intake, 11, 23) == []
    assert len(await morning(intake, 11, 24)) == 1


async def test_a_clock_that_was_ahead_for_a_while_puts_no_morning_off(intake: Intake) -> None:
    await triage_reminders.await_mornings(intake.world.works)
    await tell(intake, "a")
    assert len(await morning(intake, 12, 9)) == 1  # it was wrong by weeks
    intake.world.clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    await triage_reminders.await_mornings(intake.world.works)
    assert [one.overdue for one in await morning(intake, 11, 24)] == [1, 1]


async def test_what_the_team_may_not_know_of_is_not_counted(intake: Intake) -> None:
    await triage_reminders.await_mornings(intake.world.works)
    await tell(intake, "a", location=SMALL_HOME)
    async with intake.world.works.begin() as work:
        theirs = update(ConcernRow).values(label="NAMED", holders=["council_safeguarding"])
        await work.session.execute(theirs)
    assert await morning(intake, 11, 24) == []
    async with intake.world.works.begin() as work:
        await work.session.execute(update(ConcernRow).values(label=None, holders=[]))
    assert [one.overdue for one in await morning(intake, 11, 25)] == [1]


@pytest.mark.requirement("WS2")
async def test_no_reminder_comes_at_a_weekend_or_on_a_bank_holiday_also_where_it_was_late(
    intake: Intake,
) -> None:
    await triage_reminders.await_mornings(intake.world.works)
    await tell(intake, "a")
    assert await morning(intake, 11, 28) == []  # a Saturday: the service did not run in the week
    assert len(await morning(intake, 11, 30)) == 1
    assert len(await morning(intake, 12, 24)) == 2
    for day in (25, 26, 27, 28):
        assert len(await morning(intake, 12, day)) == 2
    assert len(await morning(intake, 12, 29)) == 3
