"""A refusal says for which reasons and by whom it can be lifted, and its asker is told if it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.intake.handlers import duplicates, followups, overrides, quarantine, releases
from services.intake.handlers import requests as requests_handler
from shared.contracts.intake import RefusalLifted
from shared.contracts.words import Role
from tests.intake.conftest import Intake, concern
from tests.intake.test_followups import add
from tests.intake.test_quarantine import REASON, act, held
from tests.intake.test_readers import concern_ids
from tests.intake.test_requests import (
    PRACTITIONER,
    TEAM_MANAGER,
    VISIT,
    ask,
    ask_by_kafka,
    reference_in,
)
from tests.intake.test_routes import tell
from tests.stage import person

LIFT = {"reason": "emergency", "why": "No one else can."}
REASONS = ["emergency", "prior_agreement"]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def lift(intake: Intake, reference: str) -> Any:
    async with intake.world.http(TEAM_MANAGER) as client:
        return await client.post(f"/requests/{reference}/override", json=LIFT)


@pytest.mark.requirement("WX0")
async def test_a_problem_and_a_receipt_name_the_two_reasons_and_who_may_approve(
    intake: Intake,
) -> None:
    problem = (await ask(intake, **VISIT)).json()
    assert (problem["override_reasons"], problem["approvers"]) == (REASONS, ["team_manager"])
    receipt = await ask_by_kafka(intake, "csu", request_type="strategy_meeting")
    assert list(receipt.override_reasons) == REASONS
    assert receipt.approvers == ("team_manager",)


@pytest.mark.requirement("WX0", "L1.2h")
async def test_what_nobody_can_lift_names_no_reason(intake: Intake) -> None:
    told = {"request_type": "qip_proposal", "about_individual": True}
    receipt = await ask_by_kafka(intake, "csu", **told)
    assert (receipt.rule, receipt.override_reasons, receipt.approvers) == ("L1.2h", (), ())


@pytest.mark.requirement("WX0")
async def test_an_agency_is_told_that_its_refusal_is_lifted(intake: Intake) -> None:
    receipt = await ask_by_kafka(intake, "csu", request_type="strategy_meeting")
    assert (await lift(intake, receipt.reference or "")).status_code == 200
    [told] = await intake.world.said(RefusalLifted)
    assert (told.agency_id, told.handling.holders) == ("csu", ("agency:csu",))
    assert (told.reference, told.rule, told.reason) == (receipt.reference, "WX5", "emergency")


async def test_a_refusal_is_found_counted_and_lifted_in_its_own_partnership_alone(
    intake: Intake,
) -> None:
    reference = reference_in(await ask(intake, **VISIT))
    async with intake.world.http(person(Role.TEAM_MANAGER, partnerships=["wirral"])) as client:
        assert (await client.post(f"/requests/{reference}/override", json=LIFT)).status_code == 404
        assert (await client.get("/requests/refusals?quarter=2026-Q4")).json() == []
    async with intake.world.http(TEAM_MANAGER) as client:
        [counted] = (await client.get("/requests/refusals?quarter=2026-Q4")).json()
    assert (counted["rule"], counted["count"]) == ("WX4", 1)


async def test_the_desk_closes_nothing_that_the_law_lets_somebody_ask(intake: Intake) -> None:
    reference = (await ask(intake, type="coroner", text="All of it.")).json()["reference"]
    async with intake.world.http(TEAM_MANAGER) as client:
        path = f"/requests/{reference}/closing"
        assert (await client.post(path)).status_code == 404


async def test_staff_read_that_their_refusal_is_lifted(intake: Intake) -> None:
    reference = reference_in(await ask(intake, **VISIT))
    await lift(intake, reference)
    assert await intake.world.said(RefusalLifted) == []
    async with intake.world.http(PRACTITIONER) as client:
        found = (await client.get(f"/requests/{reference}")).json()
    assert (found["state"], found["override_reason"]) == ("open", "emergency")


@pytest.fixture
def linked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str | None]]:
    """The spans of what people do, with the causes that they are linked to."""
    found: dict[str, list[str | None]] = {}

    @contextmanager
    def note(name: str, *, links: list[str | None]) -> Iterator[None]:
        found[name] = links
        yield

    for module in (requests_handler, quarantine):
        monkeypatch.setattr(module, "current_traceparent", lambda: TRACE)
    for module in (overrides, quarantine, releases, duplicates, followups):
        monkeypatch.setattr(module, "span", note)
    return found


async def test_what_is_done_with_a_request_is_linked_to_its_cause(
    intake: Intake, linked: dict[str, list[str | None]]
) -> None:
    reference = reference_in(await ask(intake, **VISIT))
    await lift(intake, reference)
    async with intake.world.http(PRACTITIONER) as client:
        await client.post(f"/requests/{reference}/closing")
    assert linked == {"override refusal": [TRACE], "close request": [TRACE]}


@pytest.mark.parametrize(
    ("what", "form", "name"),
    [
        ("release", {"reason": REASON}, "release message"),
        ("redaction", {}, "redact message"),
        ("rejection", {"reason": REASON}, "reject message"),
    ],
)
async def test_how_a_held_message_is_worked_off_is_linked_to_its_record(
    intake: Intake,
    linked: dict[str, list[str | None]],
    what: str,
    form: dict[str, str],
    name: str,
) -> None:
    item = (await held(intake))["item_id"]
    assert (await act(intake, item, what, form)).status_code in {200, 204}
    assert linked == {name: [TRACE]}


async def test_a_merge_and_a_withdrawal_are_linked_to_what_was_told(
    intake: Intake, linked: dict[str, list[str | None]]
) -> None:
    reference = (await tell(intake)).json()["reference"]
    await intake.receive(intake.message("csu", "partner.concern.raised.v1", concern()))
    first, second = await concern_ids(intake, PRACTITIONER)
    form = {"other_id": second, "state": "merged", "reason": "The same dose."}
    async with intake.world.http(PRACTITIONER) as client:
        await client.post(f"/concerns/{first}/duplicates", json=form)
    await add(intake, reference, kind="withdrawal", text="It was another home.")
    assert set(linked) == {"merge concerns", "withdraw concern"}
    assert len(linked["merge concerns"]) == 2
