"""One message per cause and reader; no mail twice but where a fault made it impossible to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from tests.chaos.campaign import Happened
from tests.chaos.checker.reading import Row, Rows
from tests.chaos.checker.verdict import Verdict

_HANDOVER = "intake.concern.redirected_to_safeguarding.v1"
_ACKNOWLEDGED = "intake.concern.acknowledged.v1"
_KINDS = {_HANDOVER: "safeguarding_handover", _ACKNOWLEDGED: "concern_acknowledged"}


def judge_causes(verdict: Verdict, rows: Rows) -> None:
    """Each fact that is written to somebody has its one message, and each failure its notice."""
    for type_, kind in _KINDS.items():
        causes = [row["event"] for row in rows["heard"] if row["type"] == type_]
        written = [row["cause"] for row in rows["messages"] if row["kind"] == kind]
        verdict.once(f"messages: {kind}", causes, written)
    own = [row for row in rows["messages"] if row["kind"] != "not_delivered"]
    notices = [row["cause"] for row in rows["messages"] if row["kind"] == "not_delivered"]
    failed = [row["id"] for row in own if row["state"] == "failed"]
    verdict.once("notices to the owner of what failed", failed, notices)
    sent = [(row["audience"], row["cause"]) for row in rows["messages"] if row["state"] == "sent"]
    told = [(row["audience"], row["event"]) for row in rows["ledger of mails"]]
    verdict.once("ledger rows of mails", sent, told)


def judge_withheld(verdict: Verdict, rows: Rows, mistakes: Sequence[str]) -> None:
    """What nobody may be told is withheld, under a rule and unwritten; who said it hears of it."""
    withheld = [row for row in rows["messages"] if row["state"] == "withheld"]
    verdict.once("mails to be withheld", mistakes, [row["cause"] for row in withheld])
    verdict.wrong["mails withheld without a rule"] += sum(not row["rule"] for row in withheld)
    verdict.wrong["mails withheld, and written"] += sum(row["written"] for row in withheld)
    of_meetings = [row for row in rows["messages"] if row["of_meetings"]]
    told = [(row["id"], row["state"], row["rule"]) for row in rows["settled"]]
    said = [(row["id"], row["state"], row["rule"]) for row in of_meetings]
    verdict.once("outcomes of mails at meetings", said, told)


def judge(
    verdict: Verdict,
    messages: Iterable[Row],
    arrived: Mapping[str, Sequence[float]],
    faults: Sequence[Happened],
) -> None:
    """`arrived`: when each Message-ID came; `faults`: those that can make one come twice."""
    left = dict(arrived)
    verdict.mails = sum(len(times) for times in arrived.values())
    for row in messages:
        times = left.pop(row["header_id"], ())
        _judge_arrivals(verdict, row, times, faults)
        if row["state"] == "withheld":
            verdict.mails_withheld += 1
            verdict.wrong["mails that were withheld, and came"] += len(times)
        if row["state"] == "sent" and not times:
            verdict.lost["mails"] += 1
        if row["state"] == "failed" and (row["smtp_code"] or 0) < 500:
            verdict.wrong["mails given up without a refusal"] += 1
    verdict.wrong["mails of no message"] += sum(len(times) for times in left.values())


def _judge_arrivals(
    verdict: Verdict, row: Row, times: Sequence[float], faults: Sequence[Happened]
) -> None:
    for first, second in pairwise(times):
        if not row["perhaps_sent"]:
            verdict.doubled["mails, unmarked"] += 1
        elif not any(one.injected_at <= second and first <= one.over for one in faults):
            verdict.doubled["mails, marked, though no fault lay between"] += 1
        else:
            verdict.mails_twice += 1
