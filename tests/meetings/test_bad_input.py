"""Bad input at the desks names the field and repeats no value; the service stays up."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.meetings.cast import (
    CHAIR,
    COUNCIL_CHAIR,
    MANAGER,
    QIP_CHAIR,
    Desk,
    an_action,
    meeting_form,
    met,
)

SECRET = "Mrs Featherstonehaugh"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decided_on": 0}, "body.decided_on"),
        ({"decided_on": SECRET}, "body.decided_on"),
        ({"decision": SECRET}, "body.decision"),
        ({"benefit_statement": f"{SECRET}\x00"}, "body.benefit_statement"),
        ({"benefit_statement": 7}, "body.benefit_statement"),
        ({"members": SECRET}, "body.members"),
        ({"members": [SECRET]}, "body.members.0"),
        ({"handling": "PUBLIC"}, "body.handling"),
        ({SECRET: "x"}, "body.(unknown field)"),
    ],
)
async def test_an_unfit_decision_names_the_field(
    desk: Desk, change: dict[str, Any], field: str
) -> None:
    await desk.world.hear(met())
    answer = await desk.decide(await desk.considered(), **change)
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["fields"]] == [field]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at": "2026-12-15T10:00:00"}, "body.starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "body.starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "body.starts_at"),
        ({"ends_at": 1797328800}, "body.ends_at"),
        ({"mode": SECRET}, "body.mode"),
        ({"provider_participates": "yes"}, "body.provider_participates"),
        ({"note_taker": "x" * 121}, "body.note_taker"),
    ],
)
async def test_an_unfit_meeting_names_the_field(
    desk: Desk, change: dict[str, Any], field: str
) -> None:
    await desk.world.hear(met())
    qip = await desk.contacted()
    answer = await desk.ask(
        QIP_CHAIR, "POST", f"/qips/{qip['qip_id']}/meetings", **meeting_form(**change)
    )
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["fields"]] == [field]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("who", "method", "path", "form"),
    [
        (CHAIR, "GET", "/considerations/{id}", {}),
        (QIP_CHAIR, "GET", "/qips/{id}", {}),
        (QIP_CHAIR, "POST", "/qips/{id}/meetings", meeting_form()),
        (QIP_CHAIR, "PUT", "/qips/{id}/meetings/{id}", meeting_form()),
        (MANAGER, "POST", "/meetings/{id}/plan", {"actions": [an_action()]}),
        (
            CHAIR,
            "POST",
            "/qips/{id}/chair",
            {
                "person_ref": str(COUNCIL_CHAIR),
                "function": "council_quality",
                "agency_id": "council-quality",
            },
        ),
    ],
)
async def test_what_is_not_there_is_not_found(
    desk: Desk, who: Any, method: str, path: str, form: dict[str, Any]
) -> None:
    answer = await desk.ask(who, method, path.replace("{id}", str(uuid4())), **form)
    assert answer.status_code == 404, answer.text


async def test_a_state_that_is_none_is_refused(desk: Desk) -> None:
    answer = await desk.ask(CHAIR, "GET", f"/considerations?state={SECRET}")
    assert answer.status_code == 422
    assert SECRET not in answer.text


async def test_a_refusal_changes_nothing_but_is_counted(desk: Desk) -> None:
    await desk.world.hear(met())
    about = await desk.considered()
    before = len(await desk.world.said())
    await desk.decide(about, benefit_statement="")
    assert len(await desk.world.said()) == before + 1
    assert await desk.considered() == about
