"""How the events of a QIP are handled: as the decision said, and known to the persons named."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.meetings.tables import QipRow
from shared.contracts.words import Handling


def held_by(qip: QipRow, *people: Iterable[UUID]) -> Handling:
    """The QIP's handling; the people are added to those who may know what is for named ones."""
    found = Handling.of(qip.label, qip.holders)
    refs = (f"person:{ref}" for group in people for ref in group)
    return Handling(found.label, tuple(dict.fromkeys((*found.holders, *refs))))
