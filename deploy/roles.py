"""The table of who may call which route, read from the routes themselves (docs/roles.md)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role
from shared.platform.security import Requires


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
        "Roles are claims of the token (`roles`): " + ", ".join(f"`{role}`" for role in Role) + ".",
    ]
    for service in SERVICES:
        lines += [
            "",
            f"## {service}",
            "",
            "| route | what it does | who may |",
            "| --- | --- | --- |",
        ]
        lines += [_line(route) for route in routes_of(service)]
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


def _line(route: APIRoute) -> str:
    what = (route.description or route.name).split("\n")[0].replace("|", "\\|")
    method = ", ".join(sorted(route.methods or ()))
    who = ", ".join(sorted(role.value for role in roles_of(route)))
    return f"| `{method} {route.path}` | {what} | {who} |"
