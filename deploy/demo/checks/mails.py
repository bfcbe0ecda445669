"""The mails: who has which, and that each names its one recipient only."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr

from deploy.demo import cast
from deploy.demo.checks.expectation import Expectation
from deploy.demo.clients import Mail
from deploy.demo.evidence import Evidence


def mails(e: Evidence) -> Iterator[Expectation]:
    due = f"{e.plan_due_on:%A} {e.plan_due_on.day} {e.plan_due_on:%B %Y}"
    reference = str(e.body("concern").get("reference"))
    yield Expectation(
        "the manager who told the concern has a mail with its reference",
        len(e.mails_to(cast.MANAGER, reference)) == 1,
        requirements=("WCC2",),
    )
    for key in ("emergency", "harm"):
        handed_over = str(e.receipt(key).get("reference"))
        yield Expectation(
            f"safeguarding's duty desk has a mail that hands over the {key}",
            len(e.mails_to(cast.SAFEGUARDING_DESK, handed_over)) == 1,
            requirements=("WCC1b",),
        )
    yield Expectation(
        "the chair has a mail of the appointment and an invitation to the whole meeting",
        len(e.mails_to(cast.CHAIR, "appointed as chair")) == 1
        and [_starts(m) for m in e.mails_to(cast.CHAIR) if m.calendar] == [_at(e, 10, 0)],
    )
    for who in (cast.MANAGER, cast.NOMINATED):
        yield Expectation(
            f"{who} has the terms of reference and the offer of a pre-meeting",
            len(e.mails_to(who, "terms of reference")) == 1,
            requirements=("L5.1", "L4.1", "L4.2"),
        )
        invitations = [m for m in e.mails_to(who) if m.calendar]
        yield Expectation(
            f"{who} has an invitation to Part ii, with the day on which the plan is due",
            [_starts(m) for m in invitations] == [_at(e, 10, 30)] and due in invitations[0].text,
            requirements=("L2.2", "L5.5"),
        )
    invitations = [m for m in e.mails if m.calendar]
    yield Expectation(
        "an invitation names its one recipient and nobody else",
        len(invitations) == 3 and all(_names_only(m) for m in invitations),
    )
    answers_go_to = f"Reply-To: {cast.QUALITY_TEAM}"
    yield Expectation(
        "answers to every mail go to the quality team",
        bool(e.mails) and all(answers_go_to in m.file.read_text("utf-8") for m in e.mails),
        requirements=("WR1",),
    )
    yield Expectation("nobody has a mail beyond these nine", len(e.mails) == 9, f"{len(e.mails)}")


def _starts(mail: Mail) -> str:
    lines = [line for line in mail.calendar.splitlines() if line.startswith("DTSTART")]
    return lines[0].partition(":")[2] if lines else ""


def _at(e: Evidence, hour: int, minute: int) -> str:
    return f"{e.meeting_time(hour, minute):%Y%m%dT%H%M%SZ}"


def _names_only(mail: Mail) -> bool:
    unfolded = mail.calendar.replace("\r\n ", "").replace("\n ", "")
    attendees = [line for line in unfolded.splitlines() if line.startswith("ATTENDEE")]
    recipient = parseaddr(mail.to)[1]
    others = {cast.MANAGER, cast.NOMINATED, cast.CHAIR} - {recipient}
    return len(attendees) == 1 and not any(other in unfolded for other in others)
