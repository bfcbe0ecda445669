"""Who may know of each event, and of each of its fields: written once more, apart from the code.

The frozen schemas say it too, but are written from the code: whoever lowers a label and writes them
anew has not asked anybody. A new event fails here until somebody has decided on it.
"""

from __future__ import annotations

from shared.contracts.catalogue import SERVICES, events_said_by
from shared.contracts.event import label_of, payload_fields
from shared.contracts.words import Label

EVENTS = {cls.spec.type: cls for service in SERVICES for cls in events_said_by(service)}
EXISTENCE: dict[Label | None, tuple[str, ...]] = {
    None: (
        "assessment.request.refused.v1",
        "intake.agency.updated.v1",
        "intake.concerns.merged.v1",
        "intake.confidentiality.accepted.v1",
        "intake.contact.changed.v1",
        "intake.contact.removed.v1",
        "intake.location.updated.v1",
        "intake.policy.varied.v1",
        "intake.provider.updated.v1",
        "intake.refusal.overridden.v1",
        "intake.request.refused.v1",
        "intake.statutory_request.recorded.v1",
        "meetings.request.refused.v1",
        "notifications.disclosure.made.v1",
        "notifications.message.failed.v1",
        "notifications.message.sent.v1",
        "notifications.message.withheld.v1",
        "notifications.request.refused.v1",
    ),
    Label.PUBLIC: ("intake.cqc_rating.changed.v1",),
    Label.PROVIDER: (
        "meetings.meeting.scheduled.v1",
        "meetings.provider.contacted.v1",
    ),
    Label.AGENCIES: (
        "assessment.theme.detected.v1",
        "assessment.trigger.ended.v1",
        "assessment.trigger.met.v1",
        "assessment.trigger.raised.v1",
        "intake.capacity.recorded.v1",
        "intake.complaint.recorded.v1",
        "intake.complaint_outcome.recorded.v1",
        "intake.concern.received.v1",
        "intake.concern.triaged.v1",
        "intake.concern.withdrawn.v1",
        "intake.contract_review.recorded.v1",
        "intake.cqc_enforcement.recorded.v1",
        "intake.cqc_inspection.recorded.v1",
        "intake.ombudsman_outcome.recorded.v1",
        "intake.other_assessment.recorded.v1",
        "intake.public_feedback.recorded.v1",
        "intake.quality_return.recorded.v1",
        "intake.request.closed.v1",
        "intake.request.recorded.v1",
        "intake.safeguarding_outcome.recorded.v1",
        "meetings.chair.appointed.v1",
        "meetings.member.joined.v1",
        "meetings.member.left.v1",
        "meetings.plan.overdue.v1",
        "meetings.plan.submitted.v1",
        "meetings.qip.considered.v1",
        "meetings.qip.declined.v1",
        "meetings.qip.opened.v1",
    ),
    Label.NAMED: (
        "intake.concern.correction_decided.v1",
        "intake.concern.redirection_told.v1",
        "intake.handover.added_to.v1",
        "intake.handover.unanswered.v1",
        "intake.quality_return.overdue.v1",
        "intake.refusal.lifted.v1",
        "intake.statutory_request.due.v1",
        "intake.statutory_request.handed_over.v1",
        "intake.statutory_request.overdue.v1",
        "intake.compliment.received.v1",
        "intake.concern.acknowledged.v1",
        "intake.concern.answered.v1",
        "intake.concern.redirected_to_safeguarding.v1",
        "intake.emergency.unplaced.v1",
        "intake.policy.review_due.v1",
        "intake.handover.acknowledged.v1",
        "intake.police_matter.recorded.v1",
        "intake.quarantine.settled.v1",
        "intake.quarantine.waiting.v1",
        "intake.receipt.issued.v1",
        "intake.request.routed.v1",
        "intake.triage.overdue.v1",
    ),
}
"""Who may know that it happened; None: no audience, only our own services."""
FIELDS: dict[str, dict[Label, tuple[str, ...]]] = {
    "assessment.trigger.met.v1": {
        Label.NAMED: ("implicated_role",),
    },
    "intake.concern.received.v1": {
        Label.NAMED: ("implicated_role",),
    },
    "meetings.chair.appointed.v1": {
        Label.PROVIDER: (
            "location_id",
            "qip_id",
            "chair_function",
        ),
        Label.NAMED: ("chair_ref",),
    },
    "meetings.meeting.scheduled.v1": {
        Label.AGENCIES: (
            "starts_at",
            "ends_at",
        ),
        Label.NAMED: (
            "chair_ref",
            "provider_refs",
        ),
    },
    "meetings.plan.overdue.v1": {
        Label.PROVIDER: (
            "location_id",
            "qip_id",
            "meeting_id",
            "due_on",
            "clause",
        ),
        Label.NAMED: ("chair_ref",),
    },
    "meetings.plan.submitted.v1": {
        Label.PROVIDER: (
            "location_id",
            "qip_id",
            "meeting_id",
            "plan_version",
            "submitted_on",
            "actions",
        ),
        Label.NAMED: ("chair_ref",),
    },
    "meetings.provider.contacted.v1": {
        Label.NAMED: ("recipient_refs",),
    },
    "meetings.qip.opened.v1": {
        Label.PROVIDER: (
            "location_id",
            "qip_id",
            "opened_on",
            "limit_on",
            "terms_version",
            "clause",
        ),
    },
}
"""Fields of another label than the event's existence. All others have that of the existence."""


def test_each_event_is_for_those_whom_the_table_names() -> None:
    said = {type_: label for label, types in EXISTENCE.items() for type_ in types}
    assert {type_: cls.spec.existence for type_, cls in EVENTS.items()} == said


def test_each_field_has_the_label_of_the_table() -> None:
    for type_, cls in EVENTS.items():
        if cls.spec.existence is None:
            continue
        others = {name: label for label, names in FIELDS.get(type_, {}).items() for name in names}
        fields = {name: label_of(cls, name) for name in payload_fields(cls)}
        assert fields == dict.fromkeys(fields, cls.spec.existence) | others, type_
