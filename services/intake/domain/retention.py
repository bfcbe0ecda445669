"""How long a class of record is kept, and what keeps a record longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.contracts.words import refused


class RecordClass(StrEnum):
    """Records that are kept for a time of the policy's."""

    CONCERN = "concern"
    SIGNAL = "signal"
    FEEDBACK = "feedback"
    REQUEST = "request"
    DRAFT = "draft"


class HoldKind(StrEnum):
    """What a legal hold can stand on."""

    CONCERN = "concern"
    SIGNAL = "signal"
    FEEDBACK = "feedback"
    REQUEST = "request"
    QUARANTINE = "quarantine"
    LOCATION = "location"
    PROVIDER = "provider"


class Verdict(StrEnum):
    """What becomes of a record whose time is over."""

    GOES = "goes"
    HELD = "stays: legal hold"
    OPEN = "stays: still open"


@dataclass(frozen=True, slots=True)
class Expired:
    """A record whose time is over, and what becomes of it."""

    record_class: RecordClass
    id: UUID
    since: date
    """The London date from which its time runs."""
    clause: str
    is_open: bool
    is_held: bool

    @property
    def verdict(self) -> Verdict:
        """A legal hold comes first; what is still worked on is not taken from under people."""
        if self.is_held:
            return Verdict.HELD
        return Verdict.OPEN if self.is_open else Verdict.GOES


def check_approval(who: str, approved_by: str, why: str) -> None:
    """Erasing takes two people and a reason. Raises Refused."""
    if not (who.strip() and approved_by.strip() and why.strip()):
        raise refused(
            "retention.approval",
            "Erasing needs who runs it, who approved it, and why.",
            "Name both, and the reason.",
            field="approved_by",
        )
    if who.strip().casefold() == approved_by.strip().casefold():
        raise refused(
            "retention.approval",
            "Nobody approves their own run.",
            "Let a senior manager or information governance approve it.",
            field="approved_by",
        )
