"""Notifications on the stage: a small register, some agencies, and what leaves."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlmodel import col, select

from services.notifications.tables import LedgerRow, MessageRow
from shared.contracts.catalogue import outbound_topic
from shared.contracts.event import Event
from shared.contracts.intake import (
    AgencyUpdated,
    ConcernReceived,
    ContactChanged,
    FunctionHeld,
    LocationUpdated,
)
from shared.contracts.meetings import MemberJoined, QipOpened
from shared.contracts.words import AgencyFunction, Handling, OfficeHolderRole, ServiceCategory
from tests.stage import World

_NAMES = UUID("0d5fcb2e-9a5c-4c41-8f4b-52a0a3d2ce77")


def id_of(name: str) -> UUID:
    """An id that a test can name."""
    return uuid5(_NAMES, name)


HOME, OTHER_HOME = id_of("home"), id_of("other home")
PROVIDER, OTHER_PROVIDER = id_of("provider"), id_of("other provider")
MANAGER, CHAIR, STRANGER = id_of("manager"), id_of("chair"), id_of("stranger")
QIP = id_of("qip")
SINCE_2020 = date(2020, 1, 1)
SECRET = b"for-tests-only"
"""What the stage gives as `feed_secret`."""

F = AgencyFunction
AGENCIES = {
    "council-quality": F.COUNCIL_QUALITY,
    "council-contracts": F.COUNCIL_CONTRACTS,
    "council-commissioning": F.COUNCIL_COMMISSIONING,
    "council-safeguarding": F.COUNCIL_SAFEGUARDING,
    "icb": F.HEALTH_COMMISSIONER,
    "police": F.POLICE,
    "healthwatch": F.PUBLIC_VOICE,
}


def location(location_id: UUID = HOME, *, name: str = "Larch Field House") -> LocationUpdated:
    """A care home is in the register."""
    return LocationUpdated(
        partnership="combined",
        location_id=location_id,
        provider_id=PROVIDER if location_id == HOME else OTHER_PROVIDER,
        provider_reference="1-100000001" if location_id == HOME else "1-100000002",
        reference=f"1-{location_id.int % 10**9}",
        name=name,
        category=ServiceCategory.NURSING_HOME,
        cqc_registered=True,
        commissioned=True,
        local_authority="Combined",
        very_small=False,
        active=True,
    )


def agency(
    agency_id: str,
    *functions: AgencyFunction | FunctionHeld,
    agreement: str | None = "1",
    suspended: bool = False,
    partnership: str = "combined",
) -> AgencyUpdated:
    """An agency holds functions; those of the usual seven if none are named."""
    held = functions or (AGENCIES[agency_id],)
    return AgencyUpdated(
        partnership=partnership,
        agency_id=agency_id,
        name=agency_id.title(),
        functions=tuple(
            f if isinstance(f, FunctionHeld) else FunctionHeld(function=f, held_from=SINCE_2020)
            for f in held
        ),
        agreement_version=agreement,
        suspended=suspended,
    )


def contact(
    person_ref: UUID,
    email: str,
    *,
    name: str = "Rowan Ashgrove",
    provider_id: UUID | None = None,
    agency_id: str | None = None,
) -> ContactChanged:
    """Somebody holds an office and has an address."""
    return ContactChanged(
        partnership="combined",
        person_ref=person_ref,
        provider_id=provider_id,
        location_id=None,
        agency_id=agency_id,
        role=OfficeHolderRole.REGISTERED_MANAGER if provider_id else None,
        name=name,
        email=email,
    )


def concern(
    name: str = "concern", location_id: UUID = HOME, *, handling: Handling | None = None
) -> ConcernReceived:
    """A concern was received."""
    return ConcernReceived(
        partnership="combined",
        handling=handling or Handling(),
        location_id=location_id,
        concern_id=id_of(name),
        category="falls",
        occurred_on=date(2026, 11, 18),
        reported_by_provider=False,
        action_taken=True,
    )


def qip_opened(location_id: UUID = HOME) -> QipOpened:
    """A QIP was opened."""
    return QipOpened(
        partnership="combined",
        location_id=location_id,
        qip_id=QIP,
        consideration_id=id_of("consideration"),
        decision_id=id_of("decision"),
        opened_on=date(2026, 11, 20),
        limit_on=date(2027, 5, 20),
        terms_version="2026-11",
        clause="combined@2026-11 L6.4",
    )


def joined(agency_id: str) -> MemberJoined:
    """An agency joined the QIP."""
    return MemberJoined(
        partnership="combined",
        location_id=HOME,
        qip_id=QIP,
        agency_id=agency_id,
        function=AGENCIES[agency_id],
    )


@dataclass(frozen=True)
class Record:
    """A record on a feed, as the agency reads it."""

    headers: dict[str, str]
    data: dict[str, Any]

    @property
    def type(self) -> str:
        return self.headers["ce_type"]


@dataclass
class Scene:
    """The service with a register of two homes and seven agencies."""

    world: World

    async def hear(self, *events: Event) -> None:
        """Let events arrive, each in a batch of its own."""
        for event in events:
            await self.world.hear(event)

    async def feed(self, agency_id: str) -> list[Record]:
        """What lies on an agency's feed, in order."""
        return [
            Record(dict(row.headers), json.loads(row.value))
            for row in await self.world.outbox()
            if row.topic == outbound_topic(agency_id)
        ]

    async def types(self, agency_id: str) -> list[str]:
        """The types on an agency's feed, in order."""
        return [record.type for record in await self.feed(agency_id)]

    async def relay_sends_all(self) -> None:
        """What lies in the outbox leaves."""
        async with self.world.works.begin() as work:
            table = work.tables.outbox
            await work.session.execute(table.update().values(sent_at=self.world.clock.now))

    async def ledger(self, *kinds: str) -> list[LedgerRow]:
        """The ledger's rows of these kinds in order."""
        async with self.world.works.begin() as work:
            rows = await work.session.scalars(select(LedgerRow).order_by(col(LedgerRow.seq)))
            return [row for row in rows if not kinds or row.kind in kinds]

    async def messages(self, kind: str | None = None) -> list[MessageRow]:
        """The messages in the order in which they were queued."""
        async with self.world.works.begin() as work:
            rows = await work.session.scalars(
                select(MessageRow).order_by(col(MessageRow.queued_at), col(MessageRow.sequence))
            )
            return [row for row in rows if kind is None or row.kind == kind]


@pytest.fixture
async def scene(stage_for: Callable[[str], Awaitable[World]]) -> Scene:
    """The service with a register, seven agencies and a chair; nothing has been said yet."""
    found = Scene(await stage_for("notifications"))
    await found.world.hear(
        location(),
        location(OTHER_HOME, name="Other House"),
        *(agency(agency_id) for agency_id in AGENCIES),
        contact(MANAGER, "manager@larchfield.example", provider_id=PROVIDER),
        contact(CHAIR, "chair@icb.example", name="Sabeen Willowcroft", agency_id="icb"),
    )
    return found
