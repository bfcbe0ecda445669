"""The search for personal data as the doors use it: before anything that people write is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from services.intake.domain.personal_data.judging import Mark, check_plain, judge
from shared.contracts.inbound import Needed, free_texts
from shared.platform.work import Work


def texts_of(message: BaseModel) -> dict[str, str]:
    """What somebody has written in a message, by field."""
    found = ((name, getattr(message, name)) for name in free_texts(type(message)))
    return {name: text for name, text in found if isinstance(text, str)}


def needs_of(message: BaseModel) -> dict[str, str]:
    """Why personal data is needed in it, by field."""
    needed = getattr(message, "personal_data_needed", None)
    return needed.reasons if isinstance(needed, Needed) else {}


def check_message(work: Work, message: BaseModel) -> tuple[Mark, ...]:
    """Search all that somebody has written in a message or form. Raises Refused."""
    texts = texts_of(message)
    return judge(texts, needs_of(message), work.today) if texts else ()


def check_texts(
    work: Work, texts: Mapping[str, str], needed: Mapping[str, str] | None = None
) -> tuple[Mark, ...]:
    """Search texts that are no message of their own. Raises Refused."""
    return judge(texts, needed or {}, work.today)


def check_staff(work: Work, **texts: str | None) -> None:
    """Search what somebody of the team writes as their reason, by field. Raises Refused."""
    check_plain(texts, work.today)


def kept(marks: Sequence[Mark]) -> list[dict[str, Any]] | None:
    """Marks as a row keeps them; None where there are none."""
    return [
        {"field": mark.field, "kinds": [kind.value for kind in mark.kinds], "reason": mark.reason}
        for mark in marks
    ] or None


def record(
    work: Work, marks: Sequence[Mark], who: str, subject: object, *, partnership: str
) -> None:
    """Audit that personal data was kept in a text, and why."""
    for mark in marks:
        did = "personal_data.kept" if mark.reason else "personal_data.taken_urgently"
        why = f"{mark.field}: {mark.reason}"[:400] if mark.reason else mark.field
        work.audit(who[:120], did, subject, partnership=partnership, why=why)


def reasons_for(texts: Mapping[str, str], reason: str) -> dict[str, str]:
    """One reason for all texts: that of a person who releases a message as it is."""
    return dict.fromkeys(texts, reason)
