"""Holds the register of requirements against the tests' markers, and writes the page of both.

python -m tests.traceability check|write

A marker without a row, or a row that had a test and has none now, is an error.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REGISTER = ROOT / "docs" / "requirements.csv"
PAGE = ROOT / "docs" / "requirements.md"
SOURCES = {
    "wirral": "Quality Improvement Plan, Wirral",
    "lancashire": "Quality Improvement Planning: terms of reference, Lancashire",
}
HEADINGS = range(1, 13)
"""Of the contents of Wirral's plan, as the register counts them: WT1 to WT12."""
_WORKED_ON = frozenset({"requirement", "refusal", "principle"})


def register() -> list[dict[str, str]]:
    """The rows of the register, in the order of the sources' lines."""
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tests_by_requirement() -> dict[str, list[str]]:
    """The tests that name each id in `@pytest.mark.requirement(...)`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for id_ in _ids(node):
                    found[id_].append(f"{path.relative_to(ROOT)}::{node.name}")
    return dict(found)


def _ids(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
            "mark.requirement"
        ):
            for argument in decorator.args:
                yield ast.literal_eval(argument)


def uncovered_headings(rows: list[dict[str, str]]) -> list[str]:
    """What is wrong with the contents of Wirral's plan: each heading is covered by other rows.

    The rows of headings name what covers them: an id, a range of ids, or how ids begin.
    """
    contents = [row for row in rows if row["id"].startswith("WT")]
    numbers = [n for row in contents for n in _numbers(row["id"])]
    found = [f"no row for heading WT{n}" for n in HEADINGS if n not in numbers]
    ids = [row["id"] for row in rows if row not in contents]
    for row in contents:
        named = row["meaning"].rpartition("Covered by ")[2].rstrip(".").split(", ")
        found += [
            f"{row['id']}: no row {name or 'is named'}"
            for told in named
            for name in _spelt_out(told)
            if not any(_covers(id_, name) for id_ in ids)
        ]
    return found


def _numbers(id_: str) -> range:
    first, _, last = id_.replace("WT", "").partition("-")
    return range(int(first), int(last or first) + 1)


def _spelt_out(told: str) -> list[str]:
    """`WS1-WS4` is WS1, WS2, WS3, WS4."""
    ends = re.fullmatch(r"([A-Z]+)(\d+)-\1(\d+)", told)
    if ends is None:
        return [told]
    return [f"{ends[1]}{number}" for number in range(int(ends[2]), int(ends[3]) + 1)]


def _covers(id_: str, name: str) -> bool:
    """Whether a row is the one that is named, or a part of it: W1.1 of W1, WX2 of WX."""
    rest = id_.removeprefix(name)
    goes_on = not rest[:1].isdigit() if name[-1:].isdigit() else True
    return bool(name) and id_.startswith(name) and goes_on


def page() -> str:
    """The page: every row, its tests, and what is not done yet."""
    rows, tests = register(), tests_by_requirement()
    wanted = [row for row in rows if row["kind"] in _WORKED_ON]
    done = [row for row in wanted if row["id"] in tests]
    lines = [
        "# Requirements and their tests",
        "",
        "Made by `python -m tests.traceability write` from `docs/requirements.csv` and the tests'",
        "markers; do not edit. Line numbers are those of the source document.",
        "",
        f"**{len(done)} of {len(wanted)}** requirements, refusals and principles have a test.",
        "",
    ]
    for source, title in SOURCES.items():
        lines += [
            f"## {title}",
            "",
            "| id | line | what it asks | tests |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_line(row, tests) for row in rows if row["source"] == source]
        lines.append("")
    lines += ["## Not done yet", ""]
    lines.append(", ".join(row["id"] for row in wanted if row["id"] not in tests) or "Nothing.")
    return "\n".join(lines) + "\n"


def _line(row: dict[str, str], tests: dict[str, list[str]]) -> str:
    meaning = row["meaning"].replace("|", "\\|")
    named = tests.get(row["id"], [])
    shown = "<br>".join(f"`{name.removeprefix('tests/')}`" for name in named)
    if not named:
        shown = "**not yet**" if row["kind"] in _WORKED_ON else f"({row['kind']})"
    return f"| {row['id']} | {row['line']} | {meaning} | {shown} |"


def errors() -> list[str]:
    """What is wrong between register, markers and the committed page."""
    known = {row["id"] for row in register()}
    tests = tests_by_requirement()
    found = [f"marker without a row: {id_} in {tests[id_][0]}" for id_ in tests if id_ not in known]
    lost = [id_ for id_ in _with_test_on_page() if id_ not in tests]
    found += [f"row that lost its test: {id_}" for id_ in lost]
    found += uncovered_headings(register())
    if not found and (not PAGE.exists() or PAGE.read_text("utf-8") != page()):
        found.append("docs/requirements.md is out of date: python -m tests.traceability write")
    return found


def _with_test_on_page() -> list[str]:
    if not PAGE.exists():
        return []
    return re.findall(r"^\| (\S+) \|.*\| `", PAGE.read_text("utf-8"), flags=re.M)


def main(what: str) -> int:
    """Write the page, or check it; errors other than an old page stop a write too."""
    found = errors()
    if what == "write" and all("out of date" in error for error in found):
        PAGE.write_text(page(), encoding="utf-8")
        found = []
    for error in found:
        print(error)  # noqa: T201 - a command line
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
