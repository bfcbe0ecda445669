"""What became of the messages about a contact, a chair or a meeting, taken together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.contracts.words import DeliveryState


class Needed(StrEnum):
    """Why something is on the chair's list."""

    MESSAGE_FAILED = "message_failed"
    MESSAGE_WITHHELD = "message_withheld"
    NOBODY_TO_INVITE = "nobody_to_invite"
    PLAN_OVERDUE = "plan_overdue"


@dataclass(frozen=True, slots=True)
class Attention:
    """An item on the chair's list: what it is about, and which rule withheld a message."""

    about: str
    about_id: UUID
    needed: Needed
    rule: str | None = None


def delivery_of(states: Iterable[DeliveryState]) -> DeliveryState:
    """The state of several messages taken together: what went wrong outweighs what went well."""
    found = set(states)
    for state in (DeliveryState.FAILED, DeliveryState.WITHHELD, DeliveryState.SENT):
        if state in found:
            return state
    return DeliveryState.QUEUED


def attention_to(
    about: str, about_id: UUID, state: DeliveryState, rule: str | None
) -> Attention | None:
    """What the chair has to see to after a delivery: a message that did not arrive, or nothing."""
    if state is DeliveryState.FAILED:
        return Attention(about, about_id, Needed.MESSAGE_FAILED, rule)
    if state is DeliveryState.WITHHELD:
        return Attention(about, about_id, Needed.MESSAGE_WITHHELD, rule)
    return None
