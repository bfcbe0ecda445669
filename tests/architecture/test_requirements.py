"""The register of requirements and the tests hold each other."""

import tomllib

import pytest

from shared.contracts.words import Role
from tests import traceability

NAMED_IN_THE_TEXT = {
    "Team Manager": Role.TEAM_MANAGER,
    "QIP (practitioner)": Role.PRACTITIONER,
    "Senior Manager": Role.SENIOR_MANAGER,
    "Quality Improvement Officers": Role.SENIOR_OFFICER,
    "Contracts lead": Role.CONTRACTS_OFFICER,
    "Assistant Director": Role.ASSISTANT_DIRECTOR,
}
"""The roles that Wirral's plan names, its chart of the team being a picture that is missing."""


def test_no_row_has_lost_its_test_no_marker_lacks_a_row_and_the_page_is_up_to_date() -> None:
    assert traceability.errors() == []


def test_a_marker_without_a_row_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traceability, "tests_by_requirement", lambda: {"L99": ["test_x"]})
    assert "marker without a row: L99 in test_x" in traceability.errors()


def test_a_row_that_lost_its_test_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traceability, "_with_test_on_page", lambda: ["WCC2"])
    monkeypatch.setattr(traceability, "tests_by_requirement", dict)
    assert traceability.errors() == ["row that lost its test: WCC2"]


@pytest.mark.requirement("WT1-WT3", "WT4-WT5", "WT6-WT7", "WT8-WT12")
def test_every_heading_of_the_contents_is_covered_by_rows_of_the_register() -> None:
    assert traceability.uncovered_headings(traceability.register()) == []


@pytest.mark.parametrize(
    ("lost", "orphan"),
    [
        ("WS4", "WT1-WT3: no row WS4"),
        ("WT6-WT7", "no row for heading WT7"),
        ("WST", "WT8-WT12: no row WST"),
    ],
)
def test_a_heading_whose_rows_are_gone_would_be_found(lost: str, orphan: str) -> None:
    rows = [row for row in traceability.register() if row["id"] != lost]
    assert orphan in traceability.uncovered_headings(rows)


@pytest.mark.requirement("WST")
def test_the_six_roles_that_the_text_names_exist_and_somebody_can_act_in_each() -> None:
    [row] = [row for row in traceability.register() if row["id"] == "WST"]
    assert all(name.removeprefix("QIP ") in row["meaning"] for name in NAMED_IN_THE_TEXT)
    roles = (traceability.ROOT / "docs/roles.md").read_text("utf-8")
    gaps = (traceability.ROOT / "docs/known-gaps.md").read_text("utf-8")
    personas = (traceability.ROOT / "deploy/local/personas.toml").read_text("utf-8")
    acting = {role for one in tomllib.loads(personas)["persona"] for role in one["roles"]}
    for role in NAMED_IN_THE_TEXT.values():
        assert f"`{role.value}`" in roles
        assert f"`{role.value}`" in gaps
        assert role.value in acting
