"""Holds what became of everything against what was published. Knows no code of the services.

It reads the topics with a plain consumer, the databases as superuser, and the mailbox's files.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

import asyncpg

from shared.contracts.catalogue import SERVICES, inbound_topic, outbound_topic
from tests.chaos.installation import Installation
from tests.chaos.logs import Entry, first_appearances, history, read_topic
from tests.chaos.traffic import AGENCIES, CONCERN, Traffic

_RECEIPT = "feed.receipt.v1"


@dataclass
class Verdict:
    """What was found wrong. Each entry names the promise and how often it was broken."""

    published: int = 0
    sound: int = 0
    receipts: int = 0
    repeated: int = 0
    """Records that came again under the same `ce_id`, as the guide says they may."""
    clocks: int = 0
    """Escalations whose time had come."""
    mails: int = 0
    mails_twice: int = 0
    """Mails that came twice and are marked as perhaps sent."""
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def sentences(self) -> list[str]:
        """Everything that was violated."""
        return [
            f"{what}: {count} {name}".strip()
            for name, counter in (("lost", self.lost), ("doubled", self.doubled), ("", self.wrong))
            for what, count in counter.items()
            if count
        ]

    def once(self, what: str, wanted: Iterable[object], found: Iterable[object]) -> None:
        """Every wanted thing has to be found exactly once, and nothing else."""
        counts, names = Counter(found), set(wanted)
        self.lost[what] += len(names - counts.keys())
        self.doubled[what] += sum(n - 1 for thing, n in counts.items() if thing in names)
        self.wrong[f"{what}: found, though nobody published it"] += len(counts.keys() - names)


async def check(installation: Installation, traffic: Traffic) -> Verdict:
    """Check a system that has come to rest."""
    verdict = Verdict()
    login = installation.broker_login
    logs = {agency: _inbound(installation, agency) for agency in AGENCIES}
    feeds = {
        agency: read_topic(
            installation.agency_login(agency),
            outbound_topic(agency),
            f"partner.{agency}.chaos-check",
        )
        for agency in AGENCIES
    }
    internal = {
        topic: read_topic(login, topic, "chaos-check")
        for topic in (*(f"{service}.v1" for service in SERVICES), "intake.contacts.v1")
    }
    _check_acknowledged(verdict, logs, traffic)
    references = _check_receipts(verdict, logs, feeds, traffic)
    connection = await asyncpg.connect(installation.dsn)
    try:
        await _check_effects(verdict, connection, references, traffic)
        await _check_facts(verdict, connection)
        topics = internal | {outbound_topic(agency): feed for agency, feed in feeds.items()}
        for service in SERVICES:
            await _check_publication(verdict, connection, service, topics, installation.marks)
            await _check_rest(verdict, connection, service)
        await _check_clocks(verdict, connection)
        await _check_mails(verdict, connection, installation)
    finally:
        await connection.close()
    return verdict


def _inbound(installation: Installation, agency: str) -> list[Entry]:
    return read_topic(installation.broker_login, inbound_topic(agency), "chaos-check")


def _check_acknowledged(
    verdict: Verdict, logs: Mapping[str, list[Entry]], traffic: Traffic
) -> None:
    there = {(agency, entry.offset): entry.id for agency, log in logs.items() for entry in log}
    for place, id_ in traffic.taken.items():
        if there.get(place) != id_:
            verdict.lost["records that the broker had acknowledged"] += 1
    verdict.published = len(there)


def _check_receipts(
    verdict: Verdict,
    logs: Mapping[str, list[Entry]],
    feeds: Mapping[str, list[Entry]],
    traffic: Traffic,
) -> dict[tuple[str, str], str]:
    """One receipt per record, in order, saying what it has to; gives references by message."""
    references: dict[tuple[str, str], str] = {}
    for agency, log in logs.items():
        distinct = first_appearances(feeds[agency])
        verdict.repeated += len(feeds[agency]) - len(distinct)
        receipts = [entry.data for entry in distinct if entry.type == _RECEIPT]
        verdict.receipts += len(receipts)
        held = history(log, traffic.cuts[agency])
        wanted = [(e.partition, e.offset, e.id) for e, lost in held if not lost]
        found = [(r["partition"], r["offset"], r["message_id"]) for r in receipts]
        # What the broker lost may have been read before, or not; its receipt stands if it was.
        gone = {(e.partition, e.offset, e.id) for e, lost in held if lost} - set(wanted)
        of_lost = [place for place in found if place in gone]
        verdict.doubled["receipts of lost records"] += len(of_lost) - len(set(of_lost))
        standing = [place for place in found if place not in gone]
        verdict.once("receipts", wanted, standing)
        if [offset for _, offset, _ in standing] != sorted(offset for _, offset, _ in standing):
            verdict.wrong[f"receipts of {agency} out of order"] += 1
        by_place = dict(zip(found, receipts, strict=True))
        for entry, _ in held:
            receipt = by_place.get((entry.partition, entry.offset, entry.id))
            if receipt is not None:
                _check_receipt(verdict, references, (agency, entry.id), receipt, traffic)
    return references


def _check_receipt(
    verdict: Verdict,
    references: dict[tuple[str, str], str],
    message: tuple[str, str],
    receipt: Mapping[str, Any],
    traffic: Traffic,
) -> None:
    told = traffic.told[message]
    first = message not in references
    wanted = ("accepted" if first else "duplicate") if told.sound else "refused"
    if receipt["status"] != wanted:
        verdict.wrong[f"receipt says {receipt['status']} for what is {wanted}"] += 1
    if told.sound:
        verdict.sound += first
        reference = references.setdefault(message, receipt["reference"])
        if receipt["reference"] != reference:
            verdict.wrong["a duplicate's receipt with another reference"] += 1


async def _check_effects(
    verdict: Verdict,
    connection: asyncpg.Connection[asyncpg.Record],
    references: Mapping[tuple[str, str], str],
    traffic: Traffic,
) -> None:
    """Every sound message has one row, under the reference of its receipt."""
    concerns = await connection.fetch(
        "SELECT reference, client_reference AS theirs FROM intake.concern"
    )
    signals = await connection.fetch(
        "SELECT reference, coalesce(facts->>'complaint_reference', facts->>'review_reference', "
        "facts->>'enquiry_reference') AS theirs FROM intake.signal"
    )
    by_kind: dict[bool, list[tuple[str, str]]] = defaultdict(list)
    for place, reference in references.items():
        told = traffic.told[place]
        by_kind[told.type == CONCERN].append((reference, told.reference))
    verdict.once("concerns", by_kind[True], [(r["reference"], r["theirs"]) for r in concerns])
    verdict.once("signals", by_kind[False], [(r["reference"], r["theirs"]) for r in signals])
    taken = await connection.fetchval(
        "SELECT count(*) FROM intake.inbox WHERE source LIKE 'partner.%'"
    )
    if taken != verdict.receipts:
        verdict.wrong["records in intake's inbox against receipts"] += abs(taken - verdict.receipts)


async def _check_facts(verdict: Verdict, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Each effect is one fact in assessment and one in notifications."""
    wanted = await connection.fetch(
        "SELECT id::text AS id FROM intake.concern WHERE NOT immediate_danger "
        "UNION ALL SELECT id::text FROM intake.signal"
    )
    ids = [row["id"] for row in wanted]
    heard = await connection.fetch(
        "SELECT reference::text AS id FROM assessment.fact "
        "WHERE kind NOT IN ('concern_redirected', 'cqc_rating')"  # ratings come with the register
    )
    verdict.once("facts in assessment", ids, [row["id"] for row in heard])
    told = await connection.fetch(
        "SELECT coalesce(body->>'concern_id', body->>'signal_id') AS id FROM notifications.fact "
        "WHERE service = 'intake' AND type NOT IN "
        "('intake.concern.redirected_to_safeguarding.v1', 'intake.cqc_rating.changed.v1') "
        "AND (body ? 'concern_id' OR body ? 'signal_id')"
    )
    verdict.once("facts in notifications", ids, [row["id"] for row in told])


async def _check_publication(
    verdict: Verdict,
    connection: asyncpg.Connection[asyncpg.Record],
    service: str,
    topics: Mapping[str, list[Entry]],
    marks: Mapping[str, Mapping[int, int]],
) -> None:
    """Each event that was said is on its topic, and each key's are in the order of saying.

    A service whose database was restored reads its topics again, in another interleaving, and says
    the same once more: order is held against what came first on the topic after that.
    """
    rows = await connection.fetch(
        f"SELECT topic, key, event_id::text AS id FROM {service}.outbox ORDER BY seq"
    )
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["topic"] in topics:
            said[row["topic"]][row["key"]].append(row["id"])
    for topic, keys in said.items():
        heard: dict[str, list[str]] = defaultdict(list)
        distinct = first_appearances(topics[topic])
        if topic.endswith(f"{service}.v1"):
            verdict.repeated += len(topics[topic]) - len(distinct)
        mark = marks.get(topic, {})
        late = [entry for entry in distinct if entry.offset >= mark.get(entry.partition, 0)]
        for entry in late:
            heard[entry.key].append(entry.id)
        after = {entry.id for entry in late}
        ids = [id_ for told in keys.values() for id_ in told]
        verdict.once(f"events on {topic}", ids, [entry.id for entry in distinct])
        out = sum(heard[key] != [id_ for id_ in told if id_ in after] for key, told in keys.items())
        verdict.wrong[f"keys out of order on {topic}"] += out


async def _check_rest(
    verdict: Verdict, connection: asyncpg.Connection[asyncpg.Record], service: str
) -> None:
    """Nothing waits, nothing is set aside, nothing is half done."""
    for what, count in (await unsettled(connection, service)).items():
        verdict.wrong[f"{service}: {what}"] += count


async def unsettled(connection: asyncpg.Connection[asyncpg.Record], service: str) -> dict[str, int]:
    """What has not come to its end in a service."""
    queries = {
        "events unsent": f"SELECT count(*) FROM {service}.outbox WHERE sent_at IS NULL",
        "dead letters": f"SELECT count(*) FROM {service}.dead_letter "
        "WHERE state IN ('dead', 'parked')",
        "clocks overdue": f"SELECT count(*) FROM {service}.clock "
        "WHERE state = 'waiting' AND due_at < now() - interval '30 seconds'",
    }
    if service == "notifications":
        queries["mails on their way"] = (
            "SELECT count(*) FROM notifications.message WHERE state IN ('queued', 'sending')"
        )
        queries["ledger rows unsealed"] = (
            "SELECT count(*) FROM notifications.ledger WHERE seal IS NULL"
        )
    return {what: await connection.fetchval(query) for what, query in queries.items()}


async def _check_clocks(verdict: Verdict, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Each escalation clock that ran out has told safeguarding once more, and no other has."""
    fired = await connection.fetch(
        "SELECT subject_id::text AS id, count(*) AS times FROM intake.clock "
        "WHERE state = 'fired' GROUP BY subject_id"
    )
    told = await connection.fetch(
        "SELECT body->>'concern_id' AS id, (body->>'escalation')::int AS number "
        "FROM (SELECT convert_from(value, 'UTF8')::jsonb AS body FROM intake.outbox "
        "WHERE event_type = 'intake.concern.redirected_to_safeguarding.v1') AS said "
        "WHERE (body->>'escalation')::int > 0"
    )
    wanted = [(row["id"], number + 1) for row in fired for number in range(row["times"])]
    verdict.clocks = len(wanted)
    verdict.once("escalations", wanted, [(row["id"], row["number"]) for row in told])


async def _check_mails(
    verdict: Verdict, connection: asyncpg.Connection[asyncpg.Record], installation: Installation
) -> None:
    """One message per handover; no mail twice that is not marked as perhaps sent."""
    handed = await connection.fetch(
        "SELECT event_id::text AS id FROM notifications.fact "
        "WHERE type = 'intake.concern.redirected_to_safeguarding.v1'"
    )
    rows = await connection.fetch(
        "SELECT cause_id::text AS cause, kind, header_id, state, perhaps_sent, smtp_code "
        "FROM notifications.message"
    )
    handovers = [row["cause"] for row in rows if row["kind"] == "safeguarding_handover"]
    verdict.once("messages on handovers", [row["id"] for row in handed], handovers)
    files = installation.stack.mail_directory.glob("*.eml")
    arrived = Counter(str(message_from_bytes(f.read_bytes())["Message-ID"]) for f in files)
    verdict.mails = arrived.total()
    for row in rows:
        count = arrived.pop(row["header_id"], 0)
        if row["state"] == "sent" and count == 0:
            verdict.lost["mails"] += 1
        if count > 1 and row["perhaps_sent"]:
            verdict.mails_twice += count - 1
        elif count > 1:
            verdict.doubled["mails, unmarked"] += count - 1
        if row["state"] == "failed" and (row["smtp_code"] or 0) < 500:
            verdict.wrong["mails given up without a refusal"] += 1
    verdict.wrong["mails of no message"] += arrived.total()
