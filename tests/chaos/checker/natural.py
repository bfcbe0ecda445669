"""By what every table's rows are told apart in life, ids of our own making aside.

A second row with the same natural key is an effect that took place twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from shared.contracts.catalogue import SERVICES
from tests.chaos.checker.verdict import Verdict

PLATFORM: dict[str, str] = {
    "outbox": "topic, event_id",
    "inbox": "source, event_id",
    "consumed": "consumer_group, topic, partition",
    "dead_letter": "topic, partition, log_offset, digest",
    "clock": "rule, subject_id, due_at",
    "audit": "at, who, did, subject, why",
    "idempotency": "id",
}
KEYS: dict[str, dict[str, str]] = {
    "intake": {
        "provider": "partnership, reference",
        "location": "partnership, reference",
        "succession": "partnership, location_reference, predecessor_reference",
        "rating": "location_id, provider_id, service_group, key_question, published_on, raw",
        "contact": "partnership, location_id, provider_id, agency_id, role, email",
        "past_fact": "subject_id, name, until, until_source, value",
        "register_import": "partnership, source, source_date, digest",
        "inbound": "agency_id, message_id",
        "quarantine": "topic, partition, log_offset, digest",
        "request": "partnership, type, asked_by, text, details, received_at",
        "policy_variation": "provider_id, name, at",
        "file": "concern_id, client_id",
        "signal": "agency_id, kind, location_id, facts",
        "expected_return": "location_id, quarter",
        "feedback": "source, kind, location_id, category, occurred_on, text",
        "agency": "partnership, id",
        "agency_function": "agency_id, function, held_from",
        "agreement": "agency_id, version, signed_on",
        "confidentiality_acceptance": "partnership, person_ref, version",
        "agency_succession": "predecessor, successor",
        "legal_hold": "subject_kind, subject_id, set_at",
        "retention_run": "partnership, asked_by, asked_at",
        "concern_draft": "owner, form",
        "concern": "partnership, source, client_reference",
        "concern_entry": "concern_id, kind, said_by, text, facts",
        "concern_to_index": "concern_id",
        "concern_words": "concern_id",
        "triage_claim": "concern_id",
        "handover": "concern_id",
        "duplicate": "concern_id, other_id",
    },
    "assessment": {
        "location": "partnership, reference",
        "fact": "kind, reference",
        "item": "location_id, series, circle",
        "crossing": "location_id, rule, series, circle, name",
        "decision": "subject_id, kind, decided_by, decided_at",
    },
    "meetings": {
        "location": "partnership, provider_reference, name",
        "agency": "partnership, id",
        "contact": "partnership, location_id, provider_id, agency_id, role, email",
        "confidentiality_acceptance": "partnership, person_ref, version",
        "trigger": "crossing_id",
        "consideration": "location_id, opened_at",
        "decision": "consideration_id",
        "qip": "consideration_id",
        "member": "qip_id, agency_id",
        "chair": "qip_id, person_ref, appointed_at",
        "provider_contact": "qip_id, contacted_on, channel, recorded_by",
        "meeting": "qip_id, starts_at",
        "plan": "qip_id, version",
        "delivery": "message_id",
    },
    "notifications": {
        "fact": "event_id",
        "location": "partnership, reference",
        "agency": "partnership, id",
        "agency_function": "agency_id, function, held_from",
        "contact": "partnership, location_id, provider_id, agency_id, role, email",
        "qip": "location_id",
        "member": "qip_id, agency_id",
        "disclosed": "agency_id, event_id",
        "ledger": "kind, audience, event_id, digest, under",
        "ledger_seal": "first_seq",
        "message": "cause_id, kind, audience",
    },
}
"""Columns by service and table; of JSON, what it says. Empty values count as equal."""

_OURS = frozenset({"alembic_version"})


def keys_of(service: str) -> dict[str, str]:
    """The natural key of every table of a service."""
    return KEYS[service] | PLATFORM


async def judge_all(verdict: Verdict, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Look for second rows in every table of every service."""
    for service in SERVICES:
        keys = keys_of(service)
        tables = await _tables(connection, service)
        counts = {
            table: await _second_rows(connection, f"{service}.{table}", keys[table])
            for table in tables & keys.keys()
        }
        judge(verdict, service, tables, counts)


def judge(verdict: Verdict, service: str, tables: set[str], counts: Mapping[str, int]) -> None:
    """`counts`: rows beyond the first of their key, of those tables that are listed here."""
    for table in sorted(tables - keys_of(service).keys()):
        verdict.wrong[f"{service}.{table} has no natural key listed"] += 1
    for table, count in counts.items():
        verdict.doubled[f"rows of {service}.{table}"] += count


async def _tables(connection: asyncpg.Connection[asyncpg.Record], service: str) -> set[str]:
    """Its tables; those that are parts of another are that one."""
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace "
        "AND relkind IN ('r', 'p') AND NOT relispartition",
        service,
    )
    return {row["relname"] for row in rows} - _OURS


async def _second_rows(connection: asyncpg.Connection[asyncpg.Record], table: str, key: str) -> int:
    found: int = await connection.fetchval(
        f"SELECT coalesce(sum(times - 1), 0)::int FROM "
        f"(SELECT count(*) AS times FROM {table} GROUP BY {key} HAVING count(*) > 1) AS again"
    )
    return found
