"""The HTTP doors under a mixed load of reads and writes, while the pipeline works.

Requests go out by the clock, from a process of their own; a request's time counts from the moment
at which it was due, so that one that had to wait for those before it is not made to look quick.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import httpx

from benchmarks.load import CATEGORIES, concern
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
QUEUE, ONE = "GET /concerns", "GET /concerns/{id}"
MIX = {
    TELL: 0.25,
    TRIAGE: 0.10,
    QUEUE: 0.15,
    ONE: 0.20,
    "GET /locations": 0.10,
    "GET /triggers": 0.05,
    "GET /locations/{id}/picture": 0.05,
    "GET /considerations": 0.05,
    "GET /messages": 0.05,
}
"""The share of each kind of request."""
WRITES = MIX[TELL] + MIX[TRIAGE]
NO_ANSWER = 0
"""In place of a status; it counts as a failure."""
_PERSONAS = ("portal", "practitioner", "intelligence-chair", "operations")
_WAITING = "SELECT id FROM intake.concern WHERE state = 'received' ORDER BY id DESC LIMIT $1"
_PLACES = """
SELECT l.reference, l.id FROM intake.location l
WHERE EXISTS (SELECT FROM intake.contact c
              WHERE c.location_id = l.id AND c.role = 'registered_manager') LIMIT 500
"""


@dataclass(frozen=True)
class Plan:
    """What the process that asks is told."""

    urls: dict[str, str]
    tokens: dict[str, str]
    concerns: list[str]
    places: list[tuple[str, str]]
    """References and ids of places whose manager is written to."""
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


def mixed(bench: Bench, rate: float, seconds: float) -> dict[str, Any]:
    """Times of requests at a steady rate, with as many units a second through the pipeline."""
    load, requests = bench.load(int(rate * seconds)), int(rate * seconds)
    begun = time.time()
    concerns = [str(row["id"]) for row in bench.sql.rows(_WAITING, requests)]
    plan = Plan(
        urls={name: service.url for name, service in bench.stack.services.items()},
        tokens={name: fetch_token(bench.stack.issuer, name) for name in _PERSONAS},
        concerns=concerns,
        places=[(row["reference"], str(row["id"])) for row in bench.sql.rows(_PLACES)],
        rate=rate,
        seconds=seconds,
    )
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        asking = pool.submit(_ask_all, plan)
        publish_steadily(load, rate, requests)
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
        "share_of_writes": WRITES,
        "requests": len(asked),
        "failed": len(failed),
        "failures": Counter(f"{a.kind}: {a.status or 'no answer'}" for a in failed),
        "all": quantiles([a.seconds for a in asked]),
        "by_kind": {kind: quantiles(times) for kind, times in kinds.items()},
        "told_to_acknowledgement_mail": quantiles(mails),
    }


def _ask_all(plan: Plan) -> list[Asked]:
    return asyncio.run(_ask(plan))


async def _ask(plan: Plan) -> list[Asked]:
    draw = Random(7)  # noqa: S311 - a load, not a secret
    # Connections go before the server lets go of them, which would look like a failure of its own.
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=2.0)
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as client:
        await asyncio.gather(*(client.get(f"{url}/health/ready") for url in plan.urls.values()))
        kinds = draw.choices([*MIX], [*MIX.values()], k=int(plan.rate * plan.seconds))
        begin, tasks = time.time(), []
        for n, kind in enumerate(kinds):
            due = begin + n / plan.rate
            await asyncio.sleep(max(0.0, due - time.time()))
            request = _request(plan, client, kind, n, draw)
            tasks.append(asyncio.create_task(_one(client, request, kind, due)))
        return await asyncio.gather(*tasks)


async def _one(client: httpx.AsyncClient, request: httpx.Request, kind: str, due: float) -> Asked:
    try:
        answer = await client.send(request)
    except httpx.TransportError:
        return Asked(kind, due, time.time() - due, NO_ANSWER, "")
    found = REFERENCE.search(answer.text) if kind == TELL else None
    return Asked(kind, due, time.time() - due, answer.status_code, found[0] if found else "")


def _request(
    plan: Plan, client: httpx.AsyncClient, kind: str, number: int, draw: Random
) -> httpx.Request:
    place, place_id = draw.choice(plan.places)
    method, path = kind.split(" ")
    service, persona, body = "intake", "practitioner", None
    match kind:
        case "POST /concerns":
            persona = "portal"
            day = str(date.today() - timedelta(days=1))  # noqa: DTZ011 - a load
            reference = f"H-{time.time_ns():x}-{number}"
            body = {"location": place, **concern(reference, day, draw.choice(CATEGORIES))}
        case "POST /concerns/{id}/triage":
            path = f"/concerns/{plan.concerns[number % len(plan.concerns)]}/triage"
            body = form(above=number % 3 == 0)
        case "GET /concerns/{id}":
            path = f"/concerns/{draw.choice(plan.concerns)}"
        case "GET /triggers":
            service = "assessment"
        case "GET /locations/{id}/picture":
            service, path = "assessment", f"/locations/{place_id}/picture"
        case "GET /considerations":
            service, persona = "meetings", "intelligence-chair"
        case "GET /messages":
            service, persona = "notifications", "operations"
    headers = {"Authorization": f"Bearer {plan.tokens[persona]}", "Read-Reason": "triage"}
    return client.build_request(method, plan.urls[service] + path, json=body, headers=headers)
