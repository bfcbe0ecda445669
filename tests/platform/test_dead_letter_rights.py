"""Who may do what to dead letters: content for those who triage, and all of it audited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from services.intake.main import SERVICE
from shared.contracts.words import AgencyFunction, Handling, Label, Role
from shared.platform import dead_letters
from shared.platform.command import command_line
from shared.platform.commands_aside import OPERATORS
from shared.platform.dead_letters import READERS
from tests.commands import Operate, command
from tests.platform.test_delivery import failed, first_letter, watch
from tests.stage import Stage, World, kafka_record, person

LETTER = "00000000-0000-0000-0000-000000000000"
SECRET = "Mrs-Example"
WHY = "the field is unknown"


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def broken(world: World) -> UUID:
    """A dead letter of the combined partnership whose body holds a secret."""

    def handle(_: object) -> None:
        raise ValueError

    watch(world, handle)
    await world.hear(failed().model_copy(update={"rule": SECRET}), dead=True)
    return await first_letter(world)


async def read_by(world: World, letter: UUID, role: Role, partnership: str = "combined") -> bool:
    who = person(role, partnerships=[partnership], subject=f"a {role}")
    async with world.works.begin() as work:
        body = await dead_letters.content_of(work, letter, who, WHY)
    assert body is None or SECRET.encode() in body
    return body is not None


async def test_content_is_for_those_who_triage_and_each_attempt_is_audited(world: World) -> None:
    letter = await broken(world)
    may = {role for role in Role if await read_by(world, letter, role)}
    assert may == READERS
    assert not may & {Role.OPERATIONS, Role.ADMIN}
    assert await world.audited() == [
        (
            f"a {role}",
            "dead_letter.read" if role in READERS else "dead_letter.read_refused",
            str(letter),
        )
        for role in Role
    ]


async def test_content_is_for_the_letters_own_partnership(world: World) -> None:
    letter = await broken(world)
    assert not await read_by(world, letter, Role.TEAM_MANAGER, "wirral")


async def test_content_that_names_no_partnership_needs_the_right_to_all(world: World) -> None:
    record = kafka_record("partner.icb.in.v1", 7, None, b'{"torn": "')
    async with world.works.begin() as work:
        await dead_letters.park(work, world.runtime.consumers[1].group, record, "0:7", None)
        [letter] = [row["id"] for row in await dead_letters.listed(work, "somebody")]
    every = person(Role.TEAM_MANAGER, partnerships=world.runtime.policies.partnerships)
    async with world.works.begin() as work:
        assert await dead_letters.content_of(work, letter, every, WHY) == record.value
        assert await dead_letters.content_of(work, letter, person(Role.TEAM_MANAGER), WHY) is None


async def test_what_a_partner_sent_is_for_safeguarding_and_council_quality(world: World) -> None:
    body = b'{"partnership": "combined", "handling": {}, "rule": "' + SECRET.encode() + b'"}'
    record = kafka_record("partner.police.in.v1", 7, None, body)
    async with world.works.begin() as work:
        await dead_letters.park(work, world.runtime.consumers[1].group, record, "0:7", None)
        [letter] = [row["id"] for row in await dead_letters.listed(work, "somebody")]
    may = {role for role in Role if await read_by(world, letter, role)}
    assert may == {Role.SAFEGUARDING, Role.PRACTITIONER, Role.TEAM_MANAGER}


async def test_what_is_named_is_for_its_holders(world: World) -> None:
    named = Handling(Label.NAMED, (AgencyFunction.COUNCIL_CONTRACTS.value,))

    def handle(_: object) -> None:
        raise ValueError

    watch(world, handle)
    told = failed().model_copy(update={"rule": SECRET, "handling": named})
    await world.hear(told, dead=True)
    letter = await first_letter(world)
    may = {role for role in Role if await read_by(world, letter, role)}
    assert may == {Role.CONTRACTS_OFFICER}


async def test_the_command_shows_content_for_a_token_of_who_triages(
    world: World, operate: Operate
) -> None:
    letter = str(await broken(world))
    asked = ("intake", "dead-letters", "inspect", letter, "--content", "--why", WHY)
    code, said = await operate(*asked, by="practitioner")
    assert (code, SECRET in said) == (0, True)
    code, said = await operate(*asked)
    assert (code, SECRET in said) == (1, False)
    assert "for those who triage" in said
    assert [(who, what) for who, what, _ in await world.audited()] == [
        ("practitioner", "dead_letter.read"),
        ("practitioner", "dead_letter.inspected"),
        ("operations", "dead_letter.read_refused"),
    ]


async def test_a_token_that_nobody_signed_does_nothing(
    world: World, stage: Stage, issuer: str, tmp_path: Path
) -> None:
    letter = str(await broken(world))
    forged = tmp_path / "token"
    forged.write_text("e30.e30.e30")
    signed = ("--token", str(forged))
    given = ("dead-letters", "discard", letter, "--why", WHY, *signed)
    code, said = await command(stage, "intake", *given, oidc_issuer=issuer)
    assert (code, "The token is not valid." in said) == (1, True)
    assert [state for state, _ in await world.dead_letters()] == ["dead"]
    assert await world.audited() == []


@pytest.mark.parametrize(
    "asked",
    [
        ("dead-letters", "list"),
        ("dead-letters", "list", "--who", "somebody"),
        ("dead-letters", "inspect", LETTER),
        ("dead-letters", "inspect", LETTER, "--content", "--why", WHY),
        ("dead-letters", "inspect", LETTER, "--token", __file__, "--content"),
        ("dead-letters", "replay", LETTER, "--why", WHY),
        ("dead-letters", "replay", LETTER, "--who", "somebody", "--why", WHY),
        ("dead-letters", "replay", LETTER, "--token", __file__),
        ("dead-letters", "discard", LETTER, "--why", WHY),
        ("dead-letters", "discard", LETTER, "--token", __file__),
        ("dead-letters", "repair", LETTER, "--body", __file__, "--why", WHY),
        ("dead-letters", "repair", LETTER, "--body", __file__, "--token", __file__),
        ("outbox", "list"),
        ("outbox", "discard", "7", "--who", "somebody", "--why", WHY),
        ("outbox", "repair", "7", "--body", __file__, "--token", __file__),
        ("publish-again", "--since", "2026-11-20T08:00:00", "--who", "somebody", "--why", WHY),
        ("publish-again", "--since", "2026-11-20T08:00:00", "--token", __file__),
        ("retention", "--partnership", "combined"),
    ],
)
def test_no_look_without_a_token_and_no_act_without_a_reason_too(asked: tuple[str, ...]) -> None:
    assert CliRunner().invoke(command_line(SERVICE), asked).exit_code == 2


async def test_every_command_leaves_the_subject_of_the_token_in_the_audit_trail(
    world: World, operate: Operate, tmp_path: Path
) -> None:
    letter = str(await broken(world))
    body = tmp_path / "body"
    body.write_text("{}")
    why = ("--why", WHY)
    acts = (
        ("dead-letters", "inspect", letter),
        ("dead-letters", "repair", letter, "--body", str(body), *why),
        ("dead-letters", "discard", letter, *why),
    )
    for act in acts:
        code, said = await operate("intake", *act)
        assert (code, SECRET in said) == (0, False)
    assert [(by, what) for by, what, _ in await world.audited()] == [
        ("operations", "dead_letter.inspected"),
        ("operations", "dead_letter.repaired"),
        ("operations", "dead_letter.discarded"),
    ]


async def test_who_does_not_operate_is_refused_and_the_attempt_is_audited(
    world: World, operate: Operate
) -> None:
    letter = str(await broken(world))
    code, said = await operate(
        "intake", "dead-letters", "discard", letter, "--why", WHY, by="admin"
    )
    assert (code, "for who operates" in said) == (1, True)
    assert [state for state, _ in await world.dead_letters()] == ["dead"]
    assert await world.audited() == [("admin", "set_aside.refused", "intake")]


def test_only_operations_operates() -> None:
    assert {Role.OPERATIONS} == OPERATORS
    assert not OPERATORS & READERS
