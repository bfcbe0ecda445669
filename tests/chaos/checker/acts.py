"""What people did over HTTP took effect once, however often their clients had to ask."""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.checker.reading import Rows
from tests.chaos.checker.verdict import Verdict
from tests.chaos.desk import Act


def judge(verdict: Verdict, rows: Rows, acts: Sequence[Act]) -> None:
    """Each triage is one decision, one change of state, and one event (a handover its own)."""
    verdict.acts = sum(1 + act.triaged for act in acts)
    verdict.requests = sum(act.requests for act in acts)
    for act in acts:
        verdict.wrong["acts answered in two ways"] += len(act.answers) > 1
    triaged = [act for act in acts if act.triaged]
    decided = [(row["id"], row["text"]) for row in rows["decisions"]]
    verdict.once("decisions", [(act.concern_id, act.name) for act in triaged], decided)
    kept = [act.concern_id for act in triaged if not act.to_safeguarding]
    events = [row["id"] for row in rows["heard"] if row["type"] == "intake.concern.triaged.v1"]
    verdict.once("triages told", kept, events)
    _judge_handovers(verdict, rows, triaged)


def _judge_handovers(verdict: Verdict, rows: Rows, triaged: Sequence[Act]) -> None:
    told = [row["id"] for row in rows["concerns"] if row["harm"] or row["danger"]]
    handed = [act.concern_id for act in triaged if act.to_safeguarding]
    verdict.once("handovers", [*told, *handed], [row["id"] for row in rows["handovers"]])
