"""The closed set of what is written to people: each notice holds all that its mail needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from shared.contracts.words import ConcernOutcome, MeetingMode


class MailKind(StrEnum):
    """Every kind of mail."""

    CONCERN_ACKNOWLEDGED = "concern_acknowledged"
    CONCERN_ANSWERED = "concern_answered"
    CONCERN_REDIRECTED = "concern_redirected"
    CORRECTION_DECIDED = "correction_decided"
    SAFEGUARDING_HANDOVER = "safeguarding_handover"
    HANDOVER_ADDED_TO = "handover_added_to"
    HANDOVER_UNANSWERED = "handover_unanswered"
    EMERGENCY_UNPLACED = "emergency_unplaced"
    QUARANTINE_WAITING = "quarantine_waiting"
    TRIAGE_OVERDUE = "triage_overdue"
    POLICY_REVIEW_DUE = "policy_review_due"
    STATUTORY_HANDED_OVER = "statutory_handed_over"
    STATUTORY_DUE = "statutory_due"
    STATUTORY_OVERDUE = "statutory_overdue"
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
class ConcernIsAnswered(Notice):
    """To the person who reported a concern: what became of it; the words are read signed in."""

    kind = MailKind.CONCERN_ANSWERED
    reference: str
    outcome: ConcernOutcome

    @property
    def subject(self) -> str:
        return f"An answer to your message, {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernIsRedirected(Notice):
    """To the person who reported a concern: it is for safeguarding, and where to report (WCC1b)."""

    kind = MailKind.CONCERN_REDIRECTED
    reference: str
    safeguarding_route: str

    @property
    def subject(self) -> str:
        return f"Where to report next: your message, {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionIsDecided(Notice):
    """To the person who asked for a correction of a concern: whether it was made."""

    kind = MailKind.CORRECTION_DECIDED
    reference: str
    accepted: bool

    @property
    def subject(self) -> str:
        return f"The correction that you asked for, {self.reference}"


def _handover(emergency: bool) -> str:
    return "Emergency handover" if emergency else "Handover"


def _reminder(escalation: int) -> str:
    return f" (reminder {escalation})" if escalation else ""


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
        handover, reminder = _handover(self.emergency), _reminder(self.escalation)
        return f"{handover} to acknowledge: {self.reference}{reminder}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverIsAddedTo(Notice):
    """To safeguarding's duty mailbox: who told what they have knows more, by reference only."""

    kind = MailKind.HANDOVER_ADDED_TO
    reference: str

    @property
    def subject(self) -> str:
        return f"More to read on a handover: {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverIsUnanswered(Notice):
    """To the owner: safeguarding does not acknowledge; somebody rings them, by reference only."""

    kind = MailKind.HANDOVER_UNANSWERED
    reference: str
    emergency: bool
    escalation: int

    @property
    def subject(self) -> str:
        return f"{_handover(self.emergency)} without an answer, please ring: {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyIsUnplaced(Notice):
    """To safeguarding and to the owner: an emergency that names no place we know (L1.2i)."""

    kind = MailKind.EMERGENCY_UNPLACED
    acknowledge_by: datetime
    escalation: int

    @property
    def subject(self) -> str:
        return f"Emergency without a place: sign in now{_reminder(self.escalation)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineIsWaiting(Notice):
    """To the quality team: nobody has worked an item off, and its content is erased soon."""

    kind = MailKind.QUARANTINE_WAITING
    erased_on: date
    clause: str

    @property
    def subject(self) -> str:
        return "A message in quarantine waits, and is erased soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageIsOverdue(Notice):
    """To the quality team: how many concerns are overdue for triage, and since when."""

    kind = MailKind.TRIAGE_OVERDUE
    overdue: int
    oldest_due_on: date
    due_clause: str
    reminder_clause: str

    @property
    def subject(self) -> str:
        return f"Overdue for triage: {self.overdue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReviewIsDue(Notice):
    """To the quality team: the policy that they work by is to be reviewed (WR2)."""

    kind = MailKind.POLICY_REVIEW_DUE
    pack: str
    review_on: date

    @property
    def subject(self) -> str:
        return f"The policy {self.pack} is to be reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryRequest(Notice):
    """To information governance: a request that the law lets somebody make, by reference only."""

    reference: str
    request_type: str
    due_on: date
    due_clause: str
    asker_suspended: bool = False
    """Nothing reaches the agency that asked on its feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryIsHandedOver(StatutoryRequest):
    """It came, and is theirs to answer."""

    kind = MailKind.STATUTORY_HANDED_OVER

    @property
    def subject(self) -> str:
        return f"A statutory request to answer: {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryIsDue(StatutoryRequest):
    """Its deadline is near."""

    kind = MailKind.STATUTORY_DUE

    @property
    def subject(self) -> str:
        return f"A statutory request is due soon: {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryIsOverdue(StatutoryRequest):
    """Its deadline is over."""

    kind = MailKind.STATUTORY_OVERDUE

    @property
    def subject(self) -> str:
        return f"A statutory request is overdue: {self.reference}"


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
