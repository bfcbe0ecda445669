"""docs/refusals.md lists every rule under which something is refused or held back, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from deploy.refusal_pages import path_of
from shared.contracts.words import refused
from shared.platform.problems import of_refusal
from tests.stage import ROOT

PAGE = ROOT / "docs" / "refusals.md"
_SAID_FIRST = {"refused", "unreadable", "Unreadable", "Withheld"}
"""Calls whose first argument is the id of a rule."""
_RULE = re.compile(r"[A-Za-z0-9.-]+")


def rules_in_code() -> set[str]:
    """The ids of rules in domains, handlers and what is shared."""
    paths = [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]
    return {rule for path in paths for rule in _rules(ast.parse(path.read_text("utf-8")))}


def _rules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            said = [k.value for k in node.keywords if k.arg == "rule"]
            said += node.args[:1] if name in _SAID_FIRST else []
        elif isinstance(node, ast.FunctionDef) and node.name == "_why_not":
            said = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value]
        elif isinstance(node, ast.Assign) and _names(node) & _CONSTANTS:
            said = [node.value]
        else:
            continue
        yield from (text for value in said for text in _texts(value))


_CONSTANTS = {"NO_RECIPIENT", "INSECURE", "NOT_FOR_RECIPIENT", "SUSPENDED"}


def _names(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def _texts(value: ast.expr) -> Iterator[str]:
    """The texts of an argument: a constant, or one of two."""
    branches = (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)
    for branch in branches:
        if isinstance(branch, ast.Constant) and isinstance(branch.value, str):
            yield branch.value


def rules_on_the_page() -> set[str]:
    """The ids in the first columns of the page's tables."""
    cells = re.findall(r"^\| (`[^|]*`) \|", PAGE.read_text("utf-8"), flags=re.M)
    return {rule for cell in cells for rule in re.findall(r"`([^`]+)`", cell)}


def test_every_rule_of_the_code_is_on_the_page_and_the_page_names_no_other() -> None:
    found = rules_in_code()
    assert {"WCC1a", "door.fault", "policy.no-pack", "L1.2c", "not-named", "L8b"} <= found
    assert found - rules_on_the_page() == set()
    assert rules_on_the_page() - found == set()


def test_an_id_of_a_rule_is_one_word() -> None:
    assert [rule for rule in rules_in_code() if not _RULE.fullmatch(rule)] == []


REFUSING = {"refused", "unreadable"}
"""Calls that refuse something to who asks; others withhold it without a word."""


def rules_that_are_answered() -> set[str]:
    """The ids of rules that somebody may read in a problem."""
    found: set[str] = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSING
            if called and isinstance(node, ast.Call):
                found |= {text for value in node.args[:1] for text in _texts(value)}
    return found


@pytest.mark.requirement("WX0", "WS2")
def test_every_refusal_has_a_page_of_its_own_under_the_name_in_its_problem() -> None:
    answered = rules_that_are_answered()
    assert {"WCC1a", "WCC1c", "WG3", "W3.3", "L1.2h", "door.category"} <= answered
    missing = [rule for rule in sorted(answered) if not path_of(ROOT, rule).exists()]
    assert missing == []
    problem = of_refusal(refused("WCC2", "No.", "Do.", field="measures"))
    assert ROOT / problem.extra["page"] == path_of(ROOT, "WCC2")


@pytest.mark.parametrize("rule", ["WX0", "WX2", "WX4", "WX5", "WX6", "W3.3", "L1.2h", "L1.2i"])
def test_a_page_says_what_is_refused_and_what_to_do(rule: str) -> None:
    text = path_of(ROOT, rule).read_text("utf-8")
    section = PAGE.read_text("utf-8").split(f"### {rule}: ", 1)[1].split("\n\n", 2)[1]
    assert text.startswith(f"# Refused under {rule}\n")
    assert section.splitlines()[0] in text
