"""The HTTP doors under a mixed load of reads and writes, while the pipeline works.

Requests go out by the clock, from a process of their own; a request's time counts from the moment
at which it was due, so that one that had to wait for those before it is not made to look quick.
"""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.load import CATEGORIES, COMPLAINT, concern
from benchmarks.meters import quantiles
from benchmarks.people import form
from benchmarks.whole import (
    REFERENCE,
    Bench,
    mails_by_reference,
    publish_steadily,
)
from deploy.local.identity import fetch_token

TELL, TRIAGE = "POST /concerns", "POST /concerns/{id}/triage"
REQUEST, FEEDBACK, DRAFT = "POST /requests", "POST /feedback", "POST /drafts"
FILE, SHEET = "PUT /concerns/{id}/files/{file}", "POST /submissions/{kind}"
QUEUE, ONE = "GET /concerns", "GET /concerns/{id}"
MIX = {
    TELL: 0.18,
    TRIAGE: 0.08,
    REQUEST: 0.03,
    FEEDBACK: 0.02,
    DRAFT: 0.02,
    FILE: 0.01,
    SHEET: 0.01,
    QUEUE: 0.11,
    ONE: 0.14,
    "GET /drafts": 0.01,
    "GET /quarantine": 0.02,
    "GET /signals": 0.05,
    "GET /requests?location={place}": 0.03,
    "GET /providers/{provider}/timeline": 0.05,
    "GET /ratings/position": 0.03,
    "GET /locations": 0.04,
    "GET /locations?q={words}": 0.04,
    "GET /triggers": 0.04,
    "GET /locations/{place}/picture": 0.04,
    "GET /considerations": 0.03,
    "GET /messages": 0.02,
}
"""The share of each kind of request."""
WRITES = sum(share for kind, share in MIX.items() if not kind.startswith("GET"))
_SERVICE = {
    "GET /triggers": "assessment",
    "GET /locations/{place}/picture": "assessment",
    "GET /considerations": "meetings",
    "GET /messages": "notifications",
}
"""Who is asked, where it is not intake."""
_PERSONA = {
    TELL: "portal",
    DRAFT: "portal",
    "GET /drafts": "portal",
    SHEET: "council-complaints",
    "GET /considerations": "intelligence-chair",
    "GET /messages": "operations",
}
"""Who asks, where it is not a practitioner."""
NO_ANSWER = 0
"""In place of a status; it counts as a failure."""
_AT_ONCE = 64
"""Requests beyond these wait for one of them, and their waiting counts."""
_KEEP_SECONDS = 2.0
"""A connection that was not used for longer is not trusted: the server may be closing it."""
_ANSWER_SECONDS = 30.0
_PERSONAS = ("practitioner", *sorted(set(_PERSONA.values())))
_PDF = b"%PDF-1.7\n" + b"1 0 obj " * 2_000
_COLUMNS = "location,complaint_reference,received_on,theme"
_WAITING = "SELECT id FROM intake.concern WHERE state = 'received' ORDER BY id DESC LIMIT $1"
_PLACES = """
SELECT l.reference, l.id, l.provider_id FROM intake.location l
WHERE EXISTS (SELECT FROM intake.contact c
              WHERE c.location_id = l.id AND c.role = 'registered_manager') LIMIT 500
"""


@dataclass(frozen=True)
class Plan:
    """What the process that asks is told."""

    urls: dict[str, str]
    tokens: dict[str, str]
    concerns: list[str]
    places: list[tuple[str, str, str]]
    """References of places whose manager is written to, their ids, and those of their providers."""
    rate: float
    seconds: float


@dataclass(frozen=True)
class Asked:
    """A request, and what became of it."""

    kind: str
    due: float
    seconds: float
    status: int
    reference: str


def mixed(bench: Bench, rate: float, seconds: float, *, units: float) -> dict[str, Any]:
    """Times of requests at a steady rate, with so many units a second through the pipeline."""
    load, requests = bench.load(int(units * seconds)), int(rate * seconds)
    begun = time.time()
    concerns = [str(row["id"]) for row in bench.sql.rows(_WAITING, requests)]
    plan = Plan(
        urls={name: service.url for name, service in bench.stack.services.items()},
        tokens={name: fetch_token(bench.stack.issuer, name) for name in _PERSONAS},
        concerns=concerns,
        places=[
            (r["reference"], str(r["id"]), str(r["provider_id"])) for r in bench.sql.rows(_PLACES)
        ],
        rate=rate,
        seconds=seconds,
    )
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        asking = pool.submit(_ask_all, plan)
        publish_steadily(load, units, int(units * seconds))
        load.flush()
        asked = asking.result()
    load.close()
    bench.rest.wait(120)
    arrived = mails_by_reference(bench.stack.mail_directory, begun)
    mails = [arrived[a.reference] - a.due for a in asked if a.reference in arrived]
    failed = [a for a in asked if not 200 <= a.status < 300]
    kinds = {kind: [a.seconds for a in asked if a.kind == kind] for kind in MIX}
    return {
        "rate": rate,
        "units_a_second": units,
        "share_of_writes": WRITES,
        "requests": len(asked),
        "failed": len(failed),
        "failures": Counter(f"{a.kind}: {a.status or 'no answer'}" for a in failed),
        "all": quantiles([a.seconds for a in asked]),
        "by_kind": {kind: quantiles(times) for kind, times in kinds.items()},
        "told_to_acknowledgement_mail": quantiles(mails),
    }


def _ask_all(plan: Plan) -> list[Asked]:
    draw = Random(7)  # noqa: S311 - a load, not a secret
    kinds = draw.choices([*MIX], [*MIX.values()], k=int(plan.rate * plan.seconds))
    lines = _Lines(plan)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begin, asked = time.time(), []
        for n, kind in enumerate(kinds):
            due = begin + n / plan.rate
            time.sleep(max(0.0, due - time.time()))
            asked.append(pool.submit(_one, lines, _request(plan, kind, n, draw), kind, due))
        return [one.result() for one in asked]


@dataclass(frozen=True)
class _Request:
    service: str
    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]


class _Lines(threading.local):
    """A thread's connections, one to each service.

    The standard library's client took a quarter of the processor time that `httpx` did, which
    shares the two cores with what is measured.
    """

    def __init__(self, plan: Plan) -> None:
        self._urls = plan.urls
        self._open: dict[str, tuple[HTTPConnection, float]] = {}

    def ask(self, request: _Request) -> tuple[int, bytes]:
        """Status and body. Raises OSError or HTTPException where there is no answer."""
        line = self._to(request.service)
        try:
            line.request(request.method, request.path, request.body, request.headers)
            answer = line.getresponse()
            body = answer.read()
        except BaseException:
            line.close()
            raise
        self._open[request.service] = (line, time.monotonic())
        return answer.status, body

    def _to(self, service: str) -> HTTPConnection:
        """One that is open, and that the server does not let go of just now."""
        line, used = self._open.pop(service, (None, 0.0))
        if line is not None and time.monotonic() < used + _KEEP_SECONDS:
            return line
        if line is not None:
            line.close()
        return HTTPConnection(urlsplit(self._urls[service]).netloc, timeout=_ANSWER_SECONDS)


def _one(lines: _Lines, request: _Request, kind: str, due: float) -> Asked:
    try:
        status, body = lines.ask(request)
    except (OSError, HTTPException):
        return Asked(kind, due, time.time() - due, NO_ANSWER, "")
    found = REFERENCE.search(body.decode()) if kind == TELL else None
    return Asked(kind, due, time.time() - due, status, found[0] if found else "")


def _request(plan: Plan, kind: str, number: int, draw: Random) -> _Request:
    reference, place, provider = draw.choice(plan.places)
    concerns = plan.concerns
    concern_id = concerns[number % len(concerns)] if kind == TRIAGE else draw.choice(concerns)
    method, path = kind.split(" ")
    path = path.format(
        id=concern_id,
        place=place,
        provider=provider,
        words=reference,
        file=UUID(int=draw.getrandbits(128), version=4),
        kind=COMPLAINT,
    )
    token = plan.tokens[_PERSONA.get(kind, "practitioner")]
    headers = {"Authorization": f"Bearer {token}", "Read-Reason": "triage"}
    content = _content(kind, number, reference)
    if content is None and (told := _body(kind, number, reference, draw)) is not None:
        content = json.dumps(told).encode()
        headers["Content-Type"] = "application/json"
    return _Request(_SERVICE.get(kind, "intake"), method, path, content, headers)


def _content(kind: str, number: int, location: str) -> bytes | None:
    """A file, or a sheet of one row; None of what is told as JSON."""
    if kind == SHEET:
        row = f"{location},S-{time.time_ns():x}-{number},{_yesterday()},staffing"
        return f"{_COLUMNS}\r\n{row}\r\n".encode()
    return _PDF if kind == FILE else None


def _body(kind: str, number: int, location: str, draw: Random) -> dict[str, Any] | None:
    """What is told with a request; None of those that only read."""
    day = _yesterday()
    category = draw.choice(CATEGORIES)
    match kind:
        case "POST /concerns":
            own = f"H-{time.time_ns():x}-{number}"
            return {"location": location, **concern(own, day, category)}
        case "POST /concerns/{id}/triage":
            return form(above=number % 3 == 0)
        case "POST /requests":
            asked = {"type": "information_from_provider", "text": "The rota of last month."}
            return {"location": location, "load_seen": True, **asked}
        case "POST /feedback":
            said = {"kind": "feedback", "category": category, "text": "The food is cold by noon."}
            return {"location": location, "occurred_on": day, **said}
        case "POST /drafts":
            return {"concern": {"location": location, "category": category}}
        case _:
            return None


def _yesterday() -> str:
    return str(date.today() - timedelta(days=1))  # noqa: DTZ011 - a load
