"""What can be wrong with a published file, said without repeating anything that stands in it."""

from __future__ import annotations

from dataclasses import dataclass


class FileRefused(Exception):  # noqa: N818 - reads as what happened
    """The file as a whole cannot be used. The message names the rule, the sheet or the column."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One field that is not as published: where it stands and what is wrong, never its value.

    `row_number` counts from 1 as a spreadsheet shows it, the heading included.
    """

    sheet: str
    row_number: int
    column: str
    reason: str
    refused: bool = False
    """True where the row was not taken because of it; else the field reads as unknown."""
