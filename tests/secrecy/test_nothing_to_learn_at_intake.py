"""Where others tell of a provider and ask about it, nobody outside finds any trace of that.

Everything is asked twice: before others have told concerns, one of which was handed over, and have
asked something of the provider; and afterwards, with the ids of what they told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.intake.store import register
from shared.contracts.intake import RequestRecorded
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern, with_a_register
from tests.intake.conftest import intake as intake
from tests.meetings import cast
from tests.secrecy.answers import OUTSIDERS, Answer, asked, statements_of
from tests.stage import World, person

NOBODYS = "CC-0000-0000"
_DRAWN = re.compile(
    r"(CC|RQ|FB)-\w{4}-\w{4}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
INFORMATION = {"type": "information_from_provider", "location": CARE_HOME, "load_seen": True}
REFUSED = {"type": "provider_visit", "location": CARE_HOME, "risk_type": "clinical"}


def without_what_is_drawn(answer: Answer) -> Answer:
    """References and ids are drawn at random; that they are of one length is in the headers."""
    return replace(answer, body=_DRAWN.sub("drawn", answer.body.decode()).encode())


class Outside:
    """Somebody outside, who asks for everything that others may have told."""

    def __init__(self, intake: Intake, who: str, provider_id: UUID) -> None:
        self._world: World = intake.world
        self._who = OUTSIDERS[who]
        self._place = intake.locations[CARE_HOME]
        self._provider = provider_id

    async def lists(self) -> list[Answer]:
        """What there is to read without knowing of anything."""
        place, provider = self._place, f"/providers/{self._provider}"
        paths = (
            *(f"/requests?location={place}", "/requests/refusals?quarter=2026-Q4"),
            *(f"{provider}/timeline", f"{provider}/variations", "/requests/statutory", "/drafts"),
            *("/concerns", "/concerns.csv", "/triage", "/handovers", "/feedback", "/quarantine"),
            *("/triage.csv", "/handovers.csv", "/feedback.csv", "/quarantine.csv", "/signals.csv"),
        )
        return [await self._ask("GET", path) for path in paths]

    async def of(self, id_: str) -> list[Answer]:
        """What can be tried with an id or a reference that somebody has got hold of."""
        more, why = {"text": "It happened again."}, {"reason": "emergency", "why": "It is urgent."}
        file, status = f"files/{UUID(int=7)}", f"/concerns/status/{id_}"
        tries: tuple[tuple[str, str, Any], ...] = (
            *(("GET", f"/concerns/{id_}{below}", None) for below in ("", "/files", "/duplicates")),
            ("GET", f"/concerns/{id_}/{file}", None),
            ("PUT", f"/concerns/{id_}/{file}", more),
            ("GET", status, None),
            ("POST", f"{status}/entries", {"kind": "addition", **more}),
            ("PUT", f"{status}/{file}", more),
            ("GET", f"/drafts/{id_}", None),
            ("PUT", f"/drafts/{id_}", {"concern": {}}),
            ("POST", f"/drafts/{id_}/submission", {}),
            ("POST", f"/requests/{id_}/closing", None),
            ("POST", f"/requests/{id_}/override", why),
            ("GET", f"/quarantine/{id_}", None),
        )
        return [await self._ask(*each) for each in tries]

    async def tells(self) -> list[Answer]:
        """What somebody outside can add, whose answer could tell what is there already."""
        form = concern(reference="OURS-1")
        return [
            await self._ask("POST", "/requests", INFORMATION),
            await self._ask("POST", "/requests", {**INFORMATION, "load_seen": False}),
            await self._ask("POST", "/requests", REFUSED),
            await self._ask("POST", "/concerns", form),
            await self._ask("POST", "/drafts", {"concern": form}),
        ]

    async def _ask(self, method: str, path: str, body: Any = None) -> Answer:
        return without_what_is_drawn(await asked(self._world, self._who, method, path, body))


async def provider_of(intake: Intake) -> UUID:
    async with intake.world.works.begin() as work:
        place = await register.location(work, ["combined"], intake.locations[CARE_HOME])
    assert place is not None
    return place.provider_id


async def others_tell(intake: Intake) -> list[str]:
    """Concerns of agencies and staff, a handover, requests, a refusal, a draft; gives their ids."""
    messages = [
        ("partner.concern.raised.v1", concern(reference="THEIRS-1")),
        ("partner.concern.raised.v1", concern(reference="THEIRS-2", significant_harm=True)),
        ("partner.request.made.v1", request(1, "information_from_provider")),
        ("partner.request.made.v1", request(2, "provider_visit", risk_type="clinical")),
    ]
    records = [intake.message("council-contracts", type_, form) for type_, form in messages]
    receipts = await intake.receive(*records)
    assert [receipt.status for receipt in receipts].count("accepted") >= 2
    form = concern(reference="THEIRS-3")
    colleague = person(Role.PRACTITIONER, subject="a colleague")
    async with intake.world.http(colleague) as client:
        told = await client.post("/concerns", json=form)
        kept = await client.post("/drafts", json={"concern": form})
        asked_for = await client.post("/requests", json=INFORMATION)
        lines = (await client.get("/concerns")).json()
    assert [told.status_code, kept.status_code, asked_for.status_code] == [201, 201, 201]
    recorded = await intake.world.said(RequestRecorded)
    return [
        *(line["concern_id"] for line in lines),
        *(line["reference"] for line in lines),
        *(str(one.request_id) for one in recorded),
        asked_for.json()["reference"],
        kept.json()["draft_id"],
    ]


def request(number: int, kind: str, **more: Any) -> dict[str, Any]:
    asking = {"request_reference": f"R-{number}", "request_type": kind, "load_seen": True}
    return {"location": CARE_HOME, **asking, **more}


async def what_is_learnt(
    intake: Intake, ids: Sequence[str], who: str
) -> tuple[list[list[Answer]], list[Answer]]:
    """All that somebody is answered: of these ids each, and of everything else."""
    outside = Outside(intake, who, await provider_of(intake))
    of_ids = [await outside.of(id_) for id_ in ids]
    return of_ids, [*await outside.lists(), *await outside.tells(), *await outside.lists()]


def differing(found: list[Answer], expected: list[Answer]) -> list[tuple[Answer, Answer]]:
    assert len(found) == len(expected)
    return [pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]]


@pytest.mark.requirement("L1.2")
@pytest.mark.parametrize("who", OUTSIDERS)
async def test_what_others_tell_and_ask_leaves_no_trace_for_those_outside(
    stage_for: Callable[[str], Awaitable[World]], who: str
) -> None:
    """Requests and their load, refusals, timeline, drafts, files, entries; and what it costs."""
    nothing = await with_a_register(await stage_for("intake"))
    [by_reference, by_id], alone = await what_is_learnt(nothing, [NOBODYS, str(uuid4())], who)
    intake = await with_a_register(await stage_for("intake"))
    ids = await others_tell(intake)
    of_theirs, beside_others = await what_is_learnt(intake, ids, who)
    assert differing(beside_others, alone) == []
    for id_, found in zip(ids, of_theirs, strict=True):
        as_nothing = by_reference if len(id_) == len(NOBODYS) else by_id
        assert differing(found, as_nothing) == [], id_


async def told_by_the_provider(world: World, reference: str) -> list[Answer]:
    """The provider tells a concern and asks where it stands."""
    form = concern(reference=reference)
    taken = await asked(world, cast.MANAGER, "POST", "/concerns", form)
    known = json.loads(taken.body)["reference"]
    asking = await asked(world, cast.MANAGER, "GET", f"/concerns/status/{known}")
    return [without_what_is_drawn(taken), without_what_is_drawn(asking)]


async def test_what_others_tell_of_a_provider_changes_no_answer_to_it(intake: Intake) -> None:
    first = await told_by_the_provider(intake.world, "OURS-1")
    form = concern(reference="THEIRS-1", implicated_role="registered_manager")
    [receipt] = await intake.receive(intake.message("police", "partner.concern.raised.v1", form))
    assert receipt.status == "accepted"
    assert await told_by_the_provider(intake.world, "OURS-2") == first


async def test_what_others_tell_changes_no_receipt(intake: Intake) -> None:
    async def receipt(agency: str, reference: str) -> dict[str, Any]:
        form = concern(reference=reference)
        message = intake.message(agency, "partner.concern.raised.v1", form)
        with statements_of(intake.world) as sent:
            [found] = await intake.receive(message)
        drawn = {"offset", "message_id", "reference"}
        return {**found.model_dump(exclude=drawn), "did": sent}

    first = await receipt("police", "OURS-1")
    await receipt("council-safeguarding", "THEIRS-1")
    assert await receipt("police", "OURS-2") == first
