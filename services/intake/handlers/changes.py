"""What a load changes: rows with what they replace, counts, and the record of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.cqc_files.problems import RowProblem
from services.intake.domain.register import Merge, Past, Source
from services.intake.store import imports as store
from services.intake.store.imports import Known
from shared.platform.work import Work


@dataclass
class Loaded:
    """What a load did (or would do, in a dry run), for the person who ran it."""

    counts: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """What changed, by reference and the names of the facts; never their values."""
    refused: list[str] = field(default_factory=list)
    """What of an answer was not taken, one by one, and why; of files the rows say it."""
    most_lines: int = 200

    def add(self, what: str, line: str | None = None, count: int = 1) -> None:
        """Count something, and tell of it as long as there is room."""
        if count:
            self.counts[what] = self.counts.get(what, 0) + count
        if line is not None and len(self.lines) < self.most_lines:
            self.lines.append(line)

    def refuse(self, what: str, line: str) -> None:
        """Count something that was not taken, and tell of it, however many there are."""
        self.add(f"{what} refused")
        self.refused.append(line)

    @property
    def changed(self) -> bool:
        """Whether anything is different from before."""
        return any(what.endswith((" new", " changed", " vanished")) for what in self.counts)


class Changes:
    """Rows of one table that are new or changed, written together with what they replace."""

    def __init__(self, work: Work, partnership: str, source: Source, *, dry_run: bool) -> None:
        self._work, self._partnership, self._source = work, partnership, source
        self._dry_run = dry_run
        self._added: list[Known] = []
        self._changed: list[Known] = []
        self._past: list[tuple[UUID, Past]] = []
        self.merged: list[tuple[UUID, Mapping[str, Any]]] = []
        """What changed of which row."""

    @property
    def touched(self) -> list[Known]:
        return [*self._added, *self._changed]

    def new(self, reference: str, values: Known) -> UUID:
        """A row that was not there; gives the id that it has, or in a dry run would have."""
        id_ = self._work.new_id()
        self._added.append(
            {
                "id": id_,
                "partnership": self._partnership,
                "reference": reference,
                "source": self._source.name,
                "source_date": self._source.day,
                **values,
            }
        )
        return id_

    def change(self, known: Known, merged: Merge, extra: Mapping[str, Any] | None = None) -> None:
        if not merged.changed and not extra:
            return
        origin = [self._source.name, self._source.day.isoformat()]
        origins = {**known["origins"], **dict.fromkeys(merged.changed, origin)}
        self._changed.append({**known, **merged.changed, **(extra or {}), "origins": origins})
        self.merged.append((known["id"], merged.changed))
        self._past += [(known["id"], fact) for fact in merged.past]

    async def write(self, row: Any) -> None:
        if self._dry_run:
            return
        await store.add(self._work, row, self._added)
        await store.replace(self._work, row, self._changed)
        await store.keep_past(self._work, self._partnership, self._past, self._source)


async def keep_import(
    work: Work,
    partnership: str,
    source: Source,
    digest: str,
    loaded: Loaded,
    problems: Sequence[RowProblem],
    at: datetime | None = None,
) -> None:
    """Keep that a file was taken, with what it did; of the same content the first time only.

    `at` is when it was, where that is not now.
    """
    refused_rows = {(one.sheet, one.row_number) for one in problems if one.refused}
    await store.keep_import(
        work,
        {
            "id": work.new_id(),
            "partnership": partnership,
            "source": source.name,
            "source_date": source.day,
            "digest": digest,
            "imported_at": at or work.now,
            "counts": loaded.counts,
            "odd": sum(1 for one in problems if not one.refused),
            "refused": len(refused_rows) + len(loaded.refused),
        },
    )
