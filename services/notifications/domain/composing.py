"""Composes a notice from nothing but what its recipient may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.notifications.domain.notices import (
    ChairIsAppointed,
    ChairIsInvited,
    ConcernIsAcknowledged,
    ConcernIsAnswered,
    ConcernIsHandedOver,
    ConcernIsRedirected,
    CorrectionIsDecided,
    EmergencyIsUnplaced,
    HandoverIsAddedTo,
    HandoverIsUnanswered,
    Invitation,
    MailKind,
    MessageNotDelivered,
    Notice,
    PlanIsOverdue,
    PlanIsSubmitted,
    PolicyReviewIsDue,
    ProviderIsContacted,
    ProviderIsInvited,
    QuarantineIsWaiting,
    StatutoryIsDue,
    StatutoryIsHandedOver,
    StatutoryIsOverdue,
    StatutoryRequest,
    TriageIsOverdue,
)
from services.notifications.domain.projection import Json
from shared.contracts.words import ConcernOutcome, MeetingMode


@dataclass(frozen=True, slots=True)
class MailTerms:
    """What the policy pack gives the mails."""

    terms_link: str = ""
    emergency_route: str = ""
    safeguarding_route: str = ""


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
        case MailKind.CONCERN_ANSWERED:
            return ConcernIsAnswered(
                reference=str(told["reference"]), outcome=ConcernOutcome(str(told["outcome"]))
            )
        case MailKind.CONCERN_REDIRECTED:
            return ConcernIsRedirected(
                reference=str(told["reference"]), safeguarding_route=terms.safeguarding_route
            )
        case MailKind.CORRECTION_DECIDED:
            accepted = told["outcome"] == "accepted"
            return CorrectionIsDecided(reference=str(told["reference"]), accepted=accepted)
        case MailKind.HANDOVER_ADDED_TO:
            return HandoverIsAddedTo(reference=str(told["reference"]))
        case MailKind.HANDOVER_UNANSWERED:
            return HandoverIsUnanswered(
                reference=str(told["reference"]),
                emergency=bool(told["emergency"]),
                escalation=_number(told["escalation"]),
            )
        case MailKind.STATUTORY_HANDED_OVER | MailKind.STATUTORY_DUE | MailKind.STATUTORY_OVERDUE:
            return _STATUTORY[kind](
                reference=str(told["reference"]),
                request_type=str(told["request_type"]).replace("_", " "),
                due_on=_day(told["due_on"]),
                due_clause=str(told["due_clause"]),
                asker_suspended=bool(told.get("asker_suspended")),
            )
        case MailKind.QUARANTINE_WAITING:
            return QuarantineIsWaiting(
                erased_on=_day(told["erased_on"]), clause=str(told["clause"])
            )
        case MailKind.TRIAGE_OVERDUE:
            return TriageIsOverdue(
                overdue=_number(told["overdue"]),
                oldest_due_on=_day(told["oldest_due_on"]),
                due_clause=str(told["due_clause"]),
                reminder_clause=str(told["reminder_clause"]),
            )
        case MailKind.POLICY_REVIEW_DUE:
            return PolicyReviewIsDue(pack=str(told["pack"]), review_on=_day(told["review_on"]))
        case MailKind.SAFEGUARDING_HANDOVER:
            return ConcernIsHandedOver(
                reference=str(told["reference"]),
                emergency=bool(told["emergency"]),
                acknowledge_by=_instant(told["acknowledge_by"]),
                escalation=_number(told["escalation"]),
            )
        case MailKind.EMERGENCY_UNPLACED:
            return EmergencyIsUnplaced(
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


_STATUTORY: dict[MailKind, type[StatutoryRequest]] = {
    MailKind.STATUTORY_HANDED_OVER: StatutoryIsHandedOver,
    MailKind.STATUTORY_DUE: StatutoryIsDue,
    MailKind.STATUTORY_OVERDUE: StatutoryIsOverdue,
}


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
    return in_one_line(str(location["name"])), str(location["reference"])


def in_one_line(name: str) -> str:
    """A name as it stands in a sentence: none brings lines of its own into somebody's mail."""
    return " ".join(name.split())


def _number(value: Json) -> int:
    return int(value) if isinstance(value, int | str) else 0


def _instant(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def _day(value: Json) -> date:
    return date.fromisoformat(str(value))
