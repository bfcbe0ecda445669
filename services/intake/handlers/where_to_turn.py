"""Where somebody turns who tells of danger or harm: sentences of the policy in force."""

from __future__ import annotations

from shared.platform.policy import Cited
from shared.platform.work import Work


def emergency(work: Work, partnership: str) -> Cited:
    """In an emergency, at once (L1.2i)."""
    return _value(work, partnership, "emergency_route")


def safeguarding(work: Work, partnership: str) -> Cited:
    """With significant harm that we have handed over as well (WCC1b)."""
    return _value(work, partnership, "safeguarding_route")


def harm(work: Work, partnership: str) -> Cited:
    """With significant harm that is not handed over by us (WCC1b)."""
    return _value(work, partnership, "harm_route")


def after(
    work: Work, partnership: str, *, danger: bool, harm: bool
) -> tuple[str | None, str | None]:
    """What who told of danger, and of harm, is told each time: the emergency route, the other."""
    return (
        emergency(work, partnership).text if danger else None,
        safeguarding(work, partnership).text if harm else None,
    )


def _value(work: Work, partnership: str, name: str) -> Cited:
    return work.policies.on(partnership, work.today).value("intake", "concerns", name)
