"""The register of requirements and the tests hold each other."""

import pytest

from tests import traceability


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
