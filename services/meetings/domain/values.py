"""Values that cannot be right, whatever the policy says."""

from __future__ import annotations

from shared.contracts.words import Refused, refused


def cannot_be(field: str, sentence: str, instead: str) -> Refused:
    """A field whose value fits its form and still cannot be."""
    return refused("door.field", sentence, instead, clause="docs/refusals.md", field=field)
