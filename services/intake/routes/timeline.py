"""A provider's timeline."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.intake.handlers import timeline
from services.intake.routes.people import TimelineReader
from services.intake.views.timeline import TimelineFact
from shared.platform.app import acting
from shared.platform.paging import Cursor, link_next

router = APIRouter(tags=["register"])


@router.get("/providers/{provider_id}/timeline")
async def read_timeline(
    provider_id: UUID,
    request: Request,
    response: Response,
    person: TimelineReader,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[TimelineFact]:
    """What intake knows of a provider and the reader may know, the newest first; audited."""
    async with acting(request) as work:
        page = await timeline.timeline(work, person, provider_id, cursor, limit)
    link_next(request, response, page.next)
    return page.items
