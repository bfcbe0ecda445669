"""One run: start, load, break, come to rest, check, stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import asyncpg

from deploy.local.process import ServerError
from shared.contracts.catalogue import SERVICES, inbound_topic
from tests.chaos.campaign import Campaign, Happened
from tests.chaos.checker import Verdict, check, unsettled
from tests.chaos.desk import Desk
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation, Restart, wait_for
from tests.chaos.traffic import Traffic
from tests.chaos.truth import slow, unready, unseen, untrue
from tests.chaos.watch import Watch
from tests.secrecy.canaries import found_in

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """All that a run has found."""

    happened: list[Happened]
    verdict: Verdict
    problems: list[str]
    restarts: list[Restart]

    @property
    def sound(self) -> bool:
        """Nothing was lost, doubled, wrong, untrue or slow, and all faults ran."""
        return not self.verdict.sentences and not self.problems


def run(
    directory: Path,
    random: Random,
    faults: Callable[[Random], Iterable[Fault]],
    *,
    seconds: float,
    rest_seconds: float,
    say: Say,
) -> Outcome:
    """Run a campaign in a directory; `seconds` bound the faults, `rest_seconds` what follows."""
    with _running(directory, say) as installation:
        traffic, watch = Traffic(installation, random), Watch(installation)
        desk = Desk(installation, Random(random.getrandbits(64)))  # noqa: S311 - no secret
        installation.traffic, installation.desk = traffic, desk
        # A backup of before would forget them: what is then said to them comes to nobody.
        if not wait_for(installation.everybody_is_known, rest_seconds, 0.5):
            raise ServerError("notifications has not heard of everybody whom the register names")
        watch.start()
        desk.start()
        try:
            campaign = Campaign(installation, traffic, watch, random, say)
            campaign.run(list(faults(random)), time.monotonic() + seconds)
            problems = campaign.problems
            desk.end()
            problems += desk.problems
            say(f"{len(desk.done)} concerns told over HTTP; answers: {dict(desk.heard)}")
            if left := traffic.settle(60.0):
                problems.append(f"{left} records could not be published: {traffic.failed[:3]}")
            say(f"published {len(traffic.taken)}; waiting until all has come to rest")
            problems += _come_to_rest(installation, traffic, watch, rest_seconds)
            problems += slow(campaign.happened)
            problems += untrue(watch.looks, campaign.happened)
            problems += unseen(watch.looks, campaign.happened)
            problems += unready(watch.looks, campaign.happened)
            problems += leaked(installation.directory)
        finally:
            desk.end()
            watch.close()
            traffic.close()
        problems += _fall_silent(installation, traffic, rest_seconds)
        say("checking")
        verdict = asyncio.run(check(installation, traffic, campaign.happened))
        return Outcome(campaign.happened, verdict, problems, installation.restarts)


def _fall_silent(installation: Installation, traffic: Traffic, seconds: float) -> list[str]:
    """Let nothing be said any more before it is checked: escalations would go on for hours."""
    waiting: dict[str, int] = {}

    def heard_all() -> bool:
        found = asyncio.run(_waiting(installation.dsn, traffic.ends()))
        waiting.clear()
        waiting.update({name: n for name, n in found.items() if not name.startswith("intake")})
        return not waiting

    installation.end_speaking()
    silent = wait_for(heard_all, seconds, 0.5)
    installation.end_services()
    return [] if silent else [f"not silent after {seconds:.0f} s: {waiting}"]


@contextmanager
def _running(directory: Path, say: Say) -> Iterator[Installation]:
    installation = Installation(directory)
    say("starting the stack")
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


def _come_to_rest(
    installation: Installation, traffic: Traffic, watch: Watch, seconds: float
) -> list[str]:
    """Wait until all is settled and ready; gives what is not in time."""
    if not wait_for(lambda: watch.receipts >= len(traffic.taken), seconds, 0.5):
        return [f"after {seconds:.0f} s {watch.receipts} receipts for {len(traffic.taken)} records"]
    waiting: dict[str, int] = {}

    def rests() -> bool:
        waiting.clear()
        waiting.update(asyncio.run(_waiting(installation.dsn, traffic.ends())))
        return not waiting

    problems = []
    if not wait_for(rests, seconds, 0.5):
        problems.append(f"not at rest after {seconds:.0f} s: {waiting}")
    ready = {service: partial(_is_ready, installation, service) for service in SERVICES}
    late = [service for service, says_so in ready.items() if not wait_for(says_so, 15.0)]
    return problems + [f"{service} is not ready again" for service in late]


def _is_ready(installation: Installation, service: str) -> bool:
    return installation.readiness(service) == 200


async def _waiting(dsn: str, ends: dict[str, int]) -> dict[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        found: dict[str, int] = {}
        for service in SERVICES:
            for what, count in (await unsettled(connection, service)).items():
                if count and what != "dead letters":
                    found[f"{service} {what}"] = count
        rows = await connection.fetch("SELECT topic, next_offset FROM intake.consumed")
        read = {row["topic"]: row["next_offset"] for row in rows}
        for agency, end in ends.items():
            if end > read.get(inbound_topic(agency), 0):
                found[f"{agency} unread"] = end - read.get(inbound_topic(agency), 0)
        heard = await connection.fetch(_BEHIND)
        return found | {f"{row['service']} behind": row["behind"] for row in heard}
    finally:
        await connection.close()


_BEHIND = """
SELECT service, said - heard AS behind FROM (
    SELECT 'assessment' AS service,
        (SELECT count(*) FROM intake.concern WHERE NOT immediate_danger)
        + (SELECT count(*) FROM intake.signal WHERE kind <> 'partner.police_matter.held.v1')
        + (SELECT count(*) FROM intake.feedback)
        + (SELECT count(*) FROM intake.handover)
        + (SELECT count(*) FROM intake.outbox WHERE event_type = 'intake.concern.triaged.v1')
        AS said,
        (SELECT count(*) FROM assessment.fact WHERE reference NOT IN (SELECT id FROM intake.rating))
        AS heard
    UNION ALL
    SELECT 'meetings',
        (SELECT count(*) FROM assessment.crossing WHERE rule <> 'W2.9'),
        (SELECT count(*) FROM meetings.trigger)
    UNION ALL
    SELECT 'meetings, of mails',
        (SELECT count(*) FROM notifications.message WHERE cause_type LIKE 'meetings.%'),
        (SELECT count(*) FROM meetings.delivery)
    UNION ALL
    SELECT 'notifications',
        (SELECT count(*) FROM intake.outbox WHERE topic = 'intake.v1')
        + (SELECT count(*) FROM assessment.outbox) + (SELECT count(*) FROM meetings.outbox),
        (SELECT count(*) FROM notifications.fact WHERE service <> 'notifications')
        - (SELECT count(*) FROM notifications.fact AS f WHERE type = 'intake.receipt.issued.v1'
            AND NOT EXISTS (SELECT FROM intake.outbox AS o WHERE o.event_id = f.event_id))
) AS standing WHERE said <> heard
"""


def leaked(directory: Path) -> list[str]:
    """Where something of the concerns' narratives is that ought to be in intake alone."""
    open_to_others = [directory / name for name in ("logs", "spans", "metrics", "mail")]
    return [f"a narrative is in {name}" for name in found_in(open_to_others)]
