"""What somebody wrote is text in a spreadsheet, and nothing that it runs."""

from __future__ import annotations

import csv
import io

import pytest

from shared.platform.spreadsheets import cell, csv_of


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://example.org","click")',
        "+44 20 7946 0000",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\ufeff=1",
        "＝1",
    ],
)
def test_a_text_that_a_spreadsheet_could_run_is_marked_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a = b", "plain", "", "12-2026"])
def test_other_texts_stay_as_they_are(value: str) -> None:
    assert cell(value) == value


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert (cell(-4), cell(None)) == ("-4", "")


def test_a_reader_gets_back_rows_with_commas_quotes_and_line_ends() -> None:
    rows = [{"name": 'Larch, "field"\nhouse', "beds": 3}]
    read = list(csv.DictReader(io.StringIO(csv_of(["name", "beds"], rows), newline="")))
    assert read == [{"name": 'Larch, "field"\nhouse', "beds": "3"}]
