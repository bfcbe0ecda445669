"""What is asked of the team or of a provider, refusals that are lifted, and policy varied."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.intake.domain.requests import Asked
from services.intake.handlers import overrides, request_refusals, requests, statutory, variations
from services.intake.routes import emergency_first
from services.intake.routes.people import (
    Approver,
    Asking,
    Closer,
    Governor,
    Manager,
    RefusalReader,
    RequestReader,
)
from services.intake.tables import RequestRow, VariationRow
from services.intake.views.requests import (
    OverrideForm,
    RefusalCount,
    RequestAnswer,
    RequestForm,
    RequestLine,
    RequestView,
    VariationForm,
    VariationView,
)
from shared.platform.app import acting
from shared.platform.paging import Turning, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["requests"])


def _line(row: RequestRow) -> RequestLine:
    return RequestLine.model_validate({**row.model_dump(), "request_id": row.id})


async def make_request(form: RequestForm, request: Request, person: Asking) -> RequestAnswer:
    """Ask something of the team or of a provider; what is refused says why, and where to turn."""
    asked = Asked(**form.model_dump())
    keep = request_refusals.recorder(person, asked)
    async with acting(request, person.agency, on_refused=keep) as work:
        taken = await requests.make_request(work, person, asked)
        return RequestAnswer.model_validate(taken, from_attributes=True)


emergency_first.add_route(router, "/requests", make_request)


@router.get("/requests/refusals")
async def count_refusals(
    request: Request,
    person: RefusalReader,
    quarter: Annotated[str, Query(pattern=r"^20\d\d-Q[1-4]$")],
) -> list[RefusalCount]:
    """How often each rule refused in a quarter, and why it was overridden where it was."""
    async with acting(request) as work:
        found = await overrides.counted(work, person, quarter)
        return [
            RefusalCount(rule=rule, clause=clause, override_reason=reason, count=count)
            for rule, clause, reason, count in found
        ]


@router.get("/requests/{reference}")
async def read_request(
    reference: str, request: Request, person: RequestReader, why: ReadReason
) -> RequestView:
    """A request with its text, for who asked and for the desk; the read is audited."""
    async with acting(request, person.agency) as work:
        row = await requests.read(work, person, reference, why)
        told = {name: value for name, value in row.details.items() if name != "uploader"}
        return RequestView.model_validate(
            {**row.model_dump(), "details": told, "request_id": row.id}
        )


@router.post("/requests/{reference}/override")
async def override_refusal(
    reference: str, form: OverrideForm, request: Request, person: Approver
) -> RequestLine:
    """Lift a refusal in an emergency or by prior agreement, as its named approver."""
    async with acting(request) as work:
        return _line(await overrides.override(work, person, reference, form.reason, form.why))


@router.post("/requests/statutory/{reference}/closing")
async def close_statutory_request(
    reference: str, request: Request, person: Governor
) -> RequestLine:
    """Information governance has answered."""
    async with acting(request) as work:
        return _line(await statutory.close(work, person, reference))


@router.post("/requests/{reference}/closing")
async def close_request(reference: str, request: Request, person: Closer) -> RequestLine:
    """What was asked of a provider was answered."""
    async with acting(request) as work:
        return _line(await overrides.close(work, person, reference))


@router.post("/providers/{provider_id}/variations", status_code=201)
async def vary_policy(
    provider_id: UUID, form: VariationForm, request: Request, person: Manager
) -> VariationView:
    """Vary a default of the policy for one provider, with a reason."""
    async with acting(request) as work:
        row = await variations.vary(work, person, provider_id, form.name, form.value, form.reason)
        return _variation(row)


@router.get("/providers/{provider_id}/variations")
async def list_variations(
    provider_id: UUID, request: Request, response: Response, person: Manager, turn: Turning
) -> list[VariationView]:
    """All that was ever varied for a provider, the newest first."""
    async with acting(request) as work:
        page = await variations.of_provider(work, person, provider_id, turn)
    link_next(request, response, page.next)
    return [_variation(row) for row in page.items]


def _variation(row: VariationRow) -> VariationView:
    return VariationView.model_validate({**row.model_dump(), "variation_id": row.id})
