"""The policy packs hold nothing that no code reads, and their words fit each other."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.stage import POLICIES, ROOT

PACKS = sorted(POLICIES.glob("*.toml"))


def pack(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    document = tomllib.loads(path.read_text("utf-8"))
    return {name: section for name, section in document.items() if name != "pack"}


@cache
def words_of(service: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Every text in the code of a service, and those with something to fill in as patterns."""
    modules = (ROOT / "services" / service).rglob("*.py")
    nodes = [n for one in modules for n in ast.walk(ast.parse(one.read_text("utf-8")))]
    texts = {str(n.value) for n in nodes if isinstance(n, ast.Constant)}
    filled_in = [n.values for n in nodes if isinstance(n, ast.JoinedStr)]
    return frozenset(texts), tuple(pattern(one) for one in filled_in if is_a_name(one))


def is_a_name(parts: list[ast.expr]) -> bool:
    """True of a text like `{kind}_months`: letters and underscores beside what is filled in."""
    said = "".join(str(one.value) for one in parts if isinstance(one, ast.Constant))
    return bool(said.strip("_")) and said.replace("_", "").isalpha()


def pattern(parts: list[ast.expr]) -> re.Pattern[str]:
    return re.compile(
        "".join(str(one.value) if isinstance(one, ast.Constant) else "[a-z]+" for one in parts)
    )


def is_read(service: str, process: str, name: str) -> bool:
    """True where the service's code names process and value, or both in one text."""
    texts, patterns = words_of(service)
    named = name in texts or any(one.fullmatch(name) for one in patterns)
    return f"{process}.{name}" in texts or (process in texts and named)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_each_value_of_a_pack_is_read_by_its_service(path: Path) -> None:
    unread = [
        f"{service}.{process}.{name}"
        for service, processes in pack(path).items()
        for process, values in processes.items()
        for name in values
        if not is_read(service, process, name)
    ]
    assert unread == []
    assert not is_read("intake", "concerns", "a_value_that_nobody_reads")


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_each_category_has_its_key_questions(path: Path) -> None:
    concerns = pack(path)["intake"]["concerns"]
    about = dict(line.split(": ") for line in concerns["themes"]["value"])
    assert list(about) == concerns["categories"]["value"]
    asked = {one for line in about.values() for one in line.split(", ")}
    assert asked <= set(concerns["key_questions"]["value"])
