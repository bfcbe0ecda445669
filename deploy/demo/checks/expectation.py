"""Something that has to have happened, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expectation:
    """Something that has to have happened."""

    name: str
    met: bool
    found: str = ""
    """What there was instead; ids and counts only."""
    requirements: tuple[str, ...] = ()
    """The rows of the register that it shows."""
