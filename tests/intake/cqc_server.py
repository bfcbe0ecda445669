"""A local server that behaves as CQC's public API does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from deploy.local.ports import free_port
from services.intake.cqc_api.client import KEY_HEADER

KEY, AGENT = "a-key", "a-test/1"
HOME, NEIGHBOUR, GONE = "1-200000001", "1-200000002", "1-200000003"
LOCATION: dict[str, Any] = {
    "locationId": HOME,
    "providerId": "1-100000001",
    "name": "Larchfield Example Care Home",
    "inspectionDirectorate": "Adult social care",
    "localAuthority": "Combined Borough",
    "postalCode": "zz1 1aa",
    "numberOfBeds": 40,
    "registrationStatus": "Registered",
    "gacServiceTypes": [{"name": "Nursing", "description": "Care home service with nursing"}],
    "regulatedActivities": [
        {
            "name": "Accommodation",
            "contacts": [
                {
                    "personFamilyName": "Exampleton",
                    "personGivenName": "Robin",
                    "personRoles": ["Registered Manager"],
                }
            ],
        }
    ],
    "relationships": [
        {
            "relatedLocationId": "1-500000001",
            "relatedLocationName": "Larchfield as it was",
            "type": "HSCA Predecessor",
        }
    ],
    "currentRatings": {
        "overall": {
            "rating": "Inadequate",
            "reportDate": "2026-11-10",
            "keyQuestionRatings": [
                {"name": "Safe", "rating": "Inadequate", "reportDate": "2026-11-10"},
                {"name": "Well-led", "rating": "Requires improvement"},
            ],
        },
        "serviceRatings": [],
    },
    "historicRatings": [
        {"reportDate": "2023-05-16", "overall": {"rating": "Good", "keyQuestionRatings": []}}
    ],
}
PROVIDER = {
    "providerId": "1-100000001",
    "name": "Larchfield Example Care Ltd",
    "brandId": "BD900",
    "brandName": "BRAND Example Meadows",
    "regulatedActivities": [
        {"nominatedIndividual": {"personFamilyName": "Testerby", "personGivenName": "Jo"}}
    ],
}


@dataclass
class Cqc:
    """What the local server holds, and what it was asked."""

    locations: dict[str, dict[str, Any]] = field(default_factory=dict)
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=lambda: {"location": [], "provider": []})
    per_page: int = 2
    key: str = KEY
    busy: list[Response] = field(default_factory=list)
    """Answers to be given first, before any other."""
    asked: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        """The doors of the server."""
        app = FastAPI()

        @app.middleware("http")
        async def at_the_gate(request: Request, go_on: Any) -> Response:
            self.asked.append(request.url.path.removeprefix("/public/v1"))
            if request.headers.get("user-agent") != AGENT:
                return Response(status_code=403)
            if request.headers.get(KEY_HEADER) != self.key:
                return Response(status_code=401)
            if self.busy:
                return self.busy.pop(0)
            answer: Response = await go_on(request)
            return answer

        @app.get("/public/v1/locations")
        def locations(page: int, perPage: int) -> Any:  # noqa: N803 - CQC's own name
            ids = sorted(self.locations)
            return self._page([{"locationId": id_} for id_ in ids], "locations", page)

        @app.get("/public/v1/changes/{kind}")
        def changes(kind: str, page: int, startTimestamp: str, endTimestamp: str) -> Any:  # noqa: N803
            assert startTimestamp.endswith("Z")
            assert startTimestamp < endTimestamp
            return self._page(self.changes[kind], "changes", page)

        @app.get("/public/v1/{kind}/{id_}")
        def one(kind: str, id_: str) -> Any:
            held = {"locations": self.locations, "providers": self.providers}[kind]
            if id_ not in held:  # so it is with an id in lower case, too
                return JSONResponse({"message": "No entity found"}, 404)
            return held[id_]

        return app

    def _page(self, rows: list[Any], name: str, page: int) -> dict[str, Any]:
        first = (page - 1) * self.per_page
        pages = -(-len(rows) // self.per_page)
        shown = rows[first : first + self.per_page]
        return {name: shown, "page": page, "totalPages": pages, "total": len(rows)}


@asynccontextmanager
async def serving(cqc: Cqc) -> AsyncIterator[str]:
    """Its address."""
    port = free_port()
    config = uvicorn.Config(cqc.app(), host="127.0.0.1", port=port, log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}/public/v1"
    server.should_exit = True
    await task
