"""What follows from an attempt to send: done, another try later, or given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.contracts.words import DeliveryState


class Answer(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    NOT_NOW = "not_now"
    """A 4xx answer, or no connection."""
    NEVER = "never"
    """A 5xx answer."""
    UNKNOWN = "unknown"
    """The connection ended after the content had gone: perhaps it was sent."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its end, and the server's code where there was one."""

    answer: Answer
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and how long to try; the pause doubles with each try."""

    tries: int
    first_pause: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """What a message becomes; `rule` says why it failed."""

    state: DeliveryState
    next_try_at: datetime | None = None
    rule: str | None = None


def next_step(attempt: Attempt, attempts: int, now: datetime, retrying: Retrying) -> Step:
    """What follows from the latest of `attempts` attempts."""
    if attempt.answer is Answer.ACCEPTED:
        return Step(DeliveryState.SENT)
    if attempt.answer is Answer.NEVER:
        return Step(DeliveryState.FAILED, rule="refused-by-server")
    if attempts >= retrying.tries:
        return Step(DeliveryState.FAILED, rule="no-answer-in-time")
    return Step(DeliveryState.QUEUED, next_try_at=now + retrying.first_pause * 2 ** (attempts - 1))
