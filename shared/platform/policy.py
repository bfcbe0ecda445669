"""Policy packs: one TOML file per partnership and version, a section per service.

Every value carries the clause that it comes from, so that due dates and refusals can cite
pack, version and clause (WS2). Packs change without a change of code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shared.contracts.words import Refused, refused


@dataclass(frozen=True, slots=True)
class Cited:
    """A value with the place it comes from."""

    value: Any
    clause: str

    @property
    def number(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise TypeError(f"{self.clause} is not a whole number")
        return self.value

    @property
    def text(self) -> str:
        if not isinstance(self.value, str):
            raise TypeError(f"{self.clause} is not a text")
        return self.value

    @property
    def texts(self) -> tuple[str, ...]:
        if not isinstance(self.value, list):
            raise TypeError(f"{self.clause} is not a list of texts")
        return tuple(str(item) for item in self.value)


class Pack:
    """One version of one partnership's policy."""

    def __init__(self, document: dict[str, Any]) -> None:
        head = document["pack"]
        self.partnership: str = head["partnership"]
        self.version: str = head["version"]
        self.effective_from: date = head["effective_from"]
        self.review_on: date | None = head.get("review_on")
        self._sections: dict[str, dict[str, Any]] = {
            name: section for name, section in document.items() if name != "pack"
        }

    @property
    def name(self) -> str:
        """How clauses cite it, like `lancashire@2026-11`."""
        return f"{self.partnership}@{self.version}"

    def has(self, service: str, process: str) -> bool:
        """True where the pack has a section for this process of the service."""
        return process in self._sections.get(service, {})

    def value(self, service: str, process: str, name: str) -> Cited:
        """A value of a process. Raises Refused where the pack has no section for the process."""
        section = self._sections.get(service, {}).get(process)
        if section is None:
            raise self._without(service, process)
        entry = section[name]
        return Cited(entry["value"], f"{self.name} {entry['clause']}")

    def warnings(self, today: date) -> tuple[str, ...]:
        """What is wrong with using the pack today, in words for people (WR2, WR3)."""
        if self.review_on and self.review_on <= today:
            return (f"{self.name}: review overdue since {self.review_on:%B %Y}",)
        return ()

    def _without(self, service: str, process: str) -> Refused:
        return refused(
            "policy.no-section",
            f"The policy of this partnership has no {process.replace('_', ' ')}.",
            "Ask the senior manager to adopt a policy pack that has it.",
            clause=f"{self.name} (no section {service}.{process})",
        )


class Policies:
    """All packs of an installation."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._packs = sorted(packs, key=lambda pack: pack.effective_from)

    @classmethod
    def load(cls, directory: Path) -> Policies:
        """Read every `*.toml` of a directory. Raises where two have one name and version."""
        packs = [
            Pack(tomllib.loads(p.read_text("utf-8"))) for p in sorted(directory.glob("*.toml"))
        ]
        names = [pack.name for pack in packs]
        if not packs or len(set(names)) != len(names):
            raise ValueError(f"{directory} holds no packs, or two of one name and version")
        return cls(packs)

    @property
    def partnerships(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pack.partnership for pack in self._packs))

    def on(self, partnership: str, day: date) -> Pack:
        """The pack in force for a partnership on a day. Raises Refused where there is none."""
        found = [p for p in self._packs if p.partnership == partnership and p.effective_from <= day]
        if not found:
            raise refused(
                "policy.no-pack",
                "No policy pack is in force for this partnership.",
                "Ask the senior manager to activate one.",
                clause="policy packs",
            )
        return found[-1]

    def cite(self, refused: Refused, day: date, *partnerships: str | None) -> Refused:
        """The refusal with pack and version in its clause, for each partnership that has a pack."""
        known = [name for name in self.partnerships if name in partnerships]
        return refused.under(*(self.on(name, day).name for name in known))

    def named(self, name: str) -> Pack:
        """A pack by its name and version; processes keep the one that they opened under (L8c)."""
        return next(pack for pack in self._packs if pack.name == name)

    def warnings(self, today: date) -> tuple[str, ...]:
        """The warnings of all packs."""
        return tuple(warning for pack in self._packs for warning in pack.warnings(today))
