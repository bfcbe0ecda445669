"""Who has a concern in hand, and by when it has to be decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.contracts.words import refused


def due_at(received_at: datetime, hours: int) -> datetime:
    """By when a concern has to be triaged: so many hours of the policy after it came."""
    return received_at + timedelta(hours=hours)


def age_hours(received_at: datetime, now: datetime) -> int:
    """How long a concern has waited, in whole hours."""
    return max(0, int((now - received_at).total_seconds() // 3600))


def check_waits(*, waits: bool, clause: str) -> None:
    """Only what waits for triage can be taken in hand. Raises Refused."""
    if not waits:
        raise refused(
            "triage.decided",
            "This concern does not wait for triage any more.",
            "Read it; the decision stands with it.",
            clause=clause,
        )


def check_claim(held_by: str | None, who: str, clause: str) -> None:
    """What somebody else has in hand is not taken from them. Raises Refused."""
    if held_by is not None and held_by != who:
        raise refused(
            "triage.held",
            "Somebody else has this concern in hand.",
            "The queue says who; they can release it, and so can a team manager with a reason.",
            clause=clause,
        )


def is_own(source: str, uploader: str | None, *, who: str, ref: str) -> bool:
    """Whether somebody told a concern, or uploaded it on an agency's behalf, which is as much.

    `who` is their sign-in, `ref` their reference.
    """
    return source == f"staff:{who}" or uploader == ref


def check_own(because: str | None, clause: str) -> None:
    """Who told a concern decides on it only where nobody else can, and says why. Raises Refused."""
    if not (because or "").strip():
        raise refused(
            "triage.own",
            "You told this concern yourself: somebody else decides on it.",
            "Leave it to a colleague. Where nobody else can, say why in this field; it is kept. "
            "That it is for safeguarding you can decide yourself.",
            clause=clause,
            field="nobody_else_because",
        )


def check_release(
    held_by: str, who: str, *, is_team_manager: bool, reason: str | None, clause: str
) -> None:
    """One's own is released freely, another's by a team manager with a reason. Raises Refused.

    So nobody's absence blocks a concern.
    """
    if held_by == who:
        return
    if not is_team_manager:
        check_claim(held_by, who, clause)
    if not (reason or "").strip():
        raise refused(
            "triage.release-reason",
            "Say why you release what somebody else has in hand.",
            "Give the reason; it is kept.",
            clause=clause,
            field="reason",
        )
