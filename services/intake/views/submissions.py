"""The reply to a bulk submission."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class RowLine(BaseModel):
    """What became of a row: our reference, or why it was refused. Nothing of what stands in it."""

    row: int
    """As the spreadsheet shows it; the heading counts."""
    status: Literal["accepted", "duplicate", "refused", "not_taken"]
    reference: str | None = None
    emergency_route: str | None = None
    rule: str | None = None
    column: str | None = None
    sentence: str | None = None
    clause: str | None = None
    instead: str | None = None


class SubmissionAnswer(BaseModel):
    """The reply to a file. Where a row speaks of danger the emergency route comes first."""

    emergency_route: str | None
    accepted: int
    duplicates: int
    refused: int
    not_taken: int
    """Rows that fit and were left, because another one did not."""
    rows: list[RowLine]
