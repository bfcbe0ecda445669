"""Markers in what CQC's API answers: the command that fetches says nothing of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.responses import Response

from shared.contracts.intake import CqcRatingChanged, LocationUpdated, ProviderUpdated
from tests.commands import command
from tests.intake.cqc_server import AGENT, HOME, LOCATION, PROVIDER, Cqc, serving
from tests.secrecy.canaries import door_word, found_in_text
from tests.stage import Stage, World

ABOUT_THE_AREA = {"localAuthority", "inspectionDirectorate", "locationId", "providerId"}
"""What decides whether a location is taken at all; and the ids, which are public."""


def marked(value: Any) -> Any:
    """The same with a marker in every text, and under a key that nobody knows."""
    if isinstance(value, dict):
        told = {k: v if k in ABOUT_THE_AREA else marked(v) for k, v in value.items()}
        return {**told, door_word(): door_word()}
    if isinstance(value, list):
        return [marked(one) for one in value]
    return door_word() if isinstance(value, str) else value


def hostile_cqc(key: str) -> Cqc:
    """CQC's API, a marker wherever it answers with a text; ids in its feed that are none."""
    location = marked({**LOCATION, "regulatedActivities": []})
    people = {"personFamilyName": door_word(), "personGivenName": door_word()}
    contact = {**people, "personRoles": ["Registered Manager"]}
    location["regulatedActivities"] = [{"contacts": [contact]}]
    unfit = door_word().upper()
    return Cqc(
        {HOME: location, unfit: {"locationId": door_word()}},
        {str(PROVIDER["providerId"]): marked(PROVIDER)},
        {"location": [unfit, door_word(), HOME], "provider": [door_word()]},
        key=key,
    )


async def test_what_cqc_answers_is_taken_without_a_word_of_it_and_without_the_key(
    stage: Stage, stage_for: Callable[[str], Awaitable[World]]
) -> None:
    world, key = await stage_for("intake"), door_word()
    cqc = hostile_cqc(key)
    call = ("fetch-register", "--partnership", "combined", "--since", "2026-11-01T00:00:00")

    async def fetched(*more: str) -> tuple[int, str]:
        async with serving(cqc) as url:
            settings = {"cqc_api_url": url, "cqc_api_key": key, "cqc_api_user_agent": AGENT}
            code, said = await command(stage, "intake", *call, *more, log_level="DEBUG", **settings)
        assert found_in_text({said: said}) == []
        return code, said

    code, said = await fetched("--dry-run")
    assert (code, said.splitlines()[-1]) == (0, "this was a dry run: nothing was changed")
    code, said = await fetched()
    assert (code, said.splitlines()[-1]) == (
        0,
        "refused: location with an id that is none of CQC's: the answer is incomplete",
    )
    assert "locations new: 1" in said
    assert "locations refused: 1" in said
    carried = await world.said(LocationUpdated, ProviderUpdated, CqcRatingChanged)
    assert len(found_in_text({str(e): e.model_dump_json() for e in carried})) >= 2
    others = [event for event in await world.said() if event not in carried]
    assert found_in_text({str(e): e.model_dump_json() for e in others}) == []
    mark = door_word()
    for answer in (
        Response(f'"{mark}"', 200),
        Response(f'{{"{mark}": "{mark}"', 200),
        Response(f'{{"changes": [{{"{mark}": "{mark}"}}], "totalPages": 1}}', 200),
        Response(f'{{"changes": "{mark}", "totalPages": "{mark}"}}', 200),
        Response(mark, 403, {"x-why": mark, "location": f"http://{mark}.example"}),
        Response(mark, 302, {"location": f"http://{mark}.example"}),
    ):
        cqc.busy = [answer]
        code, said = await fetched()
        assert (code, said.startswith("CQC's API did not give")) == (1, True)
