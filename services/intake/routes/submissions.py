"""Bulk submission for partners without Kafka: templates, and files of rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.intake.domain.submissions import column_of, nothing_taken
from services.intake.handlers import submission_templates, submissions
from services.intake.handlers.submissions import Mode, Report, RowAnswer, Upload
from services.intake.routes.people import Uploader
from services.intake.views.submissions import RowLine, SubmissionAnswer
from shared.platform import problems
from shared.platform.app import acting
from shared.platform.problems import Problem
from shared.platform.spreadsheets import csv_response
from shared.platform.workbooks import MEDIA_TYPE as XLSX
from shared.platform.workbooks import xlsx_response

router = APIRouter(tags=["submissions"])

_AT_ONCE, _MOST_WAITING = 2, 20
"""Of uploads in a process: each takes two connections of the pool, and the pool is everybody's."""

_FILE = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The filled template; 1 MiB and 500 rows at most.",
        "content": {"text/csv": _FILE, XLSX: _FILE},
    }
}


@router.get("/submissions/templates/{kind}.csv", response_class=Response)
async def template_csv(kind: str, person: Uploader) -> Response:
    """The template of a message type as CSV, with remarks and an example."""
    return csv_response(kind, submission_templates.as_csv(kind))


@router.get("/submissions/templates/{kind}.xlsx", response_class=Response)
async def template_xlsx(kind: str, person: Uploader) -> Response:
    """The template of a message type as a workbook, with remarks and an example."""
    return xlsx_response(kind, submission_templates.as_xlsx(kind))


@router.post("/submissions/{kind}", openapi_extra=_BODY, response_model=SubmissionAnswer)
async def submit_rows(
    kind: str,
    request: Request,
    person: Uploader,
    mode: Annotated[Mode, Query(description="All rows or none, or each by itself.")] = "all",
    agency: Annotated[
        str | None, Query(max_length=60, description="For which agency, where staff upload.")
    ] = None,
) -> Response:
    """Take a filled template, all or nothing or row by row; each row is answered for itself."""
    upload = Upload(kind, await request.body(), mode, agency)
    works = request.app.state.runtime.works
    async with _turn(request), acting(request, person.agency) as work:
        report = await submissions.submit(works, work, person, upload)
    return _response(request, report)


@asynccontextmanager
async def _turn(request: Request) -> AsyncIterator[None]:
    """Wait without a connection until it is this upload's turn. Raises Problem 429."""
    state = request.app.state
    if not hasattr(state, "uploads"):
        state.uploads, state.uploads_waiting = asyncio.Semaphore(_AT_ONCE), 0
    if state.uploads_waiting >= _MOST_WAITING:
        raise Problem(
            429,
            "too-many-requests",
            "Too many files are being taken at this moment.",
            headers={"Retry-After": "5"},
            extra={"instead": "Wait 5 s, then send the same file again."},
        )
    state.uploads_waiting += 1
    try:
        await state.uploads.acquire()
    finally:
        state.uploads_waiting -= 1
    try:
        yield
    finally:
        state.uploads.release()


def _response(request: Request, report: Report) -> Response:
    told = SubmissionAnswer(
        emergency_route=report.emergency_route,
        accepted=report.count("accepted"),
        duplicates=report.count("duplicate"),
        refused=report.count("refused"),
        not_taken=report.count("not_taken"),
        rows=[_line(request, one) for one in report.rows],
    ).model_dump(exclude_none=True)
    if not report.nothing_taken:
        return JSONResponse(told)
    problem = problems.of_refusal(problems.cited(request, nothing_taken()))
    problem.extra |= told
    return problem.response()


def _line(request: Request, one: RowAnswer) -> RowLine:
    refusal = problems.cited(request, one.refused).refusal if one.refused else None
    return RowLine(
        row=one.row,
        status=one.status,
        reference=one.outcome.reference,
        emergency_route=one.outcome.emergency_route,
        rule=refusal.rule if refusal else None,
        column=column_of(refusal.field) if refusal else None,
        sentence=refusal.sentence if refusal else None,
        clause=refusal.clause if refusal else None,
        instead=refusal.instead if refusal else one.outcome.instead,
    )
