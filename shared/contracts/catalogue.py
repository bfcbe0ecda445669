"""The one catalogue: which topics exist, who writes them, who reads them, for how long.

Topics, ACLs, producers, subscribers, AsyncAPI and the README's diagram all come from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.contracts import assessment, intake, meetings, notifications
from shared.contracts.event import Event, declared_events
from shared.contracts.inbound import inbound_messages

_DECLARING = (intake, assessment, meetings, notifications)
"""Importing these declares all events."""

INTAKE, ASSESSMENT, MEETINGS, NOTIFICATIONS = SERVICES = (
    "intake",
    "assessment",
    "meetings",
    "notifications",
)

CONTACTS_TOPIC = "intake.contacts.v1"
CONTACT_EVENTS: frozenset[type[Event]] = frozenset({intake.ContactChanged, intake.ContactRemoved})
INTERNAL_PARTITIONS = 4
"""Never changed within a version: another count moves keys to other partitions."""

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its one writer and its readers (principals)."""

    name: str
    writer: str
    readers: frozenset[str]
    partitions: int
    config: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Acl:
    """One thing that a principal may do; everything else is refused."""

    principal: str
    resource: str
    """`topic` or `group` or `cluster`."""
    name: str
    prefixed: bool
    operation: str


HEARS: dict[str, dict[str, frozenset[type[Event]]]] = {
    ASSESSMENT: {
        "intake.v1": frozenset(
            {
                intake.LocationUpdated,
                intake.ConcernReceived,
                intake.ConcernTriaged,
                intake.ConcernRedirected,
                intake.ConcernWithdrawn,
                intake.ConcernsMerged,
                intake.SafeguardingOutcomeRecorded,
                intake.CqcRatingChanged,
                intake.ComplaintRecorded,
                intake.QualityReturnRecorded,
                intake.ContractReviewRecorded,
                intake.PublicFeedbackRecorded,
                intake.ComplimentReceived,
                intake.ComplaintOutcomeRecorded,
                intake.OmbudsmanOutcomeRecorded,
                intake.CqcInspectionRecorded,
                intake.CqcEnforcementRecorded,
                intake.CapacityRecorded,
                intake.OtherAssessmentRecorded,
            }
        ),
    },
    MEETINGS: {
        "intake.v1": frozenset(
            {intake.LocationUpdated, intake.AgencyUpdated, intake.ConfidentialityAccepted}
        ),
        CONTACTS_TOPIC: CONTACT_EVENTS,
        "assessment.v1": frozenset(
            {assessment.TriggerRaised, assessment.TriggerMet, assessment.TriggerEnded}
        ),
        "notifications.v1": frozenset(
            {
                notifications.MessageSent,
                notifications.MessageWithheld,
                notifications.MessageFailed,
            }
        ),
    },
    NOTIFICATIONS: {
        "intake.v1": frozenset(
            cls
            for type_, cls in declared_events().items()
            if cls.spec.service == INTAKE and cls not in CONTACT_EVENTS
        ),
        CONTACTS_TOPIC: CONTACT_EVENTS,
        "assessment.v1": frozenset(
            cls for cls in declared_events().values() if cls.spec.service == ASSESSMENT
        ),
        "meetings.v1": frozenset(
            cls for cls in declared_events().values() if cls.spec.service == MEETINGS
        ),
    },
    INTAKE: {
        "notifications.v1": frozenset({notifications.MessageWithheld, notifications.MessageFailed}),
    },
}
"""Who hears what: service -> topic -> the event classes it acts on. Others it skips, knowingly."""

UNHEARD: frozenset[type[Event]] = frozenset(
    {notifications.DisclosureMade, notifications.NotificationsRequestRefused}
)
"""Said for the record, and heard by no service; everything else must have a hearer."""


def topic_of(cls: type[Event]) -> str:
    """The topic on which an event is said."""
    return CONTACTS_TOPIC if cls in CONTACT_EVENTS else f"{cls.spec.service}.v1"


def inbound_topic(agency: str) -> str:
    """The topic that only this agency may write."""
    return f"partner.{agency}.in.v1"


def outbound_topic(agency: str) -> str:
    """The topic that only this agency may read."""
    return f"partner.{agency}.out.v1"


def agency_of_inbound(topic: str) -> str:
    """The agency whose inbound topic this is; the broker's ACL makes it a proof of identity."""
    return topic.removeprefix("partner.").removesuffix(".in.v1")


INBOUND_PATTERN = r"^partner\.[a-z0-9-]+\.in\.v1$"


def principal_of_agency(agency: str) -> str:
    """The SCRAM principal of an agency."""
    return f"partner-{agency}"


def group_of(service: str) -> str:
    """The consumer group of a service on the internal topics."""
    return service


DOOR_GROUP = "intake.door"


def topics(agencies: Iterable[str]) -> tuple[Topic, ...]:
    """Every topic of an installation with these agencies."""
    internal = [_internal(f"{service}.v1", service, days=30) for service in SERVICES] + [
        _internal(CONTACTS_TOPIC, INTAKE, days=None)
    ]
    partner = [topic for agency in sorted(agencies) for topic in _partner(agency)]
    return tuple(internal + partner)


def acls(agencies: Iterable[str]) -> tuple[Acl, ...]:
    """Every permission of an installation. What is not here the broker refuses."""
    agencies = sorted(agencies)
    rows: list[Acl] = []
    for topic in topics(agencies):
        rows += [Acl(topic.writer, "topic", topic.name, False, op) for op in ("write", "describe")]
        for reader in sorted(topic.readers):
            rows += [Acl(reader, "topic", topic.name, False, op) for op in ("read", "describe")]
    for service in SERVICES:
        rows.append(Acl(service, "group", group_of(service), False, "read"))
        rows.append(Acl(service, "cluster", "kafka-cluster", False, "idempotent_write"))
    rows.append(Acl(INTAKE, "group", DOOR_GROUP, False, "read"))
    for agency in agencies:
        principal = principal_of_agency(agency)
        rows.append(Acl(principal, "group", f"partner.{agency}.", True, "read"))
    return tuple(dict.fromkeys(rows))


def principals(agencies: Iterable[str]) -> tuple[str, ...]:
    """Every SCRAM principal: one per service, one per agency."""
    return (*SERVICES, *(principal_of_agency(agency) for agency in sorted(agencies)))


def events_said_by(service: str) -> tuple[type[Event], ...]:
    """The event classes that a service says, in order of declaration."""
    return tuple(cls for cls in declared_events().values() if cls.spec.service == service)


def partner_types(functions: Iterable[str]) -> tuple[str, ...]:
    """The inbound message types that a holder of these functions may publish."""
    held = set(functions)
    return tuple(
        type_ for type_, cls in inbound_messages().items() if held & set(cls.spec.functions)
    )


def _internal(name: str, writer: str, *, days: int | None) -> Topic:
    readers = frozenset(service for service, heard in HEARS.items() if name in heard)
    keep = (
        (("cleanup.policy", "compact"),)
        if days is None
        else (("cleanup.policy", "delete"), ("retention.ms", str(days * DAY_MS)))
    )
    # The broker's time, not ours: it refuses a writer whose clock is an hour fast.
    config = (*keep, ("max.message.bytes", "1048576"), ("message.timestamp.type", "LogAppendTime"))
    return Topic(name, writer, readers, INTERNAL_PARTITIONS, config)


def _partner(agency: str) -> tuple[Topic, Topic]:
    principal = principal_of_agency(agency)
    # Uncompressed, else a small gzip passes the size limit and unpacks to hundreds of megabytes.
    inbound_config = (
        ("cleanup.policy", "delete"),
        ("retention.ms", str(7 * DAY_MS)),
        ("max.message.bytes", "1048576"),
        ("compression.type", "uncompressed"),
        ("message.timestamp.type", "LogAppendTime"),
    )
    outbound_config = (
        ("cleanup.policy", "delete"),
        ("retention.ms", str(30 * DAY_MS)),
        ("max.message.bytes", "1048576"),
        ("message.timestamp.type", "LogAppendTime"),
    )
    return (
        Topic(inbound_topic(agency), principal, frozenset({INTAKE}), 1, inbound_config),
        Topic(outbound_topic(agency), NOTIFICATIONS, frozenset({principal}), 1, outbound_config),
    )
