"""What the matrix knocks at in the register and among the agencies of intake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.intake.handlers import agencies
from shared.contracts.agencies import Agency
from shared.platform.dates import london_date
from tests.secrecy.personas import HOME, OUR_AGENCY, OUR_PROVIDER
from tests.stage import NOON, World

Asked = tuple[str, dict[str, Any] | None, str]
"""Path, body and mark of a request."""

HEIR = "heir-of-ours"


async def of_register(
    world: World, location_id: UUID, provider_id: UUID | None
) -> dict[str, Asked]:
    """A location with its provider, an imported file's place, and an agency with an heir."""
    async with world.works.begin() as work:
        await agencies.register_agency(work, Agency(HEIR, "Heir", HOME, (), None))
    today = london_date(NOON).isoformat()
    sourced = {"source": "a test of doors", "as_of": today}
    place, provider = f"/locations/{location_id}", f"/providers/{provider_id}"
    new = {
        **sourced,
        "partnership": HOME,
        "reference": "CB-DAY-77",
        "name": "Example Day Centre",
        "local_authority": "Combined Borough",
        "provider_reference": "CB-P-77",
        "provider_name": "Example Trust",
    }
    tomorrow = (london_date(NOON) + timedelta(days=1)).isoformat()
    agency = f"/agencies/{OUR_AGENCY}"
    return {
        "intake POST /locations": ("/locations", new, ""),
        "intake PATCH /locations/{location_id}": (place, {**sourced, "beds": 39}, ""),
        "intake GET /locations/{location_id}/history": (f"{place}/history", None, ""),
        "intake GET /locations/{location_id}/ratings": (f"{place}/ratings", None, ""),
        "intake GET /providers": ("/providers", None, str(provider_id)),
        "intake GET /providers/{provider_id}": (provider, None, str(provider_id)),
        "intake PATCH /providers/{provider_id}": (provider, {**sourced, "brand": "Example"}, ""),
        "intake POST /providers/{provider_id}/predecessors": (
            f"{provider}/predecessors",
            {**sourced, "location": "1-200000001", "reference": "1-500000077"},
            "",
        ),
        "intake POST /providers/{provider_id}/predecessors/withdrawal": (
            f"{provider}/predecessors/withdrawal",
            {**sourced, "location": "1-200000001", "reference": "1-500000077", "reason": "a test"},
            "",
        ),
        "intake GET /providers/{provider_id}/history": (f"{provider}/history", None, ""),
        "intake GET /ratings/position": ("/ratings/position", None, str(provider_id)),
        "intake GET /ratings/position.csv": ("/ratings/position.csv", None, OUR_PROVIDER),
        "intake GET /agencies": ("/agencies", None, OUR_AGENCY),
        "intake GET /register/imports": ("/register/imports", None, ""),
        "intake GET /confidentiality": ("/confidentiality", None, f"{HOME}@"),
        "intake POST /confidentiality/acceptances": (
            "/confidentiality/acceptances",
            {"partnership": HOME, "version": "1"},
            "",
        ),
        "intake GET /agencies/{agency_id}": (agency, None, OUR_AGENCY),
        "intake POST /agencies/{agency_id}/agreements": (
            f"{agency}/agreements",
            {"version": "2", "signed_on": today},
            "",
        ),
        "intake PUT /agencies/{agency_id}/agreement-end": (
            f"{agency}/agreement-end",
            {"why": "a test"},
            "",
        ),
        "intake POST /agencies/{agency_id}/succession": (
            f"{agency}/succession",
            {"successor": HEIR, "on": tomorrow, "why": "a test"},
            "",
        ),
    }
