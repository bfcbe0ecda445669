"""What people tell beside the concern itself: drafts, additions, answers."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import DraftOrder, DraftsWanted
from services.intake.handlers import concerns, drafts, followups
from services.intake.handlers.followups import Addition
from services.intake.routes import emergency_first
from services.intake.routes.concerns import decided
from services.intake.routes.lists import Words
from services.intake.routes.people import Answerer, Follower, Submitter
from services.intake.tables import DraftRow
from services.intake.views import ConcernAnswer, ConcernForm
from services.intake.views.told import (
    AdditionAnswer,
    AdditionForm,
    AnswerForm,
    DraftForm,
    DraftView,
)
from shared.platform import etag
from shared.platform.app import acting
from shared.platform.paging import Turning, link_next
from shared.platform.work import Work

router = APIRouter(tags=["told"])


def _view(work: Work, row: DraftRow) -> DraftView:
    return DraftView(
        emergency_route=drafts.emergency_route(work, row),
        draft_id=row.id,
        concern=row.form,
        saved_at=row.saved_at,
    )


@router.post("/drafts", status_code=201)
async def save_draft(form: DraftForm, request: Request, person: Submitter) -> DraftView:
    """Save a concern that is not finished; only its writer reads it."""
    async with acting(request) as work:
        return _view(work, await drafts.save(work, person, form.concern))


@router.get("/drafts")
async def list_drafts(
    request: Request,
    response: Response,
    person: Submitter,
    turn: Turning,
    q: Words = None,
    sort: DraftOrder = DraftOrder.LAST_BEGUN,
) -> list[DraftView]:
    """The asker's own drafts, the last begun first; `q` searches in them."""
    async with acting(request) as work:
        page = await drafts.drafts(work, person, DraftsWanted(q, sort), turn)
        link_next(request, response, page.next)
        return [_view(work, row) for row in page.items]


@router.get("/drafts/{draft_id}")
async def read_draft(
    draft_id: UUID, request: Request, response: Response, person: Submitter
) -> DraftView:
    """A draft of the asker's own."""
    async with acting(request) as work:
        view = _view(work, await drafts.draft(work, person, draft_id))
        etag.tag(response, view)
        return view


@router.put("/drafts/{draft_id}")
async def save_draft_again(
    draft_id: UUID,
    form: DraftForm,
    request: Request,
    response: Response,
    person: Submitter,
    if_match: etag.IfMatch = None,
) -> DraftView:
    """Save what the draft says now."""
    async with acting(request) as work:
        row = await drafts.draft(work, person, draft_id)
        etag.must_match(if_match, _view(work, row), needed=False)
        drafts.save_again(work, row, form.concern)
        etag.tag(response, _view(work, row))
        return _view(work, row)


async def submit_draft(draft_id: UUID, request: Request, person: Submitter) -> ConcernAnswer:
    """Tell the concern that a draft holds; where it does not fit yet, the draft stays."""
    async with acting(request) as work:
        row = await drafts.draft(work, person, draft_id)
        emergency_first.says(request, row.form)
        form = _finished(row)
        taken = await drafts.submit(work, person, row, form.reported_by, concerns.told(form))
        return ConcernAnswer.model_validate(taken, from_attributes=True)


def _finished(row: DraftRow) -> ConcernForm:
    try:
        return ConcernForm.model_validate(row.form)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_context=False)
        raise RequestValidationError(
            [{**fault, "loc": ("draft", *fault["loc"])} for fault in faults]
        ) from None


async def add_to_concern(
    reference: str, form: AdditionForm, request: Request, person: Follower
) -> AdditionAnswer:
    """Add to a concern, ask for a correction, or withdraw it, as who told it."""
    said = form.model_dump(exclude={"personal_data_needed"})
    addition = Addition(**said, reason=form.personal_data_needed)
    async with acting(request, person.agency) as work:
        added = await followups.add(work, person, reference, addition)
        return AdditionAnswer.model_validate(added, from_attributes=True)


for _path, _endpoint in (
    ("/drafts/{draft_id}/submission", submit_draft),
    ("/concerns/status/{reference}/entries", add_to_concern),
):
    emergency_first.add_route(router, _path, _endpoint)


@router.post("/concerns/{concern_id}/answer")
async def answer_concern(
    concern_id: UUID, form: AnswerForm, request: Request, person: Answerer
) -> dict[str, str]:
    """It is dealt with: who told it is told what became of it."""
    async with acting(request) as work:
        tell = await followups.answer(
            work, person, concern_id, form.outcome, form.text, form.personal_data_needed
        )
        return decided(ConcernState.ANSWERED, tell)
