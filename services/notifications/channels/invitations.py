"""Calendar invitations (iCalendar, METHOD:REQUEST): one recipient each, nobody else is named."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from services.notifications.channels.letters import how_we_meet
from services.notifications.domain.notices import Invitation


def calendar_of(
    notice: Invitation,
    *,
    uid: UUID,
    sequence: int,
    organiser: str,
    recipient: str,
    at: datetime,
) -> bytes:
    """The invitation as a calendar file; a higher `sequence` of one `uid` replaces a lower one.

    Times are in UTC: the recipient's calendar shows them in its own zone.
    """
    entry = Event()
    entry.add("uid", f"{uid}@{organiser.rpartition('@')[2]}")
    entry.add("sequence", sequence)
    entry.add("dtstamp", at.astimezone(UTC))
    entry.add("dtstart", notice.starts_at.astimezone(UTC))
    entry.add("dtend", notice.ends_at.astimezone(UTC))
    entry.add("summary", "Meeting with the quality team")
    entry.add("location", how_we_meet(notice.mode).removeprefix("on "))
    entry.add("status", "CONFIRMED")
    entry["organizer"] = vCalAddress(f"mailto:{organiser}")
    entry["attendee"] = _attendee(recipient)
    calendar = Calendar()
    calendar.add("prodid", "-//provider-quality//notifications//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(entry)
    content: bytes = calendar.to_ical()
    return content


def _attendee(recipient: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{recipient}")
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("NEEDS-ACTION")
    address.params["RSVP"] = vText("TRUE")
    return address
