"""The table of who may call which route, read from the routes themselves (docs/roles.md)."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from enum import StrEnum

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from services.meetings.domain.readers import DESK, NAMED_DESK, PROVIDER_PEOPLE
from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role
from shared.platform.security import Requires


class Others(StrEnum):
    """What somebody with the right role is answered of what is not theirs."""

    PARTNERSHIP = "another partnership's: 404"
    PARTNERSHIP_LEFT_OUT = "another partnership's: left out"
    PLACE = "another partnership's, or for a provider's people another provider's: 422 as unknown"
    PROVIDER = "another partnership's, or for a provider's people another provider's: 404"
    AGENCY = "another agency's: 404"
    OWNER = "everybody else's: 404"
    OWNER_LEFT_OUT = "everybody else's: left out"
    TELLER = "another partnership's, or told by somebody else: 404"
    ASKER = "another partnership's: 422 as unknown; a liaison of an agency that is not there: 404"
    DESK = "another partnership's, or for who is not of the council what others asked: 404"
    LOAD = "another partnership's, or for a liaison of an agency that is not there: 404"
    CASE = "another partnership's, or a case that is not there for them: 404"
    CASE_LEFT_OUT = "another partnership's, or a case that is not there for them: left out"
    PLAN = "as before; and the plan is the provider's own, so for all but its people: 409"
    NONE = "no object of anybody's"


OTHERS = {
    "intake POST /concerns": Others.PLACE,
    "intake GET /concerns": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /concerns/{concern_id}": Others.PARTNERSHIP,
    "intake GET /concerns.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /triage": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /triage.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake POST /concerns/{concern_id}/claim": Others.PARTNERSHIP,
    "intake POST /concerns/{concern_id}/release": Others.PARTNERSHIP,
    "intake GET /providers/{provider_id}/timeline": Others.PROVIDER,
    "intake GET /holds": Others.PARTNERSHIP_LEFT_OUT,
    "intake POST /holds": Others.PARTNERSHIP,
    "intake POST /holds/{hold_id}/lift": Others.PARTNERSHIP,
    "intake GET /retention/runs": Others.PARTNERSHIP_LEFT_OUT,
    "intake POST /retention/runs": Others.PARTNERSHIP,
    "intake POST /retention/runs/{run_id}/approval": Others.PARTNERSHIP,
    "intake GET /concerns/status/{reference}": Others.TELLER,
    "intake POST /concerns/status/{reference}/entries": Others.TELLER,
    "intake POST /concerns/{concern_id}/answer": Others.PARTNERSHIP,
    "intake POST /concerns/{concern_id}/corrections/{entry_id}": Others.PARTNERSHIP,
    "intake GET /concerns/{concern_id}/duplicates": Others.PARTNERSHIP,
    "intake POST /concerns/{concern_id}/duplicates": Others.PARTNERSHIP,
    "intake POST /drafts": Others.NONE,
    "intake GET /drafts": Others.OWNER_LEFT_OUT,
    "intake GET /drafts/{draft_id}": Others.OWNER,
    "intake PUT /drafts/{draft_id}": Others.OWNER,
    "intake POST /drafts/{draft_id}/submission": Others.OWNER,
    "intake POST /feedback": Others.PLACE,
    "intake GET /feedback": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /feedback.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake POST /requests": Others.ASKER,
    "intake GET /requests": Others.LOAD,
    "intake GET /requests/statutory": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /requests/statutory.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /requests/refusals": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /requests/{reference}": Others.DESK,
    "intake GET /requests/refused": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /requests.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /quality-returns/overdue": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /signals": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /signals.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /signals/{signal_id}": Others.PARTNERSHIP,
    "intake POST /requests/{reference}/override": Others.PARTNERSHIP,
    "intake POST /requests/{reference}/closing": Others.PARTNERSHIP,
    "intake POST /requests/statutory/{reference}/closing": Others.PARTNERSHIP,
    "intake POST /providers/{provider_id}/variations": Others.PARTNERSHIP,
    "intake GET /providers/{provider_id}/variations": Others.PARTNERSHIP,
    "intake POST /concerns/{concern_id}/triage": Others.PARTNERSHIP,
    "intake GET /handovers": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /handovers.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake POST /handovers/{concern_id}/acknowledgement": Others.PARTNERSHIP,
    "intake GET /locations": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /locations/{location_id}": Others.PARTNERSHIP,
    "intake POST /locations": Others.PARTNERSHIP,
    "intake PATCH /locations/{location_id}": Others.PARTNERSHIP,
    "intake GET /locations/{location_id}/history": Others.PARTNERSHIP,
    "intake GET /locations/{location_id}/ratings": Others.PARTNERSHIP,
    "intake GET /providers": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /providers/{provider_id}": Others.PARTNERSHIP,
    "intake PATCH /providers/{provider_id}": Others.PARTNERSHIP,
    "intake POST /providers/{provider_id}/predecessors": Others.PARTNERSHIP,
    "intake POST /providers/{provider_id}/predecessors/withdrawal": Others.PARTNERSHIP,
    "intake GET /providers/{provider_id}/history": Others.PARTNERSHIP,
    "intake GET /ratings/position": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /ratings/position.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /register/imports": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /agencies": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /agencies/{agency_id}": Others.PARTNERSHIP,
    "intake POST /agencies/{agency_id}/agreements": Others.PARTNERSHIP,
    "intake PUT /agencies/{agency_id}/agreement-end": Others.PARTNERSHIP,
    "intake POST /agencies/{agency_id}/succession": Others.PARTNERSHIP,
    "intake GET /contacts": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /quarantine": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /quarantine.csv": Others.PARTNERSHIP_LEFT_OUT,
    "intake GET /quarantine/{item_id}": Others.PARTNERSHIP,
    "intake POST /quarantine/{item_id}/release": Others.PARTNERSHIP,
    "intake POST /quarantine/{item_id}/redaction": Others.PARTNERSHIP,
    "intake POST /quarantine/{item_id}/rejection": Others.PARTNERSHIP,
    "intake PUT /concerns/{concern_id}/files/{file_id}": Others.PARTNERSHIP,
    "intake PUT /concerns/status/{reference}/files/{file_id}": Others.TELLER,
    "intake GET /concerns/{concern_id}/files": Others.PARTNERSHIP,
    "intake GET /concerns/{concern_id}/files/{file_id}": Others.PARTNERSHIP,
    "intake GET /confidentiality": Others.PARTNERSHIP_LEFT_OUT,
    "intake POST /confidentiality/acceptances": Others.PARTNERSHIP,
    "intake PUT /agencies/{agency_id}/suspension": Others.PARTNERSHIP,
    "intake GET /submissions/templates/{kind}.csv": Others.NONE,
    "intake GET /submissions/templates/{kind}.xlsx": Others.NONE,
    "intake POST /submissions/{kind}": Others.LOAD,
    "assessment GET /locations/{location_id}/picture": Others.PARTNERSHIP,
    "assessment POST /locations/{location_id}/wider-concern": Others.PARTNERSHIP,
    "assessment GET /triggers": Others.PARTNERSHIP_LEFT_OUT,
    "assessment POST /triggers/{crossing_id}/confirmation": Others.PARTNERSHIP,
    "assessment POST /triggers/{crossing_id}/rejection": Others.PARTNERSHIP,
    "meetings GET /considerations": Others.PARTNERSHIP_LEFT_OUT,
    "meetings GET /considerations/{consideration_id}": Others.PARTNERSHIP,
    "meetings POST /considerations/{consideration_id}/decision": Others.PARTNERSHIP,
    "meetings GET /qips": Others.CASE_LEFT_OUT,
    "meetings GET /qips/{qip_id}": Others.CASE,
    "meetings POST /qips/{qip_id}/chair": Others.PARTNERSHIP,
    "meetings POST /qips/{qip_id}/provider-contact": Others.PARTNERSHIP,
    "meetings POST /qips/{qip_id}/meetings": Others.PARTNERSHIP,
    "meetings PUT /qips/{qip_id}/meetings/{meeting_id}": Others.PARTNERSHIP,
    "meetings POST /meetings/{meeting_id}/plan": Others.PLAN,
    "notifications GET /messages": Others.PARTNERSHIP_LEFT_OUT,
    "notifications GET /ledger": Others.PARTNERSHIP_LEFT_OUT,
    "notifications GET /ledger/check": Others.NONE,
    "notifications GET /agencies/{agency_id}/feed": Others.AGENCY,
}
"""Every route says here what becomes of others' objects; one that does not cannot be written."""


def table_of_roles() -> str:
    """Every route of every service with the roles that may call it."""
    lines = [
        "# Roles and routes",
        "",
        "Made by `python -m deploy.contracts write` from the routes; do not edit. Everybody else",
        "gets 403, or 404 where existence itself is confidential. What a role may call it may call",
        "for the partnerships of its token only, a provider's people for their own provider, a",
        "liaison for its own agency.",
        "",
        "Roles are claims of the token (`roles`): " + _named(Role) + ".",
        "",
        "That a case (a QIP) exists is confidential. It is there for " + _named(DESK) + "; for the",
        "`agency_liaison` of an agency that is seated in it, whose agreement stands and who is not",
        "suspended; and for " + _named(PROVIDER_PEOPLE) + " of its provider once",
        "the chair has contacted the provider, unless their office is implicated. Of the first, a",
        "restricted case is there for " + _named(NAMED_DESK) + " only.",
    ]
    for service in SERVICES:
        lines += [
            "",
            f"## {service}",
            "",
            "| route | what it does | who may | what is others' |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_line(service, route) for route in routes_of(service)]
    return "\n".join(lines) + "\n"


def routes_of(service: str) -> Iterator[APIRoute]:
    """The routes of a service that ask for a role."""
    module = importlib.import_module(f"services.{service}.main")
    for router in module.SERVICE.routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def roles_of(route: APIRoute) -> frozenset[Role]:
    """The roles that may call a route."""
    guards = list(_guards(route.dependant))
    return frozenset.intersection(*(guard.roles for guard in guards)) if guards else frozenset()


def _guards(dependant: Dependant) -> Iterator[Requires]:
    if isinstance(dependant.call, Requires):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _guards(inner)


def name_of(service: str, route: APIRoute) -> str:
    """A route by service, method and path."""
    return f"{service} {', '.join(sorted(route.methods or ()))} {route.path}"


def _named(roles: Iterable[Role]) -> str:
    chosen = set(roles)
    return ", ".join(f"`{role}`" for role in Role if role in chosen)


def _line(service: str, route: APIRoute) -> str:
    what = (route.description or route.name).split("\n")[0].replace("|", "\\|")
    name = name_of(service, route)
    who = ", ".join(sorted(role.value for role in roles_of(route)))
    return f"| `{name.partition(' ')[2]}` | {what} | {who} | {OTHERS[name]} |"
