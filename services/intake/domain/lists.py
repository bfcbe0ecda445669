"""What somebody asks of a list of concerns: filter, order, words to search for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.intake.domain.concerns import ConcernState
from shared.contracts.words import refused


class Order(StrEnum):
    """The order of a list; what it goes by never changes, so that pages stay right."""

    OLDEST = "received_at"
    NEWEST = "-received_at"
    OCCURRED = "occurred_on"
    LAST_OCCURRED = "-occurred_on"
    CATEGORY = "category"
    REFERENCE = "reference"

    @property
    def column(self) -> str:
        return self.value.lstrip("-")

    @property
    def descending(self) -> bool:
        return self.value.startswith("-")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter of a list of concerns; None does not filter."""

    state: ConcernState | None = None
    category: str | None = None
    location_id: UUID | None = None
    received_from: date | None = None
    received_to: date | None = None
    """London dates, both included."""
    words: str | None = None
    order: Order = Order.OLDEST

    def told(self) -> Mapping[str, object]:
        """What a cursor belongs to."""
        return asdict(self)


def check_reason(*, named: bool, why: str | None, clause: str) -> None:
    """What is for named readers is read for a reason, on record. Raises Refused."""
    if named and not (why or "").strip():
        raise refused(
            "read.reason",
            "This is held for named readers: say why you read it.",
            "Send the reason in the header Read-Reason, or as the query parameter why.",
            clause=clause,
            field="why",
        )
