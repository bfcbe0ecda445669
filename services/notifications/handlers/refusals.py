"""Say that a request was refused, so that refusals can be counted (WX0)."""

from __future__ import annotations

from shared.contracts.notifications import NotificationsRequestRefused
from shared.contracts.words import Refused
from shared.platform.identifiers import new_id
from shared.platform.work import Work


def say_refused(work: Work, refused: Refused, agency: str) -> None:
    """Announce rule and clause of a refusal; nothing of what was asked."""
    work.announce(
        NotificationsRequestRefused(
            partnership="-",
            request_id=new_id(),
            rule=refused.refusal.rule,
            clause=refused.refusal.clause,
            agency_id=agency or None,
        )
    )
