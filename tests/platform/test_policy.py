"""Policy packs: values with their clause, in force from a day on."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from shared.contracts.words import Refused, refused
from shared.platform.policy import Pack, Policies
from tests.stage import POLICIES


def pack(version: str, effective_from: str, days: int = 90) -> Pack:
    return Pack(
        tomllib.loads(
            f'[pack]\npartnership = "x"\nversion = "{version}"\n'
            f"effective_from = {effective_from}\n"
            f'[assessment.themes]\nwindow_days = {{ value = {days}, clause = "W2.9" }}\n'
        )
    )


@pytest.mark.requirement("WS2")
def test_a_value_names_pack_version_and_clause() -> None:
    value = pack("2023-03", "2023-03-01").value("assessment", "themes", "window_days")
    assert (value.number, value.clause) == (90, "x@2023-03 W2.9")


def test_the_version_in_force_is_the_last_that_has_begun() -> None:
    policies = Policies([pack("2", "2026-06-01", 60), pack("1", "2020-01-01")])
    assert policies.on("x", date(2026, 5, 31)).version == "1"
    assert policies.on("x", date(2026, 6, 1)).version == "2"
    assert policies.named("x@1").version == "1"


def test_a_process_without_a_section_is_refused_and_says_so() -> None:
    with pytest.raises(Refused) as caught:
        pack("1", "2020-01-01").value("meetings", "qip", "limit_months")
    assert caught.value.refusal.rule == "policy.no-section"
    assert "x@1" in caught.value.refusal.clause


def test_a_partnership_without_a_pack_is_refused() -> None:
    with pytest.raises(Refused):
        Policies([pack("1", "2020-01-01")]).on("y", date(2026, 1, 1))


def test_two_packs_of_one_name_and_version_are_an_error(tmp_path: Path) -> None:
    text = '[pack]\npartnership = "x"\nversion = "1"\neffective_from = 2020-01-01\n'
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(text)
    with pytest.raises(ValueError, match="two of one name"):
        Policies.load(tmp_path)


def test_the_wirral_pack_has_no_qip_and_the_lancashire_pack_has() -> None:
    policies = Policies.load(POLICIES)
    today = date(2026, 11, 22)
    assert not policies.on("wirral", today).has("meetings", "qip")
    assert policies.on("lancashire", today).has("meetings", "qip")
    assert policies.on("combined", today).has("assessment", "themes")


def test_every_value_of_every_pack_has_a_clause() -> None:
    for path in POLICIES.glob("*.toml"):
        document = tomllib.loads(path.read_text("utf-8"))
        for service, processes in document.items():
            if service == "pack":
                continue
            for process, values in processes.items():
                for name, entry in values.items():
                    assert entry["clause"], (path.name, service, process, name)


@pytest.mark.requirement("WS2")
def test_a_refusal_is_read_in_the_pack_in_force_and_only_once() -> None:
    said = refused("WCC2", "No.", "Do.")
    packs = Policies([pack("2023-03", "2023-03-01"), pack("2026-11", "2026-11-01")])
    cited = packs.cite(said, date(2026, 10, 31), "x")
    assert cited.refusal.clause == "x@2023-03 WCC2"
    assert packs.cite(cited, date(2026, 11, 20), "x") is cited
    assert packs.cite(said, date(2026, 11, 20), "elsewhere") is said
    assert packs.cite(said, date(2026, 11, 20), None) is said


@pytest.mark.requirement("WS2")
def test_who_works_for_several_partnerships_reads_a_refusal_in_each_of_their_packs() -> None:
    said = Policies.load(POLICIES).cite(
        refused("WCC2", "No.", "Do."), date(2026, 11, 22), "wirral", "combined"
    )
    assert said.refusal.clause == "combined@2026-11 WCC2; wirral@2023-03 WCC2"


@pytest.mark.requirement("WR3")
def test_the_wirral_pack_says_that_its_review_is_overdue_since_april_2024() -> None:
    wirral = Policies.load(POLICIES).on("wirral", date(2026, 11, 22))
    assert wirral.warnings(date(2026, 11, 22)) == (
        "wirral@2023-03: review overdue since April 2024",
    )
    assert wirral.warnings(date(2024, 4, 29)) == ()
