"""The partner agencies of an installation, as its own file names them (`deploy/agencies`)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shared.contracts.words import AgencyFunction, HeldFunction

_ID = re.compile(r"^[a-z][a-z0-9-]{1,40}$")
_REQUIRED = {"id", "name", "partnership", "functions"}
_OPTIONAL = {"agreement_version", "successor_of"}


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation with an inbound topic and a feed of its own."""

    id: str
    name: str
    partnership: str
    functions: tuple[HeldFunction, ...]
    agreement_version: str | None = None
    """The version of the information sharing agreement that it signed (L1.1)."""
    successor_of: str | None = None

    def functions_on(self, day: date) -> frozenset[AgencyFunction]:
        """The functions that it holds on a day."""
        return frozenset(held.function for held in self.functions if held.held_on(day))

    @property
    def open_functions(self) -> frozenset[AgencyFunction]:
        """The functions whose end nobody has set: what its documents are written for."""
        return frozenset(held.function for held in self.functions if held.held_to is None)


def load(path: Path) -> tuple[Agency, ...]:
    """The agencies of a file. Raises ValueError naming the agency and the rule that it breaks."""
    return agencies_of(tomllib.loads(path.read_text("utf-8")))


def agencies_of(document: Mapping[str, Any]) -> tuple[Agency, ...]:
    """The agencies of a parsed file, in its order. Raises ValueError as `load` does."""
    agencies = tuple(_agency(entry) for entry in document.get("agency", ()))
    if not agencies:
        raise ValueError("the file names no agency")
    counted = Counter(agency.id for agency in agencies)
    twice = [id_ for id_, count in counted.items() if count > 1]
    if twice:
        raise ValueError(f"agencies named twice: {', '.join(twice)}")
    return agencies


def _agency(entry: Mapping[str, Any]) -> Agency:
    id_ = str(entry.get("id", ""))
    if not _ID.match(id_):
        raise ValueError("an agency's id is lower-case letters, digits and hyphens")
    _check_keys(f"agency {id_}", entry, _REQUIRED, _OPTIONAL)
    return Agency(
        id=id_,
        name=entry["name"],
        partnership=entry["partnership"],
        functions=tuple(_held(id_, held) for held in entry["functions"]),
        agreement_version=entry.get("agreement_version"),
        successor_of=entry.get("successor_of"),
    )


def _held(agency: str, entry: Mapping[str, Any]) -> HeldFunction:
    _check_keys(f"a function of {agency}", entry, {"function", "held_from"}, {"held_to"})
    held = HeldFunction(AgencyFunction(entry["function"]), entry["held_from"], entry.get("held_to"))
    if held.held_to is not None and held.held_to < held.held_from:
        raise ValueError(f"agency {agency}: {held.function} ends before it begins")
    return held


def _check_keys(
    what: str, entry: Mapping[str, Any], required: set[str], optional: set[str]
) -> None:
    missing = sorted(required - set(entry))
    unknown = sorted(set(entry) - required - optional)
    if missing or unknown:
        raise ValueError(f"{what}: missing {missing}, unknown {unknown}")
