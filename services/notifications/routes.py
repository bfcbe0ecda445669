"""Notifications' HTTP door: translate and hand over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from services.notifications.handlers import reads
from services.notifications.views import (
    FeedLine,
    LedgerCheck,
    LedgerLine,
    MessageLine,
    MessageState,
)
from shared.contracts.words import Role
from shared.platform.app import acting
from shared.platform.security import Person, requires

router = APIRouter()

Watcher = Annotated[Person, requires(Role.OPERATIONS, Role.TEAM_MANAGER)]
Governance = Annotated[Person, requires(Role.INFORMATION_GOVERNANCE)]
"""The ledger names all that there was, also what is safeguarding's alone or asked under the law."""
Liaison = Annotated[Person, requires(Role.AGENCY_LIAISON)]
After = Annotated[int, Query(ge=0, lt=2**63, description="The `seq` after which to go on.")]
FeedAfter = Annotated[
    UUID | None, Query(description="The `ce_id` after which to go on; without one from the start.")
]
Before = Annotated[
    AwareDatetime, Query(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/messages", tags=["messages"])
async def list_messages(
    request: Request,
    person: Watcher,
    state: MessageState | None = None,
    before: Before | None = None,
    limit: Limit = 50,
) -> list[MessageLine]:
    """Messages and what became of them, the newest first; all of them for operations alone."""
    async with acting(request) as work:
        return await reads.message_lines(work, person, state, before, limit)


@router.get("/ledger", tags=["ledger"])
async def read_ledger(
    request: Request,
    person: Governance,
    event_id: UUID | None = None,
    after: After = 0,
    limit: Limit = 50,
) -> list[LedgerLine]:
    """Who was told what, when and under which label; of one event where it is named."""
    async with acting(request) as work:
        return await reads.ledger_lines(work, person, event_id, after, limit)


@router.get("/ledger/check", tags=["ledger"])
async def check_ledger(
    request: Request, person: Governance, after: After = 0, limit: Limit = 50
) -> LedgerCheck:
    """Whether the ledger's rows are as they were sealed."""
    async with acting(request) as work:
        return await reads.ledger_check(work, after, limit)


@router.get("/agencies/{agency_id}/feed", tags=["feeds"])
async def read_feed(
    agency_id: str,
    request: Request,
    person: Liaison,
    after: FeedAfter = None,
    limit: Limit = 50,
) -> list[FeedLine]:
    """What an agency's feed has got, for that agency's own liaison."""
    async with acting(request, person.agency) as work:
        return await reads.feed_lines(work, person, agency_id, after, limit)
