"""How long a class of record is kept, and what keeps a record longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from shared.contracts.words import Refused, refused


class RecordClass(StrEnum):
    """Records that are kept for a time of the policy's."""

    CONCERN = "concern"
    SIGNAL = "signal"
    FEEDBACK = "feedback"
    REQUEST = "request"
    DRAFT = "draft"
    CONTACT = "contact"
    """Who held an office and has left; time runs from then."""
    HISTORY = "history"
    """What the register held until something newer came; time runs from then."""
    INBOUND = "inbound"
    """That a partner's message came, and its reference: what answers a repetition."""
    QUARANTINE = "quarantine"
    """That a message could not be taken, and what became of it; time runs from when it was settled.

    Its content goes long before, by a clock of its own.
    """
    ACCEPTANCE = "acceptance"
    """Who accepted which version of the procedures; time runs from when the next was accepted."""
    VARIATION = "variation"
    """A default that was varied for a provider; time runs from when that ended."""
    RETURN = "return"
    """A return for a quarter: time runs from its due date; one that is owed stays."""


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
    key: tuple[UUID | str, ...]
    since: date
    """The London date from which its time runs."""
    clause: str
    is_open: bool
    is_held: bool

    @property
    def id(self) -> UUID | str:
        """How it is told of; what a partner calls its messages is not repeated."""
        if len(self.key) == 1:
            return self.key[0]
        agency, *rest = map(str, self.key)
        return f"{agency}/{sha256('/'.join(rest).encode()).hexdigest()[:16]}"

    @property
    def verdict(self) -> Verdict:
        """A legal hold comes first; what is still worked on is not taken from under people."""
        if self.is_held:
            return Verdict.HELD
        return Verdict.OPEN if self.is_open else Verdict.GOES


def check_approver(asked_by: str, approver: str) -> None:
    """Two people: who asks for a run does not approve it. Raises Refused."""
    if asked_by == approver:
        raise _unapproved(
            "Nobody approves their own run.",
            "Let somebody else of information governance, or a senior manager, approve it.",
        )


def check_run(*, approved: bool, finished: bool) -> None:
    """A run erases once it is approved, until it is finished. Raises Refused."""
    if not approved:
        raise not_approved()
    if finished:
        raise _unapproved("This run is finished.", "Ask for another one.")


def not_approved() -> Refused:
    """There is no such run, or nobody has approved it."""
    return _unapproved(
        "Nobody has approved a run of this id for this partnership.",
        "Ask for one (POST /retention/runs) and let somebody else approve it.",
    )


def _unapproved(sentence: str, instead: str) -> Refused:
    return refused("retention.approval", sentence, instead, clause="pack: retention")
