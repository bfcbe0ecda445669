"""Fetches what is to be judged: topics, rows and mails. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from shared.contracts.catalogue import CONTACTS_TOPIC, SERVICES, inbound_topic, outbound_topic
from tests.chaos.installation import Installation
from tests.chaos.kinds import COMPLIMENT, CONCERN, FEEDBACK, HANDOVER, KINDS, REQUEST
from tests.chaos.logs import Entry, read_topic
from tests.chaos.traffic import AGENCIES

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[str, Sequence[Row]]
_GROUP = "chaos-check"


@dataclass(frozen=True)
class Topics:
    """All that lies on the broker."""

    inbound: dict[str, list[Entry]]
    """By agency, what it has published."""
    said: dict[str, list[Entry]]
    """By topic: the services' own, and the feeds of all agencies."""


def read_all(installation: Installation) -> Topics:
    """Every topic whole; each feed with the login of its agency."""
    login = installation.broker_login
    own = [f"{service}.v1" for service in SERVICES] + [CONTACTS_TOPIC]
    said = {topic: read_topic(login, topic, _GROUP) for topic in own}
    for agency in installation.stack.agencies:
        topic, group = outbound_topic(agency.id), f"partner.{agency.id}.{_GROUP}"
        said[topic] = read_topic(installation.agency_login(agency.id), topic, group)
    inbound = {agency: read_topic(login, inbound_topic(agency), _GROUP) for agency in AGENCIES}
    return Topics(inbound, said)


async def rows_of(connection: Connection) -> Rows:
    """What the services hold, by what is asked of it."""
    return {name: await _fetch(connection, query) for name, query in _QUERIES.items()}


async def outbox_of(connection: Connection, service: str) -> Sequence[Row]:
    """All that a service has said, in order."""
    return await _fetch(
        connection, f"SELECT topic, key, event_id::text AS id FROM {service}.outbox ORDER BY seq"
    )


@dataclass(frozen=True)
class AnsweredAgain:
    """Receipts that intake has forgotten, for records that the broker has lost as well.

    Their messages were sent again, and have receipts with the same references: so far they are
    the same answers, of records that lie elsewhere now.
    """

    ids: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int, int, str]] = frozenset()
    """Topic, partition, offset and message."""


async def answered_again(connection: Connection) -> AnsweredAgain:
    """The answers that were forgotten and given again."""
    rows = await _fetch(connection, _ANSWERED_AGAIN)
    places = ((r["topic"], r["partition"], r["log_offset"], r["message"]) for r in rows)
    return AnsweredAgain(frozenset(r["id"] for r in rows), frozenset(places))


async def _fetch(connection: Connection, query: str) -> Sequence[Row]:
    return [dict(row) for row in await connection.fetch(query)]


async def unsettled(
    connection: Connection, service: str, spoke_until: datetime | None = None
) -> dict[str, int]:
    """What has not come to its end in a service; a clock whose time came after it was ended runs.

    `spoke_until`: when the service was ended, where it was.
    """
    queries = {
        "events unsent": f"SELECT count(*) FROM {service}.outbox WHERE sent_at IS NULL",
        "dead letters": f"SELECT count(*) FROM {service}.dead_letter "
        "WHERE state IN ('dead', 'parked')",
        "clocks overdue": f"SELECT count(*) FROM {service}.clock "
        "WHERE state = 'waiting' AND due_at < coalesce($1, now()) - interval '30 seconds'",
    }
    if service == "notifications":
        queries["mails on their way"] = (
            "SELECT count(*) FROM notifications.message WHERE state IN ('queued', 'sending')"
        )
        queries["ledger rows unsealed"] = (
            "SELECT count(*) FROM notifications.ledger WHERE seq > "
            "(SELECT coalesce(max(last_seq), 0) FROM notifications.ledger_seal)"
        )
    return {
        what: await connection.fetchval(query, *([spoke_until] if "$1" in query else []))
        for what, query in queries.items()
    }


def mail_arrivals(installation: Installation) -> dict[str, list[float]]:
    """When each mail came, by its Message-ID; seconds since 1970, in order."""
    found: dict[str, list[float]] = defaultdict(list)
    for file in sorted(installation.stack.mail_directory.glob("*.eml")):
        found[str(message_from_bytes(file.read_bytes())["Message-ID"])].append(_came_at(file))
    return found


def _came_at(file: Path) -> float:
    stamp = file.name.partition("-")[0]
    return datetime.strptime(stamp, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC).timestamp()


_ANSWERED_AGAIN = """
WITH receipt AS MATERIALIZED (
    SELECT event_id, convert_from(value, 'UTF8')::jsonb AS body FROM intake.outbox
    WHERE event_type = 'intake.receipt.issued.v1'
), standing AS MATERIALIZED (
    SELECT body->>'topic', body->>'message_id', coalesce(body->>'reference', '') FROM receipt
)
SELECT event_id::text AS id, body->>'topic' AS topic, (body->>'partition')::int AS partition,
    (body->>'offset')::int AS log_offset, body->>'message_id' AS message
FROM notifications.fact AS heard
WHERE type = 'intake.receipt.issued.v1'
AND NOT EXISTS (SELECT FROM receipt WHERE receipt.event_id = heard.event_id)
AND (body->>'topic', body->>'message_id', coalesce(body->>'reference', '')) IN (TABLE standing)
"""
_REDIRECTED = "'intake.concern.redirected_to_safeguarding.v1'"
_REFERENCES = ", ".join(
    f"facts->>'{kind.reference}'"
    for kind in KINDS.values()
    if kind.row == "signal" and kind.reference
)
_THEIRS = f"coalesce({_REFERENCES}, '')"
_TOLD_UNDER = r"coalesce(substring(text from 'told under (\S+)'), '')"
_SAID = f"CASE kind WHEN 'compliment' THEN '{COMPLIMENT}' ELSE '{FEEDBACK}' END"
_QUERIES = {
    "concerns": f"SELECT id::text AS id, '{CONCERN}' AS type, reference, "
    "client_reference AS theirs, source, category, "
    "occurred_on::text AS day, significant_harm AS harm, immediate_danger AS danger, "
    "reporter_ref IS NOT NULL AS answered, "
    "(SELECT reference FROM intake.location AS l WHERE l.id = location_id) AS location "
    "FROM intake.concern",
    "signals": f"SELECT id::text AS id, kind AS type, reference, {_THEIRS} AS theirs "
    "FROM intake.signal",
    "feedbacks": f"SELECT id::text AS id, {_SAID} AS type, reference, "
    f"{_TOLD_UNDER} AS theirs FROM intake.feedback",
    "requests": f"SELECT id::text AS id, '{REQUEST}' AS type, reference, "
    f"{_TOLD_UNDER} AS theirs FROM intake.request",
    "acknowledgements": f"SELECT c.id::text AS id, '{HANDOVER}' AS type, c.reference, "
    "'' AS theirs FROM intake.handover AS h JOIN intake.concern AS c ON c.id = h.concern_id "
    "WHERE h.acknowledged_at IS NOT NULL",
    "ratings of the register": "SELECT id::text AS id FROM intake.rating",
    "quarantined": "SELECT agency_id, message_id, rule, state FROM intake.quarantine",
    "receipts taken": "SELECT event_id::text AS id FROM intake.inbox WHERE source LIKE 'partner.%'",
    "decisions": "SELECT concern_id::text AS id, text FROM intake.concern_entry "
    "WHERE kind = 'decision'",
    "handovers": "SELECT concern_id::text AS id FROM intake.handover",
    "facts": "SELECT kind, reference::text AS id FROM assessment.fact",
    "heard": "SELECT event_id::text AS event, type, service, "
    "coalesce(body->>'concern_id', body->>'signal_id', body->>'request_id') AS id, "
    "(body->>'escalation')::int AS escalation FROM notifications.fact",
    "crossings": "SELECT id::text AS id, rule, state FROM assessment.crossing",
    "triggers": "SELECT crossing_id::text AS id, state FROM meetings.trigger",
    "fired": "SELECT subject_id::text AS id, count(*) AS times FROM intake.clock "
    "WHERE state = 'fired' AND rule = 'handover_unacknowledged' GROUP BY subject_id",
    "escalations": "SELECT body->>'concern_id' AS id, (body->>'escalation')::int AS number "
    "FROM (SELECT convert_from(value, 'UTF8')::jsonb AS body FROM intake.outbox "
    f"WHERE event_type = {_REDIRECTED}) AS said WHERE (body->>'escalation')::int > 0",
    "disclosed": "SELECT agency_id AS agency, event_id::text AS event, ce_id::text AS id, digest, "
    "type FROM notifications.disclosed",
    "feeds said": "SELECT split_part(topic, '.', 2) AS agency, event_id::text AS id "
    "FROM notifications.outbox WHERE topic LIKE 'partner.%'",
    "ledger": "SELECT kind, substr(audience, 8) AS agency, event_id::text AS event, digest "
    "FROM notifications.ledger WHERE audience LIKE 'agency:%'",
    "ledger of mails": "SELECT audience, event_id::text AS event FROM notifications.ledger "
    "WHERE kind = 'disclosure' AND audience NOT LIKE 'agency:%'",
    "messages": "SELECT id::text AS id, cause_id::text AS cause, kind, header_id, state, audience, "
    "perhaps_sent, smtp_code, rule, cause_type LIKE 'meetings.%' AS of_meetings, "
    "subject || text <> '' AS written FROM notifications.message",
    "settled": "SELECT message_id::text AS id, state, rule FROM meetings.delivery",
}
