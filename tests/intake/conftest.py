"""Intake on the stage, with a small register."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import agencies, register
from services.intake.handlers.agencies import Contact
from services.intake.store import register as store
from shared.contracts.agencies import Agency
from shared.contracts.catalogue import inbound_topic
from shared.contracts.intake import ReceiptIssued
from shared.contracts.words import (
    AgencyFunction,
    HeldFunction,
    OfficeHolderRole,
    ServiceCategory,
)
from tests.stage import CLAUSE, World, kafka_record

CARE_HOME = "1-200000001"
SMALL_HOME = "1-200000002"
SOURCE = Source("a test", date(2026, 11, 1))

AGENCIES = {
    "council-quality": [AgencyFunction.COUNCIL_QUALITY],
    "council-safeguarding": [AgencyFunction.COUNCIL_SAFEGUARDING],
    "council-contracts": [AgencyFunction.COUNCIL_CONTRACTS],
    "cqc": [AgencyFunction.REGULATOR],
    "csu": [AgencyFunction.NHS_CONTRACT_MANAGEMENT],
    "police": [AgencyFunction.POLICE],
    "healthwatch": [AgencyFunction.PUBLIC_VOICE],
    "council-complaints": [AgencyFunction.COUNCIL_COMPLAINTS],
}


@dataclass
class Intake:
    """The service with a register of two homes and six agencies."""

    world: World
    locations: dict[str, UUID]
    _offset: int = 0

    def message(
        self, agency: str, type_: str, data: dict[str, Any] | bytes, **attributes: str
    ) -> Any:
        """A record in binary mode on an agency's inbound topic."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"m-{self._offset}",
            "ce_source": f"urn:agency:{agency}",
            "ce_type": type_,
            **{f"ce_{name}": value for name, value in attributes.items()},
        }
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.record(agency, body, [(n, v.encode()) for n, v in headers.items() if v])

    def record(
        self, agency: str, value: bytes | None, headers: Iterable[tuple[str, bytes]] = ()
    ) -> Any:
        """Any record on an agency's inbound topic."""
        self._offset += 1
        return kafka_record(inbound_topic(agency), self._offset, None, value, headers)

    async def receive(self, *records: Any) -> list[ReceiptIssued]:
        """Let records arrive at the door; gives their receipts."""
        before = len(await self.world.said(ReceiptIssued))
        await self.world.runtime.consumers[1].take(records)
        receipts: list[ReceiptIssued] = (await self.world.said(ReceiptIssued))[before:]
        for one in receipts:  # whatever a test sends: a refusal names pack, version and clause
            assert one.rule is None or CLAUSE.fullmatch(one.clause or ""), one
        return receipts


@pytest.fixture
async def intake(stage_for: Callable[[str], Awaitable[World]]) -> Intake:
    """Intake with a register."""
    return await with_a_register(await stage_for("intake"))


async def with_a_register(world: World) -> Intake:
    """A service that is empty, with two homes, a manager and the agencies."""
    provider = ProviderFacts("1-100000001", cqc_registered=True, name="Example Care Ltd")
    async with world.works.begin() as work:
        await register.load_places(
            work,
            "combined",
            [
                (provider, _home(CARE_HOME, "Larchfield Example Care Home", 40)),
                (provider, _home(SMALL_HOME, "Pebble Example Cottage", 3)),
            ],
            (),
            SOURCE,
        )
        for agency, functions in AGENCIES.items():
            held = tuple(HeldFunction(f, date(2020, 1, 1)) for f in functions)
            await agencies.register_agency(work, Agency(agency, agency, "combined", held, "1"))
    async with world.works.begin() as work:
        await agencies.register_contact(
            work,
            "combined",
            Contact(
                CARE_HOME,
                None,
                OfficeHolderRole.REGISTERED_MANAGER,
                "Ada Example",
                "manager@larchfield.example",
            ),
        )
        rows = await store.locations_by_reference(work, "combined")
    return Intake(world, {reference: row.id for reference, row in rows.items()})


def _home(reference: str, name: str, beds: int) -> LocationFacts:
    return LocationFacts(
        reference=reference,
        provider_reference="1-100000001",
        name=name,
        category=ServiceCategory.NURSING_HOME,
        cqc_registered=True,
        local_authority="Combined Borough",
        beds=beds,
    )


def concern(**changes: Any) -> dict[str, Any]:
    """The data of a sound care concern."""
    return {
        "location": CARE_HOME,
        "reference": "REF-1",
        "occurred_on": "2026-11-18",
        "category": "medication",
        "description": "A dose was given two hours late.",
        "action_taken": "The round was moved and staff were briefed.",
        "measures": "Two members of staff now check the round.",
        **changes,
    }
