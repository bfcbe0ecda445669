"""What somebody asks of a list: filter, order, words to search for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.intake.domain.concerns import ConcernState
from shared.contracts.words import refused


class Sorting(StrEnum):
    """The order of a list; what it goes by never changes, so that pages stay right."""

    @property
    def column(self) -> str:
        return self.value.lstrip("-")

    @property
    def descending(self) -> bool:
        return self.value.startswith("-")


class Order(Sorting):
    """The orders of concerns."""

    OLDEST = "received_at"
    NEWEST = "-received_at"
    OCCURRED = "occurred_on"
    LAST_OCCURRED = "-occurred_on"
    CATEGORY = "category"
    REFERENCE = "reference"


class ToldOrder(Sorting):
    """The orders of signals, and of feedback and compliments."""

    NEWEST = "-received_at"
    OLDEST = "received_at"
    LAST_OCCURRED = "-occurred_on"
    OCCURRED = "occurred_on"
    REFERENCE = "reference"


class RequestOrder(Sorting):
    """The orders of requests of every state: what is refused has no due date yet."""

    NEWEST = "-received_at"
    OLDEST = "received_at"
    TYPE = "type"
    REFERENCE = "reference"


class DueOrder(Sorting):
    """The orders of requests that have to be answered by a day."""

    FIRST_DUE = "due_on"
    LAST_DUE = "-due_on"
    OLDEST = "received_at"
    NEWEST = "-received_at"
    TYPE = "type"
    REFERENCE = "reference"


class HandoverOrder(Sorting):
    """The orders of what was handed to safeguarding."""

    OLDEST = "handed_over_at"
    NEWEST = "-handed_over_at"


class QuarantineOrder(Sorting):
    """The orders of the quarantine; by need, an emergency without an owner is first."""

    NEED = "-need"
    NEWEST = "-received_at"
    OLDEST = "received_at"


class DraftOrder(Sorting):
    """The orders of drafts: when they were begun, which saving one again does not change."""

    LAST_BEGUN = "-begun"
    FIRST_BEGUN = "begun"


class PlaceOrder(Sorting):
    """The orders of locations and providers."""

    REFERENCE = "reference"
    NAME = "name"
    LAST_REFERENCE = "-reference"
    LAST_NAME = "-name"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of a list; what is None does not filter."""

    def told(self) -> Mapping[str, object]:
        """What a cursor belongs to."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class InDays(Asked):
    """Of a list of what came in some days: London dates, both included."""

    received_from: date | None = None
    received_to: date | None = None


@dataclass(frozen=True, slots=True)
class SignalsWanted(InDays):
    """The filter of a list of signals."""

    kind: str | None = None
    location_id: UUID | None = None
    agency_id: str | None = None
    words: str | None = None
    """Part of the location's name, or the beginning of our reference."""
    order: ToldOrder = ToldOrder.NEWEST


@dataclass(frozen=True, slots=True)
class FeedbackWanted(InDays):
    """The filter of a list of feedback and compliments."""

    kind: str | None = None
    category: str | None = None
    location_id: UUID | None = None
    words: str | None = None
    order: ToldOrder = ToldOrder.NEWEST


@dataclass(frozen=True, slots=True)
class PlacesWanted(Asked):
    """The filter of a list of locations or providers."""

    words: str | None = None
    """Part of the name, or the beginning of the reference."""
    category: str | None = None
    local_authority: str | None = None
    active: bool | None = None
    commissioned: bool | None = None
    cqc_registered: bool | None = None
    brand: str | None = None
    order: PlaceOrder = PlaceOrder.REFERENCE


@dataclass(frozen=True, slots=True)
class RequestsWanted(InDays):
    """The filter of a list of requests, refused or not."""

    state: str | None = None
    type: str | None = None
    rule: str | None = None
    location_id: UUID | None = None
    agency_id: str | None = None
    words: str | None = None
    order: RequestOrder = RequestOrder.NEWEST


@dataclass(frozen=True, slots=True)
class DueWanted(Asked):
    """The filter of a list of requests that have to be answered."""

    location_id: UUID | None = None
    type: str | None = None
    agency_id: str | None = None
    order: DueOrder = DueOrder.FIRST_DUE


@dataclass(frozen=True, slots=True)
class QueueWanted(InDays):
    """The filter of the triage queue."""

    in_hand: Literal["any", "mine", "nobody"] = "any"
    overdue: bool = False
    category: str | None = None
    location_id: UUID | None = None
    words: str | None = None
    """Part of the location's name, or the beginning of our reference."""
    order: Order = Order.OLDEST


@dataclass(frozen=True, slots=True)
class HandoversWanted(InDays):
    """The filter of a list of handovers, by the days of the handing over."""

    state: Literal["open", "acknowledged", "any"] = "open"
    emergency: bool | None = None
    location_id: UUID | None = None
    words: str | None = None
    """Part of the location's name, or the beginning of our reference."""
    order: HandoverOrder = HandoverOrder.OLDEST


@dataclass(frozen=True, slots=True)
class QuarantineWanted(InDays):
    """The filter of a list of what lies in quarantine."""

    state: str = "open"
    agency_id: str | None = None
    rule: str | None = None
    order: QuarantineOrder = QuarantineOrder.NEED


@dataclass(frozen=True, slots=True)
class DraftsWanted(Asked):
    """The filter of a list of somebody's own drafts."""

    words: str | None = None
    order: DraftOrder = DraftOrder.LAST_BEGUN


@dataclass(frozen=True, slots=True)
class Wanted(InDays):
    """The filter of a list of concerns."""

    state: ConcernState | None = None
    category: str | None = None
    location_id: UUID | None = None
    words: str | None = None
    order: Order = Order.OLDEST


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
