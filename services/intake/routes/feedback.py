"""Feedback and compliments: given, read with their texts, and as a spreadsheet without."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.intake.domain.feedback import FeedbackKind
from services.intake.domain.lists import FeedbackWanted, ToldOrder
from services.intake.handlers import feedback, feedback_lists
from services.intake.handlers.feedback import Said
from services.intake.routes import emergency_first
from services.intake.routes.lists import Word, Words
from services.intake.routes.people import FeedbackReader, Submitter
from services.intake.routes.sheets import sheet
from services.intake.views.told import FeedbackAnswer, FeedbackForm, FeedbackLine
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["told"])


async def give_feedback(form: FeedbackForm, request: Request, person: Submitter) -> FeedbackAnswer:
    """Tell what the public says that is no concern, or a compliment; it opens no case."""
    said = Said(FeedbackKind(form.kind), form.location, form.category, form.occurred_on, form.text)
    needed = {"text": form.personal_data_needed} if form.personal_data_needed else {}
    async with acting(request) as work:
        row = await feedback.tell(work, person, said, needed)
        return FeedbackAnswer(reference=row.reference)


emergency_first.add_route(router, "/feedback", give_feedback)


async def _wanted(
    kind: FeedbackKind | None = None,
    category: Word = None,
    location: UUID | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
    q: Words = None,
    sort: ToldOrder = ToldOrder.NEWEST,
) -> FeedbackWanted:
    return FeedbackWanted(
        received_from,
        received_to,
        kind=kind,
        category=category,
        location_id=location,
        words=q,
        order=sort,
    )


Filter = Annotated[FeedbackWanted, Depends(_wanted)]


@router.get("/feedback")
async def list_feedback(
    request: Request,
    response: Response,
    person: FeedbackReader,
    wanted: Filter,
    why: ReadReason,
    turn: Turning,
) -> list[FeedbackLine]:
    """Feedback and compliments with their texts, the newest first; NAMED ones with a reason."""
    async with acting(request) as work:
        page = await feedback_lists.read(work, person, wanted, turn, why)
    link_next(request, response, page.next)
    return [
        FeedbackLine.model_validate({**row.model_dump(), "feedback_id": row.id})
        for row in page.items
    ]


@router.get("/feedback.csv", response_class=Response)
async def export_feedback(
    request: Request, person: FeedbackReader, wanted: Filter, why: ReadReason, turn: TurningSheet
) -> Response:
    """The same list for a spreadsheet, without texts; the export is audited."""
    async with acting(request) as work:
        page = await feedback_lists.sheet(work, person, wanted, turn, why)
    return sheet(request, "feedback", page)
