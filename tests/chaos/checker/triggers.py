"""What assessment says of triggers is what meetings knows of them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.chaos.checker.reading import Row
from tests.chaos.checker.verdict import Verdict

_THEME = "W2.9"
_STATES = {"candidate": "raised", "rejected": "ended", "met": "met", "ended": "ended"}
"""How meetings calls what assessment calls so."""


def judge(verdict: Verdict, crossings: Iterable[Row], triggers: Iterable[Row]) -> None:
    """Each crossing of a trigger is one row in meetings, in the same state."""
    wanted = {row["id"]: _STATES[row["state"]] for row in crossings if row["rule"] != _THEME}
    found = [(row["id"], row["state"]) for row in triggers]
    verdict.once("triggers in meetings", wanted, [id_ for id_, _ in found])
    for id_, state in found:
        if id_ in wanted and wanted[id_] != state:
            verdict.wrong[f"triggers that are {state} in meetings, not {wanted[id_]}"] += 1
