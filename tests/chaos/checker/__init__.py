"""Holds what became of everything against what was published. Knows no code of the services.

It reads the topics with a plain consumer, the databases as superuser, and the mailbox's files.
`reading` fetches; every other file here judges what was fetched, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from shared.contracts.catalogue import SERVICES, outbound_topic
from tests.chaos.campaign import Happened
from tests.chaos.checker import (
    acts,
    clocks,
    disclosure,
    effects,
    mails,
    natural,
    publication,
    receipts,
    states,
    triggers,
)
from tests.chaos.checker.reading import (
    Rows,
    answered_again,
    mail_arrivals,
    outbox_of,
    read_all,
    rows_of,
    unsettled,
)
from tests.chaos.checker.verdict import Verdict
from tests.chaos.installation import Installation
from tests.chaos.traffic import AGENCIES, Traffic


async def check(
    installation: Installation, traffic: Traffic, happened: Sequence[Happened]
) -> Verdict:
    """Check a system that has come to rest."""
    verdict = Verdict()
    topics = read_all(installation)
    logs = {agency: topics.inbound[agency] for agency in AGENCIES}
    feeds = {agency: topics.said[outbound_topic(agency)] for agency in AGENCIES}
    receipts.judge_acknowledged(verdict, logs, traffic)
    connection = await asyncpg.connect(installation.dsn)
    try:
        rows, again = await rows_of(connection), await answered_again(connection)
        references = receipts.judge_receipts(verdict, logs, feeds, traffic, again.places)
        for service in SERVICES:
            said = await outbox_of(connection, service)
            publication.judge(verdict, service, said, topics.said, installation.marks, again.ids)
            left = await unsettled(connection, service, installation.spoke_until)
            for what, count in left.items():
                verdict.wrong[f"{service}: {what}"] += count
        await natural.judge_all(verdict, connection)
    finally:
        await connection.close()
    _judge_rows(verdict, rows, references, traffic, installation)
    disclosure.judge_concerns(verdict, rows, topics.said)
    arrived = mail_arrivals(installation)
    mails.judge(verdict, rows["messages"], arrived, [one for one in happened if one.doubles_mail])
    return verdict


def _judge_rows(
    verdict: Verdict,
    rows: Rows,
    references: dict[tuple[str, str], str],
    traffic: Traffic,
    installation: Installation,
) -> None:
    told = installation.desk.done
    states.judge(verdict, references, traffic, rows)
    effects.judge_at_the_door(verdict, rows, references, traffic, told)
    effects.judge_facts(verdict, rows)
    acts.judge(verdict, rows, told)
    disclosure.judge(verdict, rows)
    triggers.judge(verdict, rows["crossings"], rows["triggers"])
    clocks.judge(verdict, rows["fired"], rows["escalations"])
    mails.judge_causes(verdict, rows)
    mails.judge_withheld(verdict, rows, installation.desk.mistakes)


__all__ = ["Verdict", "check", "unsettled"]
