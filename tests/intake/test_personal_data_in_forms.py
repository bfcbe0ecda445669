"""Every text that somebody can write over HTTP is searched for personal data, or is named here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.roles import name_of, roles_of, routes_of
from services.intake.views.agencies import SuccessionForm
from services.intake.views.confidentiality import AcceptanceForm
from services.intake.views.quarantine import RedactForm
from services.intake.views.register import (
    LocationFactsForm,
    PlaceForm,
    PredecessorForm,
    ProviderFactsForm,
)
from services.intake.views.retention import RunForm
from services.intake.views.told import DraftForm
from shared.contracts.inbound import free_texts
from shared.contracts.words import Role
from tests.secrecy.objects import OBJECTS, Request
from tests.secrecy.personas import Issuer, Persona, at_home
from tests.stage import World

TRIAGE = "intake POST /concerns/{concern_id}/triage"
GIVES_AWAY = "Mrs Hartley's daughter rang on 07700 900123."
FACTS = "a fact of the register: names of services, of companies and of those who hold an office"
NOT_SEARCHED: dict[tuple[type[BaseModel], str], str] = {
    **{(PlaceForm, name): FACTS for name in free_texts(PlaceForm) if name != "source"},
    **{(LocationFactsForm, n): FACTS for n in free_texts(LocationFactsForm) if n != "source"},
    **{(ProviderFactsForm, n): FACTS for n in free_texts(ProviderFactsForm) if n != "source"},
    **{(PredecessorForm, n): FACTS for n in free_texts(PredecessorForm) if n != "source"},
    **dict.fromkeys(
        ((RedactForm, name) for name in free_texts(RedactForm)),
        "what is found in it is replaced by its kind",
    ),
    (DraftForm, "concern"): "its writer alone reads it; it is searched when it is told",
    (SuccessionForm, "successor"): "the id of an agency that is there; any other is not found",
    (AcceptanceForm, "partnership"): "the name of one's own partnership; any other is not found",
    (AcceptanceForm, "version"): "the version in force; any other is refused, and never kept",
    (RunForm, "partnership"): "the name of one's own partnership; any other is not found",
}
"""Texts that are taken whatever stands in them, and why."""
FILLED: dict[str, dict[str, Any]] = {
    "action_none_reason": {"action_taken": "none"},
}
"""What else has to stand in a form for a text of it to be looked at."""


def forms() -> Iterator[tuple[str, type[BaseModel], frozenset[Role]]]:
    for route in routes_of("intake"):
        for param in route.dependant.body_params:
            shape = param.field_info.annotation
            if isinstance(shape, type) and issubclass(shape, BaseModel):
                yield name_of("intake", route), shape, roles_of(route)


def searched() -> Iterator[tuple[str, str, frozenset[Role]]]:
    for name, shape, roles in forms():
        for field in free_texts(shape):
            if (shape, field) not in NOT_SEARCHED:
                yield name, field, roles


def writer(roles: frozenset[Role]) -> Persona:
    """Somebody who may send it: of the council, where that is possible."""
    first = (Role.TEAM_MANAGER, Role.INFORMATION_GOVERNANCE, Role.PORTAL)
    return at_home(next((role for role in first if role in roles), min(roles)))


@pytest.mark.requirement("L1.2j")
async def test_what_gives_somebody_away_is_refused_in_every_text_of_every_form(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("intake")
    requests = await OBJECTS["intake"](world)
    issuer = Issuer(world)
    triage = requests[TRIAGE]
    # Only what is triaged is answered, and only what is not can be triaged or released.
    texts = sorted(searched(), key=lambda one: one[0].endswith("/answer"))
    odd = []
    async with world.http() as client:
        for name, field, roles in texts:
            headers = {**issuer.header_for(writer(roles)), "If-Match": "*"}
            if name.endswith("/answer"):
                await client.post(triage.path, json=triage.body, headers=headers)
            asked = requests[name]
            answer = await client.request(
                name.split(" ")[1], asked.path, json=body(asked, field), headers=headers
            )
            told = answer.json() if answer.status_code == 422 else {}
            if told.get("rule") != "door.personal-data" or "Hartley" in answer.text:
                odd.append(f"{name} {field}: {answer.status_code} {answer.text}")
    assert "\n".join(odd) == ""
    assert len({name for name, _, _ in texts}) > 15


def body(asked: Request, field: str) -> dict[str, Any]:
    told = asked.body or {}
    new = {"reference": f"REF-{field}"} if "reference" in told else {}
    return {**told, **new, **FILLED.get(field, {}), field: GIVES_AWAY}
