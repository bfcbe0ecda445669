"""What stands on the outside of a mail and of a calendar entry, and what a letter is made of."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.channels.invitations import calendar_of
from services.notifications.channels.letters import text_of
from services.notifications.domain import notices as module
from services.notifications.domain.composing import MailTerms, compose
from services.notifications.domain.notices import MailKind, Notice, ProviderIsInvited
from shared.contracts.words import MeetingMode

PLACE = "Larch Field House"
EARLY, LATER = datetime(2027, 1, 15, 9, 0, tzinfo=UTC), datetime(2027, 1, 15, 10, 30, tzinfo=UTC)
TOLD: dict[str, Any] = {
    "location": {"reference": "1-100", "name": PLACE},
    "meeting_id": str(uuid4()),
    "mode": "teams",
    "short_notice": False,
    "plan_due_on": "2027-01-08",
    "part_ii_starts_at": LATER.isoformat(),
    "part_ii_ends_at": datetime(2027, 1, 15, 11, 30, tzinfo=UTC).isoformat(),
}


def notices() -> list[Notice]:
    """One of every kind that there is, with the place wherever it has one."""
    made = []
    for cls in vars(module).values():
        if not hasattr(cls, "kind"):
            continue
        values = {f.name: _value(str(f.type)) for f in fields(cls)}
        made.append(cls(**values | ({"place": PLACE} if "place" in values else {})))
    return made


def _value(kind: str) -> Any:
    if kind.startswith("datetime"):
        return LATER
    if kind.startswith("date"):
        return date(2027, 1, 8)
    return {"bool": False, "int": 1, "MeetingMode": MeetingMode.TEAMS}.get(kind, "x")


@pytest.mark.parametrize("notice", notices(), ids=lambda notice: str(notice.kind))
def test_no_subject_says_which_place_it_is_about(notice: Notice) -> None:
    assert notice.subject
    assert PLACE not in notice.subject


def invitation(told: dict[str, Any]) -> ProviderIsInvited:
    """The provider's invitation."""
    notice = compose(MailKind.PROVIDER_INVITED, told, MailTerms())
    assert isinstance(notice, ProviderIsInvited)
    return notice


def test_the_providers_invitation_is_made_of_part_ii_whatever_else_is_told() -> None:
    more = TOLD | {"starts_at": EARLY.isoformat(), "ends_at": LATER.isoformat()}
    assert invitation(more) == invitation(TOLD)
    assert invitation(more).starts_at == LATER


def test_no_name_brings_lines_of_its_own_into_a_mail() -> None:
    place = {"reference": "1-100", "name": "Larch\r\n\r\nRing  this number:"}
    notice = invitation({**TOLD, "location": place})
    text = text_of(notice, name="Rowan\nAshgrove", reply_to="quality@council.example")
    assert "Larch Ring this number:" in " ".join(text.split())
    assert "\n\nRing" not in text
    assert "Rowan Ashgrove" in text


def test_a_calendar_entry_says_nothing_of_the_case() -> None:
    text = calendar_of(
        invitation(TOLD),
        uid=UUID(int=7),
        sequence=0,
        organiser="quality-team@council.example",
        recipient="manager@larchfield.example",
        at=EARLY,
    ).decode()
    for word in (PLACE, "1-100", "QIP", "improvement"):
        assert word not in text
