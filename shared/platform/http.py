"""What stands before every route: size limit, a span, and no fault that leaves with its text."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from importlib import resources

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.contracts.envelope import MAX_BYTES
from shared.platform.problems import Problem, of_fault
from shared.platform.telemetry import meter, span

_seconds = meter.create_histogram("http.server.duration", unit="s")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other word is the caller's own, and stays out of spans."""


class Door:
    """ASGI middleware around all routes."""

    def __init__(self, app: ASGIApp, large: Mapping[str, int] | None = None) -> None:
        """`large` names addresses (patterns) to which files are PUT, and how many bytes they take.

        Their bodies reach the route as they come; all others are read whole, up to 1 MiB.
        """
        self._app = app
        self._large = [(re.compile(path), size) for path, size in (large or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        started = time.perf_counter()
        with span(
            method,
            links=[headers.get(b"traceparent", b"").decode("ascii", "replace")],
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method},
        ) as current:
            status = await self._answer(scope, receive, send, headers)
            route = getattr(scope.get("route"), "path", "(no route)")
            current.update_name(f"{method} {route}")
            current.set_attribute("http.route", route)
            current.set_attribute("http.response.status_code", status)
        _seconds.record(
            time.perf_counter() - started,
            {"http.route": route, "http.response.status_code": status},
        )

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> int:
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            _refuse_nul(scope)
            limit = self._limit_of_file(scope)
            if limit is None:
                body = await _whole_body(receive, headers)
            else:
                body = _passing(receive, headers, limit)
            await self._app(scope, body, noting)
        except Problem as problem:
            await problem.response()(scope, receive, noting)
        except Exception as error:
            if status:
                raise  # the answer has begun; the server closes the connection
            await of_fault(error).response()(scope, receive, noting)
        return status

    def _limit_of_file(self, scope: Scope) -> int | None:
        if scope["method"] != "PUT":
            return None
        return next((size for path, size in self._large if path.fullmatch(scope["path"])), None)


def _refuse_nul(scope: Scope) -> None:
    """An address with NUL names nothing: no text in the database can hold it."""
    for field, found in (
        ("path", "\x00" in scope["path"]),
        ("query", b"%00" in scope["query_string"]),
    ):
        if found:
            fields = [{"field": field, "reason": "It holds the character NUL."}]
            raise Problem(
                422,
                "invalid-request",
                "Fields are missing or do not fit.",
                extra={"fields": fields},
            )


def _too_large(headers: dict[bytes, bytes], limit: int) -> Problem:
    """The problem of a body over the limit. Raises it where the length header says so already."""
    problem = Problem(413, "too-large", f"The largest request taken is {limit // 2**20} MiB.")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit:
        raise problem
    return problem


def _passing(receive: Receive, headers: dict[bytes, bytes], limit: int) -> Receive:
    """The body as it comes, up to the limit: a file is never whole in memory."""
    too_large = _too_large(headers, limit)
    passed = 0

    async def counted() -> Message:
        nonlocal passed
        message = await receive()
        passed += len(message.get("body", b""))
        if passed > limit:
            raise too_large
        return message

    return counted


async def _whole_body(receive: Receive, headers: dict[bytes, bytes]) -> Receive:
    """Read the body up to the limit, whatever the length header claims."""
    too_large = _too_large(headers, MAX_BYTES)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BYTES:
            raise too_large
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


open_routes = APIRouter()
"""The only routes without a token: health and the API's own document."""


@open_routes.get("/health/live", tags=["health"])
async def live(request: Request) -> JSONResponse:
    """The process runs, and nothing in it has stood still for too long."""
    stuck = request.app.state.runtime.stuck()
    return JSONResponse({"stuck": stuck}, 503 if stuck else 200)


@open_routes.get("/health/ready", tags=["health"])
async def ready(request: Request) -> JSONResponse:
    """Database, broker and relay answer; alarms and policy warnings stand beside."""
    runtime = request.app.state.runtime
    missing = await runtime.missing()
    body = {
        "missing": missing,
        "alarms": runtime.alarms(),
        "policy_warnings": list(runtime.policy_warnings()),
    }
    return JSONResponse(body, 503 if missing else 200)


def add_documents(app: FastAPI) -> None:
    """The API's document as JSON and as a plain page that loads nothing from elsewhere."""

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        template = resources.files("shared.platform").joinpath("api_page.html").read_text("utf-8")
        return HTMLResponse(template.replace("{{title}}", app.title))
