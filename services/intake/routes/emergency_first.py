"""A concern that is refused over HTTP: if it speaks of danger, the emergency route comes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from services.intake.domain import door
from services.intake.handlers import emergencies
from services.intake.handlers.emergencies import SeenTo
from shared.contracts.words import Refused
from shared.platform import problems
from shared.platform.idempotency import AnsweredBefore
from shared.platform.telemetry import count_refusal
from shared.platform.work import Works

_No = RequestValidationError | Refused | AnsweredBefore


class EmergencyFirst(APIRoute):
    """Hands over what speaks of danger, though it cannot be taken as it was sent (L1.2i)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        plain = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await plain(request)
            except (RequestValidationError, Refused, AnsweredBefore) as error:
                answer = await _emergency(request, error)
                if answer is None:
                    raise
                return answer

        return handle


async def _emergency(request: Request, error: _No) -> Response | None:
    body = await request.body()
    told = emergencies.told_in(body)
    answer = _answer(error)
    if told is None or answer is None or not hasattr(request.state, "person"):
        return None
    works: Works = request.app.state.runtime.works
    why = error if isinstance(error, Refused) else door.unfit_fields(())
    async with works.begin() as work:
        seen_to = await emergencies.see_to_told(work, request.state.person, told, body, why)
    if seen_to is None:
        return None
    count_refusal(why.refusal.rule)
    return _with_route(answer, seen_to)


def _answer(error: _No) -> Response | None:
    """The answer that it would have been; none where it was no refusal."""
    match error:
        case RequestValidationError():
            return problems.of_invalid(error).response()
        case Refused():
            return problems.of_refusal(error).response()
        case _:
            refused_before = error.response.status_code >= 400
            return error.response if refused_before else None


def _with_route(answer: Response, seen_to: SeenTo) -> Response:
    first: dict[str, Any] = {"emergency_route": seen_to.emergency_route}
    if seen_to.reference is not None:
        first["reference"] = seen_to.reference
    told = {**first, **json.loads(bytes(answer.body))}
    return JSONResponse(told, answer.status_code, media_type=problems.MEDIA_TYPE)
