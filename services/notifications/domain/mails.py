"""Which facts are written to whom. Addresses come from elsewhere; here are only the offices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.notifications.domain.notices import MailKind


class Part(StrEnum):
    """As what somebody is written to; it decides what they may be told."""

    REPORTER = "reporter"
    SAFEGUARDING = "safeguarding"
    CHAIR = "chair"
    PROVIDER = "provider"
    OWNER = "owner"
    GOVERNANCE = "information_governance"


MAILBOXES = frozenset({Part.SAFEGUARDING, Part.OWNER, Part.GOVERNANCE})
"""Parts that are no person's."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One mail to be written: of which kind, to whom, as what. A mailbox has no person."""

    kind: MailKind
    part: Part
    person_ref: UUID | None = None

    @property
    def name(self) -> str:
        """How the ledger names the audience."""
        return f"person:{self.person_ref}" if self.person_ref else f"mailbox:{self.part}"


@dataclass(frozen=True, slots=True)
class _Route:
    kind: MailKind
    part: Part
    field: str | None = None
    """The field that holds the recipient's reference, or a list of them."""
    needs: str | None = None
    """No mail where this field is empty: the provider is not invited without a Part ii (L1.3i)."""


_ROUTES: dict[str, tuple[_Route, ...]] = {
    "intake.concern.acknowledged.v1": (
        _Route(MailKind.CONCERN_ACKNOWLEDGED, Part.REPORTER, "reporter_ref"),
    ),
    "intake.concern.answered.v1": (
        _Route(MailKind.CONCERN_ANSWERED, Part.REPORTER, "reporter_ref"),
    ),
    "intake.concern.redirection_told.v1": (
        _Route(MailKind.CONCERN_REDIRECTED, Part.REPORTER, "reporter_ref"),
    ),
    "intake.concern.correction_decided.v1": (
        _Route(MailKind.CORRECTION_DECIDED, Part.REPORTER, "reporter_ref"),
    ),
    "intake.handover.added_to.v1": (_Route(MailKind.HANDOVER_ADDED_TO, Part.SAFEGUARDING),),
    "intake.handover.unanswered.v1": (_Route(MailKind.HANDOVER_UNANSWERED, Part.OWNER),),
    "intake.statutory_request.handed_over.v1": (
        _Route(MailKind.STATUTORY_HANDED_OVER, Part.GOVERNANCE),
    ),
    "intake.statutory_request.due.v1": (_Route(MailKind.STATUTORY_DUE, Part.GOVERNANCE),),
    "intake.statutory_request.overdue.v1": (_Route(MailKind.STATUTORY_OVERDUE, Part.GOVERNANCE),),
    "intake.concern.redirected_to_safeguarding.v1": (
        _Route(MailKind.SAFEGUARDING_HANDOVER, Part.SAFEGUARDING),
    ),
    "intake.emergency.unplaced.v1": (
        _Route(MailKind.EMERGENCY_UNPLACED, Part.SAFEGUARDING),
        _Route(MailKind.EMERGENCY_UNPLACED, Part.OWNER),
    ),
    "intake.quarantine.waiting.v1": (_Route(MailKind.QUARANTINE_WAITING, Part.OWNER),),
    "intake.triage.overdue.v1": (_Route(MailKind.TRIAGE_OVERDUE, Part.OWNER),),
    "intake.policy.review_due.v1": (_Route(MailKind.POLICY_REVIEW_DUE, Part.OWNER),),
    "meetings.chair.appointed.v1": (_Route(MailKind.CHAIR_APPOINTED, Part.CHAIR, "chair_ref"),),
    "meetings.provider.contacted.v1": (
        _Route(MailKind.PROVIDER_CONTACTED, Part.PROVIDER, "recipient_refs"),
    ),
    "meetings.meeting.scheduled.v1": (
        _Route(
            MailKind.PROVIDER_INVITED, Part.PROVIDER, "provider_refs", needs="part_ii_starts_at"
        ),
        _Route(MailKind.CHAIR_INVITED, Part.CHAIR, "chair_ref"),
    ),
    "meetings.plan.submitted.v1": (_Route(MailKind.PLAN_SUBMITTED, Part.CHAIR, "chair_ref"),),
    "meetings.plan.overdue.v1": (_Route(MailKind.PLAN_OVERDUE, Part.CHAIR, "chair_ref"),),
}

MAILED = frozenset(_ROUTES)
"""The types of facts that are written to somebody."""


def addressees(event_type: str, values: Mapping[str, object]) -> tuple[Addressee, ...]:
    """Whom a fact is written to, one mail each."""
    found = [
        Addressee(route.kind, route.part, ref)
        for route in _ROUTES.get(event_type, ())
        if route.needs is None or values.get(route.needs) is not None
        for ref in _references(route, values)
    ]
    return tuple(dict.fromkeys(found))


def _references(route: _Route, values: Mapping[str, object]) -> tuple[UUID | None, ...]:
    if route.field is None:
        return (None,)
    value = values.get(route.field)
    many = value if isinstance(value, list | tuple) else (value,)
    return tuple(item for item in many if isinstance(item, UUID))


def is_secure(address: str, domains: frozenset[str]) -> bool:
    """True where the address lies in a domain on the register of secure ones (L8b)."""
    return address.rpartition("@")[2].lower() in domains
