"""What is refused over HTTP: if it speaks of danger or harm, where to turn comes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from services.intake.domain import door, held_content
from services.intake.handlers import emergencies, followups, harm
from services.intake.handlers.emergencies import SeenTo, Told
from shared.contracts.words import Refused
from shared.platform import problems
from shared.platform.idempotency import AnsweredBefore
from shared.platform.problems import Problem
from shared.platform.security import Person
from shared.platform.telemetry import count_refusal
from shared.platform.work import Work, Works

_No = RequestValidationError | Refused | Problem | AnsweredBefore


class EmergencyFirst(APIRoute):
    """Hands over what speaks of danger, though it cannot be taken as it was sent (L1.2i).

    Of significant harm its sender is told where to report it (WCC1b).
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        plain = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await plain(request)
            except (RequestValidationError, Refused, Problem, AnsweredBefore) as error:
                answer = await _with_where_to_turn(request, error)
                if answer is None:
                    raise
                return answer

        return handle


def add_route(router: APIRouter, path: str, endpoint: Callable[..., Any]) -> None:
    """A POST by which somebody in danger may be told of, whatever else is amiss with it."""
    router.add_api_route(
        path, endpoint, methods=["POST"], status_code=201, route_class_override=EmergencyFirst
    )


def says(request: Request, told: Mapping[str, Any]) -> None:
    """What a request tells that does not stand in its body: a draft, by its id."""
    request.state.told = json.dumps(told).encode()


async def _with_where_to_turn(request: Request, error: _No) -> Response | None:
    """The answer with where to turn first; None where it speaks of neither danger nor harm."""
    answer = _answer(request, error)
    if answer is None or not hasattr(request.state, "person"):
        return None
    body: bytes = getattr(request.state, "told", None) or await request.body()
    place = f"{request.method} {request.scope['route'].path}"
    why = error if isinstance(error, Refused) else door.unfit_fields(())
    if (danger := held_content.danger_in(body)) is not None:
        return await _emergency(request, answer, Told(place, danger, body, why))
    if (harmed := held_content.harm_in(body)) is not None:
        return await _harm(request, answer, Told(place, harmed, body, why))
    return None


async def _emergency(request: Request, answer: Response, told: Told) -> Response | None:
    if problems.EMERGENCY_ROUTE in json.loads(bytes(answer.body)):
        return None  # it was seen to under the rule that refused it
    works: Works = request.app.state.runtime.works
    async with works.begin() as work:
        seen_to = await _seen_to(work, request, told)
    if seen_to is None:
        return None
    if seen_to.refused is not None:
        answer = problems.of_refusal(problems.cited(request, seen_to.refused)).response()
    count_refusal((seen_to.refused or told.why).refusal.rule)
    return _with_route(answer, seen_to)


async def _harm(request: Request, answer: Response, told: Told) -> Response | None:
    works: Works = request.app.state.runtime.works
    async with works.begin() as work:
        route = await harm.route_for(work, request.state.person, told)
    return _first(answer, {"safeguarding_route": route}) if route else None


async def _seen_to(work: Work, request: Request, told: Told) -> SeenTo | None:
    person: Person = request.state.person
    reference = request.path_params.get("reference")
    if reference is not None:
        return await followups.see_to(work, person, reference, told)
    return await emergencies.see_to_told(work, person, told)


def _answer(request: Request, error: _No) -> Response | None:
    """The answer that it would have been; none where it was no refusal."""
    match error:
        case RequestValidationError():
            return problems.of_invalid(error).response()
        case Refused():
            return problems.of_refusal(problems.cited(request, error)).response()
        case Problem():
            # Somebody else's concern, or none: who may not knock here at all is not heard.
            return error.response() if error.status == HTTPStatus.NOT_FOUND else None
        case _:
            refused_before = error.response.status_code >= HTTPStatus.BAD_REQUEST
            return error.response if refused_before else None


def _with_route(answer: Response, seen_to: SeenTo) -> Response:
    first: dict[str, Any] = {problems.EMERGENCY_ROUTE: seen_to.emergency_route}
    if seen_to.reference is not None:
        first["reference"] = seen_to.reference
    return _first(answer, first)


def _first(answer: Response, first: Mapping[str, Any]) -> Response:
    told = {**first, **json.loads(bytes(answer.body))}
    return JSONResponse(told, answer.status_code, media_type=problems.MEDIA_TYPE)
