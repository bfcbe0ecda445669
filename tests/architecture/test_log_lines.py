"""What the code hands to logs, spans and metrics: ids of ours, words of ours, and counts.

Read from the source, so that a line that runs once a year is looked at too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared.platform.exporters import ALLOWED_ATTRIBUTES
from tests.stage import ROOT

_IN_A_LOG_LINE = frozenset(
    {
        *(
            "agency",
            "count",
            "group",
            "pack",
            "partition",
            "partnership",
            "process",
            "reason",
            "rule",
        ),
        *("seconds", "state", "topic", "waiting", "what"),
        "exc_info",  # goes out as the exception's type and place
    }
)
"""The keywords of a log line beside ids (`…_id`). Names of ours; add one with care."""
_OF_A_METRIC = ALLOWED_ATTRIBUTES | {"group", "outcome", "state"}
_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


@cache
def calls() -> tuple[tuple[str, ast.Call, str], ...]:
    """Every call of a method in services and shared: where, the call, the method's name."""
    return tuple(_calls())


def _calls() -> Iterator[tuple[str, ast.Call, str]]:
    for room in ("services", "shared"):
        for path in sorted(Path(ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    yield place, node, _name(node.func)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _on_the_log(call: ast.Call) -> bool:
    of = call.func
    return isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id == "log"


def _keys(found: ast.expr) -> list[str]:
    """The keys of a dictionary that is written down; anything else is nobody's to check."""
    if not isinstance(found, ast.Dict):
        return ["(not written down)"]
    return [key.value if isinstance(key, ast.Constant) else "(computed)" for key in found.keys]  # type: ignore[misc]  # a key's constant is a text


def test_a_log_line_holds_ids_words_of_ours_and_counts_only() -> None:
    lines = [(p, call) for p, call, name in calls() if name in _LEVELS and _on_the_log(call)]
    assert len(lines) > 20
    unnamed = [place for place, call in lines if not isinstance(call.args[0], ast.Constant)]
    more = [place for place, call in lines if len(call.args) != 1]
    unknown = [
        f"{place}: {keyword.arg}"
        for place, call in lines
        for keyword in call.keywords
        if keyword.arg not in _IN_A_LOG_LINE and not str(keyword.arg).endswith("_id")
    ]
    texts = [
        f"{place}: {keyword.arg}"
        for place, call in lines
        for keyword in call.keywords
        if isinstance(keyword.value, ast.JoinedStr)
    ]
    assert unnamed + more + unknown + texts == []


def test_a_span_is_given_attributes_of_the_allow_list_only() -> None:
    given = [
        (place, key)
        for place, call, name in calls()
        for keyword in call.keywords
        if keyword.arg == "attributes" and name in ("span", "start_as_current_span")
        if not place.startswith("shared/platform/telemetry.py")  # hands on what it was given
        for key in _keys(keyword.value)
    ]
    given += [
        (place, str(call.args[0].value if isinstance(call.args[0], ast.Constant) else "(computed)"))
        for place, call, name in calls()
        if name == "set_attribute"
    ]
    assert len(given) > 10
    assert [(place, key) for place, key in given if key not in ALLOWED_ATTRIBUTES] == []


def test_a_metric_is_counted_by_attributes_of_the_allow_list_only() -> None:
    counted = [
        (place, key)
        for place, call, name in calls()
        if name in ("add", "record") and len(call.args) == 2 and isinstance(call.args[1], ast.Dict)
        for key in _keys(call.args[1])
    ]
    assert len(counted) > 5
    assert [(place, key) for place, key in counted if key not in _OF_A_METRIC] == []
