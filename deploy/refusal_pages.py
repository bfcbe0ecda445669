"""A page for every rule under which something is refused, from the tables of docs/refusals.md."""

from __future__ import annotations

import re
from pathlib import Path

_SECTIONS = ("At the door", "From the sources", "At the desks", "From the policy")
"""What is refused to who asks; the other sections are of what is withheld, without a word."""

_ROW = re.compile(r"^\| (?P<rules>`[^|]+`) \|(?P<cells>.*)\|$", re.MULTILINE)
_HEADER = re.compile(r"^\| rule \|(?P<cells>.*)\|$", re.MULTILINE)


def pages(root: Path) -> dict[Path, str]:
    """The page of each rule, by its path."""
    text = (root / "docs/refusals.md").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for section in _SECTIONS:
        part = text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
        for rule, lines in _rules(part):
            found.setdefault(rule, []).extend(lines)
    for rule in found:
        found[rule] += _told_at_length(text, rule)
    return {path_of(root, rule): _page(rule, lines) for rule, lines in found.items()}


def path_of(root: Path, rule: str) -> Path:
    """Where the page of a rule lies."""
    return root / "docs/refusals" / f"{rule}.md"


def _rules(part: str) -> list[tuple[str, list[str]]]:
    header = _HEADER.search(part)
    names = _cells(header["cells"]) if header else []
    return [
        (
            rule,
            [
                f"**{_capital(name)}.** {_sentence(cell)}"
                for name, cell in _told(names, row["cells"])
            ],
        )
        for row in _ROW.finditer(part)
        for rule in re.findall(r"`([^`]+)`", row["rules"])
    ]


def _told(names: list[str], cells: str) -> list[tuple[str, str]]:
    return list(zip(names, map(_from_below, _cells(cells)), strict=False))


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.split("|")]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """A cell of a table begins small and has no full stop; on its own page it is a sentence."""
    return _capital(text) + ("" if text.endswith(".") else ".")


def _told_at_length(text: str, rule: str) -> list[str]:
    """What a section of its own says of a rule."""
    section = re.search(rf"^### {re.escape(rule)}: (.*?)\n\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    return [_from_below(section[2].strip())] if section else []


def _from_below(text: str) -> str:
    """Links as they are from the folder of the pages."""
    return re.sub(r"\]\((?=[a-z])", "](../", text.replace("](#", "](../refusals.md#"))


def _page(rule: str, lines: list[str]) -> str:
    body = "\n\n".join(lines)
    return (
        f"# Refused under {rule}\n\n{body}\n\n"
        "[All refusals](../refusals.md), and how one is lifted where it can be.\n"
    )
