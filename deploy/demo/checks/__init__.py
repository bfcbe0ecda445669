"""What has to have happened, named one by one: the demo ends well only if all of it has."""

from __future__ import annotations

from deploy.demo.checks import case, disclosure, doors, mails
from deploy.demo.checks.expectation import Expectation
from deploy.demo.evidence import Evidence
from deploy.demo.followed import Followed

__all__ = ["Expectation", "judge"]

PARTS = (
    doors.register,
    doors.doors,
    doors.handover,
    doors.desk,
    case.triggers,
    case.decisions,
    mails.mails,
    disclosure.feeds,
    disclosure.ledger,
    disclosure.secrets,
)


def judge(e: Evidence, followed: Followed) -> list[Expectation]:
    """Hold the evidence against everything that the story promises."""
    judged = [expectation for part in PARTS for expectation in part(e)]
    return [*judged, *disclosure.trace(followed)]
