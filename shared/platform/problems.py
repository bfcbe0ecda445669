"""Errors over HTTP are RFC 9457 problem details, each type with a page in docs/problems/.

A problem names the field or the rule, where the rule comes from and what to do instead. It never
repeats a value that was submitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.contracts.envelope import known_words, named
from shared.contracts.words import Refusal, Refused
from shared.platform.database import may_pass
from shared.platform.dates import london_date
from shared.platform.telemetry import count_refusal, log

MEDIA_TYPE = "application/problem+json"

TITLES = {
    "unauthenticated": "Not signed in",
    "role-needed": "Not allowed for your role",
    "not-found": "Not found",
    "method-not-allowed": "Method not allowed",
    "invalid-request": "The request does not fit",
    "too-large": "The request is too large",
    "wrong-media-type": "Wrong media type",
    "changed-meanwhile": "Changed meanwhile",
    "precondition-required": "Say what you have read",
    "idempotency-key-reused": "The key was used for another request",
    "idempotency-in-flight": "Still under way",
    "too-many-requests": "Too many requests",
    "refused": "Refused under a rule",
    "identity-unavailable": "Sign-in is not available",
    "unavailable": "Not available for the moment",
    "internal": "Something went wrong",
}
"""Every problem type and its title. Each has a page docs/problems/<type>.md."""


EMERGENCY_ROUTE = "emergency_route"
"""Where to turn in an emergency: first in every answer that has it."""


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer other than success."""

    def __init__(
        self,
        status: int,
        type_: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(type_)
        self.status = status
        self.type = type_
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self) -> JSONResponse:
        # Read first, and acted on (L1.2i).
        first = {name: self.extra[name] for name in (EMERGENCY_ROUTE,) if name in self.extra}
        body = {
            **first,
            "type": f"urn:provider-quality:problem:{self.type}",
            "title": TITLES[self.type],
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        return JSONResponse(body, self.status, self.headers, media_type=MEDIA_TYPE)


def not_found() -> Problem:
    """The one answer for "is not there" and "you may not know whether it is"."""
    return Problem(404, "not-found", "There is nothing here for you.")


def cited(request: Request, refused: Refused) -> Refused:
    """The refusal as it stands in the policy pack of who asks, or in each of theirs (WS2).

    What a rule takes from a pack cites that one already; these are the rules that all packs share.
    """
    runtime = request.app.state.runtime
    today = london_date(runtime.works.clock())
    person = getattr(request.state, "person", None)
    cite: Callable[..., Refused] = runtime.policies.cite
    return cite(refused, today, *(person.partnerships if person is not None else ()))


def partnership_of(request: Request) -> str | None:
    """The partnership for which somebody asks; None where it is not known, or several."""
    person = getattr(request.state, "person", None)
    mine = sorted(person.partnerships) if person is not None else []
    return mine[0] if len(mine) == 1 else None


def of_refusal(refused: Refused) -> Problem:
    """The problem of a refusal: 422 where a field has to change, else 409."""
    refusal: Refusal = refused.refusal
    extra = {
        EMERGENCY_ROUTE: refusal.emergency_route,
        "rule": refusal.rule,
        "clause": refusal.clause,
        "page": f"docs/refusals/{refusal.rule}.md",
        "instead": refusal.instead,
        "field": refusal.field,
        "override_reasons": list(refusal.override_reasons),
        "approvers": [role.value for role in refusal.approvers],
    }
    return Problem(
        422 if refusal.field else 409,
        "refused",
        refusal.sentence,
        extra={name: value for name, value in extra.items() if value},
    )


def install(app: FastAPI) -> None:
    """Let every error of an app leave as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette types all handlers alike
    return error.response()


async def _on_refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)  # noqa: S101 - Starlette types all handlers alike
    count_refusal(error.refusal.rule)
    return of_refusal(cited(request, error)).response()


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    return of_invalid(error).response()


def of_invalid(error: RequestValidationError) -> Problem:
    """The problem of a request that does not fit: the fields, and nothing of what they held."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in error.errors()[:_MOST_FAULTS]:
        reason = _REASONS.get(item["type"], item["msg"])
        words = found.setdefault((_path(item["loc"], item["type"]), reason), [])
        words += known_words(item["type"], item.get("ctx"))
    fields = [
        {"field": field, "reason": reason + _known(words if place < _MOST_EXPLAINED else ())}
        for place, ((field, reason), words) in enumerate(found.items())
    ]
    return Problem(
        422, "invalid-request", "Fields are missing or do not fit.", extra={"fields": fields}
    )


def _known(words: Sequence[str]) -> str:
    return f" It knows: {named(words)}." if words else ""


_MOST_FAULTS = 100
"""So many are named: an answer is not to be many times as long as what was asked."""
_MOST_EXPLAINED = 10
"""Of the first so many the words that they know are told, for the same reason."""
_REASONS = {
    "json_invalid": "The body is not JSON.",
    "extra_forbidden": "The schema does not have this field.",
    "string_pattern_mismatch": "The text does not have the form that the field asks for.",
    "enum": "The value is not one of those that the field knows.",
    "literal_error": "The value is not one of those that the field knows.",
    "value_error": "The value does not fit.",
    "assertion_error": "The value does not fit.",
    "date_from_datetime_parsing": "The value is not a date.",
    "uuid_parsing": "The value is not a UUID.",
}
"""Our own words where the library's message could repeat what was submitted."""


_UNION_TAG = re.compile(r"\[.*\]$")
"""What the library adds to a field that may be one of several types, for each that does not fit."""


def _path(location: Sequence[Any], kind: str) -> str:
    parts = [str(part) for part in location]
    if kind == "extra_forbidden":
        parts[-1] = "(unknown field)"
    named = [part for part in parts if not _UNION_TAG.search(part)]
    return ".".join(named[:1] if kind == "json_invalid" else named)


async def _on_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    kinds = {
        404: not_found(),
        405: Problem(405, "method-not-allowed", "This address does not take that method."),
        415: Problem(415, "wrong-media-type", "Send application/json."),
    }
    problem = kinds.get(
        error.status_code,
        Problem(error.status_code, "invalid-request", "The request could not be read."),
    )
    problem.headers.update(error.headers or {})
    return problem.response()


def of_fault(error: Exception) -> Problem:
    """The problem of an exception that nobody caught: it may pass, or the fault is ours."""
    if may_pass(error):
        log.warning("http.unavailable", exc_info=error)
        return Problem(
            503, "unavailable", "Please try again in a moment.", headers={"Retry-After": "2"}
        )
    log.error("http.failed", exc_info=error)
    return Problem(500, "internal", "The fault is ours and has been recorded.")
