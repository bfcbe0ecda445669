"""What the intelligence meeting needs to decide on a QIP (L0, L1.3g)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.meetings.domain.agencies import Seat
from services.meetings.domain.values import cannot_be
from shared.contracts.words import Handling, Label, Refused, ServiceCategory, refused


class Decision(StrEnum):
    """The two ways in which a consideration ends."""

    OPEN = "open"
    DECLINE = "decline"


class ConsiderationState(StrEnum):
    """Where a consideration stands."""

    OPEN = "open"
    QIP_OPENED = "qip_opened"
    DECLINED = "declined"


class HandlingWish(StrEnum):
    """Who the meeting decides may know of the QIP: the case's agencies, or named ones only."""

    AGENCIES = "agencies"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision as the meeting's chair records it."""

    decision: Decision
    decided_on: date
    benefit_statement: str = ""
    reason: str = ""
    variation_reason: str = ""
    handling: HandlingWish | None = None


def check_decision(proposal: Proposal, *, considered_on: date, today: date) -> None:
    """Benefit for an opening, reason for a decline, a date that can be (L1.3g). Raises Refused."""
    if proposal.decision is Decision.OPEN and not proposal.benefit_statement:
        raise refused(
            "L1.3g",
            "A QIP is opened for the benefit that it will bring, and none is stated.",
            "Say how it will help the provider to improve, and so keep people safe.",
            field="benefit_statement",
        )
    if proposal.decision is Decision.DECLINE and not proposal.reason:
        raise refused(
            "L1.3g",
            "A QIP is declined with a reason, and none is given.",
            "Say why a QIP would not help now.",
            field="reason",
        )
    if not considered_on <= proposal.decided_on <= today:
        raise cannot_be(
            "decided_on",
            "The decision lies in the future, or before the provider was up for consideration.",
            "Give the date of the meeting, as it was in London.",
        )


def check_undecided(state: str) -> None:
    """A consideration is decided once. Raises Refused."""
    if state != ConsiderationState.OPEN:
        raise refused(
            "meetings.already-decided",
            "This consideration has been decided.",
            "Read the decision; a new trigger puts the provider up again.",
            clause="docs/refusals.md",
        )


def unknown_location() -> Refused:
    """The register has yet to tell of the location that a decision is about."""
    return refused(
        "meetings.location-unknown",
        "The register has not told of this location yet.",
        "Try again in a moment; if it stays so, ask those who keep the register.",
        clause="docs/refusals.md",
    )


def check_service(
    category: ServiceCategory,
    *,
    cqc_registered: bool,
    allowed: Collection[str],
    variation_reason: str,
    clause: str,
) -> None:
    """A QIP is for registered services of the pack's kinds, unless varied (L0). Raises Refused.

    Adult mental health providers are always in (L3d).
    """
    in_scope = category in allowed or category is ServiceCategory.ADULT_MENTAL_HEALTH
    if (cqc_registered and in_scope) or variation_reason:
        return
    raise refused(
        "L0",
        "A QIP is for registered nursing, residential, domiciliary and adult mental health care.",
        "The intelligence meeting can vary this with a reason.",
        clause=clause,
        field="variation_reason",
    )


def handling_of_qip(found: Handling, wish: HandlingWish | None, *, reason: str) -> Handling:
    """How strictly the QIP is held before its members are known (L1.2c). Raises Refused.

    What restricts the triggers restricts the QIP, unless the meeting decides otherwise in so many
    words. Whatever is not restricted is released by the decision, an act of its own.
    """
    restricted = found.label is not None and found.label.strictness >= Label.NAMED.strictness
    if wish is HandlingWish.AGENCIES and restricted and not reason:
        raise refused(
            "L1.2c",
            "The triggers are for named holders only; widening that needs a reason.",
            "Give the reason, or leave the handling as it is.",
            field="reason",
        )
    if wish is HandlingWish.NAMED or (wish is None and restricted):
        return Handling(Label.NAMED, found.holders if restricted else ())
    return Handling()


def with_members(handling: Handling, seats: Collection[Seat]) -> Handling:
    """In a restricted QIP the members that the meeting seats are among those who may know."""
    if handling.label is None:
        return handling
    seated = {f"agency:{seat.agency_id}" for seat in seats}
    return Handling(handling.label, tuple(sorted(seated | set(handling.holders))))
