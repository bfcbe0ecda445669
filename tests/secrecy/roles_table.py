"""docs/roles.md as somebody reads it: who may call which route, and what becomes of others'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from deploy.roles import Others
from shared.contracts.words import Role

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "roles.md"
_ROW = re.compile(r"^\| `([A-Z]+ \S+)` \| .* \| ([a-z_, ]+) \| (.+) \|$")


@dataclass(frozen=True)
class Row:
    """One route of the table."""

    route: str
    """Service, method and path."""
    roles: frozenset[Role]
    others: Others


@dataclass(frozen=True)
class RolesTable:
    """What the document says."""

    rows: dict[str, Row]
    desk: frozenset[Role]
    """For whom a case is there by their role."""


def read_table(text: str | None = None) -> RolesTable:
    """The document. Raises ValueError or KeyError where it says something that is not known."""
    rows: dict[str, Row] = {}
    service = ""
    text = text or DOCUMENT.read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("## "):
            service = line.removeprefix("## ")
        elif found := _ROW.match(line):
            route = f"{service} {found[1]}"
            roles = frozenset(map(Role, found[2].split(", ")))
            rows[route] = Row(route, roles, Others(found[3]))
    desk = text.partition("It is there for ")[2].partition(";")[0]
    return RolesTable(rows, frozenset(map(Role, re.findall(r"`([a-z_]+)`", desk))))
