"""How long it took from publication, or from somebody's act, to what it led to."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.demo import cast
from deploy.demo.clients import Mail
from deploy.demo.evidence import Evidence


@dataclass(frozen=True)
class Spread:
    """Times in milliseconds, in order."""

    milliseconds: tuple[float, ...]

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        return cls(tuple(sorted(1000 * each for each in seconds)))

    def __str__(self) -> str:
        if not self.milliseconds:
            return "nothing to measure"
        middle, longest = statistics.median(self.milliseconds), self.milliseconds[-1]
        return f"p50 {middle:.0f} ms, max {longest:.0f} ms, of {len(self.milliseconds)}"


def to_receipt(e: Evidence) -> Spread:
    """From the broker's taking a partner's record to its taking the receipt."""
    return Spread.of(
        [
            record.at - sent.at
            for key, (_, sent) in e.published.items()
            for record in e.receipts(key)
        ]
    )


def to_mail(e: Evidence) -> Spread:
    """From publication, or from the request of a person's act, to the mail's arrival."""
    return Spread.of([took for mail in e.mails if (took := since_cause(e, mail)) is not None])


def since_cause(e: Evidence, mail: Mail) -> float | None:
    """Seconds from what a mail answers or tells of; None for a mail without a known cause."""
    for key in ("emergency", "harm"):
        if key in e.published and str(e.receipt(key).get("reference")) in mail.subject:
            return mail.at - e.published[key][1].at
    act = _act_of(e, mail)
    return mail.at - e.acts[act].asked_at if act in e.acts else None


def _act_of(e: Evidence, mail: Mail) -> str:
    if mail.calendar:
        return "meeting"
    if str(e.body("concern").get("reference")) in mail.subject:
        return "concern"
    return "chair" if mail.to == cast.CHAIR else "contact"
