"""The closed set of what is written to people: each notice holds all that its mail needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from services.notifications.domain.projection import Json
from shared.contracts.words import MeetingMode


class MailKind(StrEnum):
    """Every kind of mail."""

    CONCERN_ACKNOWLEDGED = "concern_acknowledged"
    SAFEGUARDING_HANDOVER = "safeguarding_handover"
    CHAIR_APPOINTED = "chair_appointed"
    PROVIDER_CONTACTED = "provider_contacted"
    PROVIDER_INVITED = "provider_invited"
    CHAIR_INVITED = "chair_invited"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_OVERDUE = "plan_overdue"
    NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is written to one recipient. Subjects are neutral: an inbox has many readers."""

    kind: ClassVar[MailKind]
    person_data: bool = False
    """True where it holds information about staff or residents: secure domains only (L8b)."""

    @property
    def subject(self) -> str:
        """The subject line: no provider's name and no word of what it is about."""
        return "A message from the quality team"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernIsAcknowledged(Notice):
    """To the person who reported a concern: the reference, in an emergency the route first."""

    kind = MailKind.CONCERN_ACKNOWLEDGED
    reference: str
    place: str
    emergency_route: str | None

    @property
    def subject(self) -> str:
        return f"We have received your message, {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernIsHandedOver(Notice):
    """To safeguarding's duty mailbox: a handover to acknowledge, by reference only (WCC1b)."""

    kind = MailKind.SAFEGUARDING_HANDOVER
    reference: str
    emergency: bool
    acknowledge_by: datetime
    escalation: int

    @property
    def subject(self) -> str:
        urgency = "Emergency handover" if self.emergency else "Handover"
        reminder = f" (reminder {self.escalation})" if self.escalation else ""
        return f"{urgency} to acknowledge: {self.reference}{reminder}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairIsAppointed(Notice):
    """To the chair: whom the case is about, and what comes next (L3a, L1.3j)."""

    kind = MailKind.CHAIR_APPOINTED
    place: str
    place_reference: str
    terms_link: str

    @property
    def subject(self) -> str:
        return "You have been appointed as chair"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIsContacted(Notice):
    """To the provider: terms of reference, and the offer of a pre-meeting (L1.3j, L5.1)."""

    kind = MailKind.PROVIDER_CONTACTED
    place: str
    terms_link: str
    terms_version: str
    pre_meeting_accepted: bool
    pre_meeting_declined: bool
    """What the provider has answered so far; neither, and the offer stands (L5.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(Notice):
    """What both invitations to a meeting have."""

    meeting_id: str
    """The id by which this recipient knows the meeting."""
    place: str
    starts_at: datetime
    ends_at: datetime
    mode: MeetingMode
    plan_due_on: date | None
    short_notice: bool

    @property
    def subject(self) -> str:
        return "Invitation to a meeting with the quality team"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIsInvited(Invitation):
    """To the provider: the time of Part ii, how we meet, and when the plan is due (L2.2, L5.5)."""

    kind = MailKind.PROVIDER_INVITED


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairIsInvited(Invitation):
    """To the chair: the whole meeting, with the part that the provider joins."""

    kind = MailKind.CHAIR_INVITED
    part_ii_starts_at: datetime | None
    part_ii_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIsSubmitted(Notice):
    """To the chair: the provider's improvement plan is there (L5.5)."""

    kind = MailKind.PLAN_SUBMITTED
    place: str
    plan_version: int
    actions: int
    submitted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIsOverdue(Notice):
    """To the chair: the due date has passed without a plan (L5.5)."""

    kind = MailKind.PLAN_OVERDUE
    place: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNotDelivered(Notice):
    """To the owner's mailbox: a message needs somebody. Its id and why, nothing of its content."""

    kind = MailKind.NOT_DELIVERED
    message_id: str
    rule: str

    @property
    def subject(self) -> str:
        return "A message could not be delivered"


@dataclass(frozen=True, slots=True)
class MailTerms:
    """What the policy pack gives the mails."""

    terms_link: str = ""
    emergency_route: str = ""


def compose(kind: MailKind, told: Mapping[str, Json], terms: MailTerms) -> Notice | None:
    """The notice of a kind, from nothing but what its recipient may be told.

    None where the recipient may not be told something that the mail cannot do without.
    """
    try:
        return _compose(kind, told, terms)
    except KeyError:
        return None


def _compose(kind: MailKind, told: Mapping[str, Json], terms: MailTerms) -> Notice:
    place, place_reference = _place(told)
    match kind:
        case MailKind.CONCERN_ACKNOWLEDGED:
            return ConcernIsAcknowledged(
                reference=str(told["reference"]),
                place=place,
                emergency_route=terms.emergency_route if told["emergency"] else None,
            )
        case MailKind.SAFEGUARDING_HANDOVER:
            return ConcernIsHandedOver(
                reference=str(told["reference"]),
                emergency=bool(told["emergency"]),
                acknowledge_by=_instant(told["acknowledge_by"]),
                escalation=_number(told["escalation"]),
            )
        case MailKind.CHAIR_APPOINTED:
            return ChairIsAppointed(
                place=place, place_reference=place_reference, terms_link=terms.terms_link
            )
        case MailKind.PROVIDER_CONTACTED:
            return ProviderIsContacted(
                place=place,
                terms_link=terms.terms_link,
                terms_version=str(told["terms_version"]),
                pre_meeting_accepted=told["pre_meeting"] == "offered_accepted",
                pre_meeting_declined=told["pre_meeting"] == "offered_declined",
            )
        case MailKind.PROVIDER_INVITED | MailKind.CHAIR_INVITED:
            return _invitation(kind, place, told)
        case MailKind.PLAN_SUBMITTED:
            return PlanIsSubmitted(
                place=place,
                plan_version=_number(told["plan_version"]),
                actions=_number(told["actions"]),
                submitted_on=_day(told["submitted_on"]),
            )
        case MailKind.PLAN_OVERDUE:
            return PlanIsOverdue(place=place, due_on=_day(told["due_on"]))
        case MailKind.NOT_DELIVERED:
            return MessageNotDelivered(message_id=str(told["message_id"]), rule=str(told["rule"]))


def _invitation(kind: MailKind, place: str, told: Mapping[str, Json]) -> Invitation:
    part_ii = told["part_ii_starts_at"], told["part_ii_ends_at"]
    due = told["plan_due_on"]
    plan_due_on = _day(due) if due else None
    meeting_id, mode = str(told["meeting_id"]), MeetingMode(str(told["mode"]))
    short_notice = bool(told["short_notice"])
    if kind is MailKind.PROVIDER_INVITED:
        return ProviderIsInvited(
            meeting_id=meeting_id,
            place=place,
            starts_at=_instant(part_ii[0]),
            ends_at=_instant(part_ii[1]),
            mode=mode,
            plan_due_on=plan_due_on,
            short_notice=short_notice,
        )
    return ChairIsInvited(
        meeting_id=meeting_id,
        place=place,
        starts_at=_instant(told["starts_at"]),
        ends_at=_instant(told["ends_at"]),
        mode=mode,
        plan_due_on=plan_due_on,
        short_notice=short_notice,
        part_ii_starts_at=_instant(part_ii[0]) if part_ii[0] else None,
        part_ii_ends_at=_instant(part_ii[1]) if part_ii[1] else None,
    )


def _place(told: Mapping[str, Json]) -> tuple[str, str]:
    location = told.get("location")
    if not isinstance(location, dict):
        return "", ""
    return str(location["name"]), str(location["reference"])


def _number(value: Json) -> int:
    return int(value) if isinstance(value, int | str) else 0


def _instant(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def _day(value: Json) -> date:
    return date.fromisoformat(str(value))
