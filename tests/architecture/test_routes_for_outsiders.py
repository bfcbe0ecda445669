"""Which doors stand open to people from outside the council: each by its name, and no other.

A route that lets them in is a decision, and is made here as well as at the route.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from fastapi.routing import APIRoute

from deploy.roles import roles_of
from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role

PROVIDERS = frozenset({Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL})
OUTSIDE = PROVIDERS | {Role.PORTAL, Role.AGENCY_LIAISON}
OPEN_TO = {
    "intake POST /concerns": PROVIDERS | {Role.PORTAL},
    "intake GET /concerns/status/{reference}": OUTSIDE,
    "intake POST /concerns/status/{reference}/entries": OUTSIDE,
    "intake POST /drafts": PROVIDERS | {Role.PORTAL},
    "intake GET /drafts": PROVIDERS | {Role.PORTAL},
    "intake GET /drafts/{draft_id}": PROVIDERS | {Role.PORTAL},
    "intake PUT /drafts/{draft_id}": PROVIDERS | {Role.PORTAL},
    "intake POST /drafts/{draft_id}/submission": PROVIDERS | {Role.PORTAL},
    "intake POST /feedback": PROVIDERS | {Role.PORTAL},
    "intake POST /requests": OUTSIDE,
    "intake GET /requests/{reference}": OUTSIDE,
    "intake GET /requests": frozenset({Role.AGENCY_LIAISON}),
    "intake PUT /concerns/status/{reference}/files/{file_id}": OUTSIDE,
    "intake GET /providers/{provider_id}/timeline": PROVIDERS,
    "intake GET /submissions/templates/{kind}.csv": frozenset({Role.AGENCY_LIAISON}),
    "intake GET /submissions/templates/{kind}.xlsx": frozenset({Role.AGENCY_LIAISON}),
    "intake POST /submissions/{kind}": frozenset({Role.AGENCY_LIAISON}),
    "intake GET /confidentiality": PROVIDERS | {Role.AGENCY_LIAISON},
    "intake POST /confidentiality/acceptances": PROVIDERS | {Role.AGENCY_LIAISON},
    "meetings GET /qips": OUTSIDE,
    "meetings GET /qips/{qip_id}": OUTSIDE,
    "meetings POST /meetings/{meeting_id}/plan": PROVIDERS | {Role.AGENCY_LIAISON},
    "notifications GET /agencies/{agency_id}/feed": frozenset({Role.AGENCY_LIAISON}),
}


def routes() -> Iterator[tuple[str, APIRoute]]:
    """Every route of every service by its name."""
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.main")
        for router in module.SERVICE.routers:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                [method] = route.methods or {"GET"}
                yield f"{service} {method} {route.path}", route


def test_every_route_asks_for_a_role() -> None:
    assert [name for name, route in routes() if not roles_of(route)] == []


def test_people_from_outside_come_through_the_doors_named_here_and_no_other() -> None:
    open_to = {name: OUTSIDE & set(roles_of(route)) for name, route in routes()}
    assert {name: roles for name, roles in open_to.items() if roles} == OPEN_TO


def test_what_waits_to_be_sent_is_for_who_runs_the_service() -> None:
    watched = {name: roles_of(route) for name, route in routes() if name.endswith(" /messages")}
    assert watched == {"notifications GET /messages": {Role.OPERATIONS, Role.TEAM_MANAGER}}
