"""What the matrix knocks at beside concerns: a draft, feedback, requests, variations."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from shared.contracts.words import Role
from tests.stage import World, person

Told = dict[str, tuple[str, dict[str, Any] | None, str]]
"""By route: the path, the body, and what an answer holds that shows the object."""
_HOME_REFERENCE = "1-200000001"


async def of_told(
    world: World,
    location_id: UUID,
    provider_id: object,
    concern_id: str,
    other_id: str,
    reference: str,
    concern: dict[str, Any],
) -> Told:
    """Objects of the portal, of a practitioner and of information governance."""
    feedback = {
        "kind": "feedback",
        "location": _HOME_REFERENCE,
        "category": "nutrition",
        "occurred_on": concern["occurred_on"],
        "text": "The food is cold.",
    }
    asked = {
        "type": "information_from_provider",
        "location": _HOME_REFERENCE,
        "load_seen": True,
    }
    visit = {"type": "provider_visit", "location": _HOME_REFERENCE, "risk_type": "clinical"}
    varied = {"name": "quality_returns.due_days", "value": 40, "reason": "a test"}
    async with world.http(person(Role.PORTAL, subject="portal")) as client:
        draft = (await client.post("/drafts", json={"concern": concern})).json()["draft_id"]
        said = (await client.post("/feedback", json=feedback)).json()["reference"]
    async with world.http(person(Role.PRACTITIONER, subject="somebody else")) as client:
        open_one = (await client.post("/requests", json=asked)).json()
        refused = (await client.post("/requests", json=visit)).json()["instead"]
    async with world.http(person(Role.INFORMATION_GOVERNANCE)) as client:
        legal = (await client.post("/requests", json={"type": "coroner"})).json()["reference"]
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        path = f"/providers/{provider_id}/variations"
        variation = (await client.post(path, json=varied)).json()["variation_id"]
    entry = await _correction(world, concern_id, reference)
    found = re.search(r"RQ-\w{4}-\w{4}", refused)
    assert found
    lift = {"reason": "emergency", "why": "a test"}
    apart = {"other_id": other_id, "state": "apart", "reason": "a test"}
    addition = {"kind": "addition", "text": "It happened again."}
    alike = f"/concerns/{concern_id}/duplicates"
    return {
        "intake POST /drafts": ("/drafts", {"concern": concern}, ""),
        "intake GET /drafts": ("/drafts", None, draft),
        "intake GET /drafts/{draft_id}": (f"/drafts/{draft}", None, draft),
        "intake PUT /drafts/{draft_id}": (f"/drafts/{draft}", {"concern": concern}, draft),
        "intake POST /drafts/{draft_id}/submission": (f"/drafts/{draft}/submission", None, ""),
        "intake POST /concerns/status/{reference}/entries": (
            f"/concerns/status/{reference}/entries",
            addition,
            "",
        ),
        "intake POST /feedback": ("/feedback", feedback, ""),
        "intake GET /feedback": ("/feedback", None, said),
        "intake GET /feedback.csv": ("/feedback.csv", None, said),
        "intake POST /requests": ("/requests", asked, ""),
        "intake GET /requests": (
            f"/requests?location={location_id}",
            None,
            open_one["request_id"],
        ),
        "intake GET /requests/statutory": ("/requests/statutory", None, legal),
        "intake GET /requests/statutory.csv": ("/requests/statutory.csv", None, legal),
        "intake GET /requests/refused": ("/requests/refused", None, found[0]),
        "intake GET /requests.csv": ("/requests.csv", None, found[0]),
        "intake GET /requests/refusals": ("/requests/refusals?quarter=2026-Q4", None, "WX4"),
        "intake POST /requests/{reference}/override": (
            f"/requests/{found[0]}/override",
            lift,
            "",
        ),
        "intake POST /requests/statutory/{reference}/closing": (
            f"/requests/statutory/{legal}/closing",
            None,
            "",
        ),
        "intake POST /requests/{reference}/closing": (
            f"/requests/{open_one['reference']}/closing",
            None,
            "",
        ),
        "intake GET /providers/{provider_id}/variations": (path, None, variation),
        "intake POST /providers/{provider_id}/variations": (path, varied, ""),
        "intake GET /requests/{reference}": (
            f"/requests/{open_one['reference']}",
            None,
            open_one["request_id"],
        ),
        "intake POST /concerns/{concern_id}/corrections/{entry_id}": (
            f"/concerns/{concern_id}/corrections/{entry}",
            {"outcome": "declined", "reason": "a test"},
            "",
        ),
        "intake GET /concerns/{concern_id}/duplicates": (alike, None, other_id),
        "intake POST /concerns/{concern_id}/duplicates": (alike, apart, ""),
    }


async def _correction(world: World, concern_id: str, reference: str) -> str:
    """A correction that somebody has asked for; gives the id of its entry."""
    asked = {"kind": "correction", "field": "category", "text": "It was a fall."}
    async with world.http(person(Role.PORTAL, subject="portal")) as client:
        await client.post(f"/concerns/status/{reference}/entries", json=asked)
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        entries = (await client.get(f"/concerns/{concern_id}")).json()["entries"]
    return str(entries[0]["entry_id"])
