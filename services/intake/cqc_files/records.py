"""Records of a published table: fields by the heading of their column, odd ones reported."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from services.intake.cqc_files.problems import FileRefused, RowProblem
from shared.contracts.words import CqcRating

_MAX_BANNER_ROWS = 20
_LONGEST_POSTCODE = 12
_CQC_ID = re.compile(r"1-[0-9]{8,11}")
# A trust has 3 characters, its sites have 5, others 6 and more with a digit among them.
_ODS_CODE = re.compile(
    r"(?=.*[A-Z])(?:[A-Z0-9]{3}|[A-Z0-9]{5}|(?=.*[0-9])[A-Z0-9]{6,10})",
)
_COUNT = re.compile(r"[0-9]{1,5}")
_UK_DAY = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")
_DATED_NAME = re.compile(r"(\d{1,2}_[A-Za-z]+_\d{4})_")

_RATINGS = {rating.casefold(): rating for rating in CqcRating}
_NO_RATING = frozenset(
    {
        "not applicable",
        "not rated",
        "not yet inspected",
        "not yet rated",
        "inspected but not rated",
        "no published rating",
        "insufficient evidence to rate",
        "-",
    }
)


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def _key(heading: str) -> str:
    return "".join(heading.split()).casefold()


def is_cqc_id(identifier: str) -> bool:
    """Whether this is an id of CQC's own making: ``1-`` and 8 to 11 digits."""
    return _CQC_ID.fullmatch(identifier) is not None


def is_identifier(identifier: str) -> bool:
    """Whether this is an id in CQC's files: its own, or the ODS code of an NHS body."""
    return is_cqc_id(identifier) or _ODS_CODE.fullmatch(identifier) is not None


def date_in_name(path: Path) -> date:
    """The date that begins the name of every monthly file (``DD_Month_YYYY_…``).

    Raises `FileRefused` where there is none.
    """
    found = _DATED_NAME.match(path.name)
    if found is None:
        raise FileRefused("the file's name does not begin with DD_Month_YYYY")
    return written_date(found[1].replace("_", " "))


def written_date(text: str) -> date:
    """A date written ``DD Month YYYY``, in English. Raises `FileRefused` where it is none."""
    day, month, year = text.split()
    if month.casefold() in _MONTHS:
        try:
            return date(int(year), _MONTHS.index(month.casefold()) + 1, int(day))
        except ValueError:
            pass
    raise FileRefused("a date of the form DD Month YYYY is no date")


# Not strptime: that depends on the locale of the machine.
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Table:
    """One sheet: finds the line of headings below any banner, then makes records of the rows."""

    def __init__(
        self,
        sheet: str,
        needed: Sequence[str],
        *,
        synonyms: Mapping[str, str] | None = None,
        families: Sequence[str] = (),
        problems: list[RowProblem] | None = None,
        optional: Sequence[str] = (),
        listed: set[str] | None = None,
    ) -> None:
        """`needed` begins with the column by which the headings are known; `synonyms` is old: new.

        A column that is `optional` and not there reads as blank.

        `families` are beginnings of headings of which there is at least one column each;
        `problems` is where odd fields are reported, if the caller wants them while reading, and
        `listed` is where the ids go of rows that are refused for something else.
        """
        self.sheet = sheet
        self.problems: list[RowProblem] = [] if problems is None else problems
        self.listed: set[str] = set() if listed is None else listed
        self._needed = needed
        self._optional = optional
        self._families: dict[str, list[tuple[str, str, int]]] = {name: [] for name in families}
        self._synonyms = {_key(old): _key(new) for old, new in (synonyms or {}).items()}
        self._places: dict[str, int] | None = None
        self.wanted: Collection[int] | None = None
        """The places of the columns that are looked at, once the headings are found."""
        self._banner_rows = 0

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in (self._places or {})

    def record(self, number: int, cells: tuple[str, ...]) -> Record | None:
        """The record of this row, or None for a banner or the headings themselves.

        Raises `FileRefused` when a needed column is missing or there twice.
        """
        if self._places is None:
            self._look_for_headings(cells)
            return None
        return Record(self, number, cells)

    def finish(self) -> None:
        """To be called after the last row. Raises `FileRefused` when there were no headings."""
        if self._places is None:
            raise FileRefused(f"column {self._needed[0]} is missing from {self.sheet}")

    def place(self, column: str) -> int | None:
        """Where the column stands, from 0; None where the file does not have it."""
        return (self._places or {}).get(column)

    def family(self, beginning: str) -> Sequence[tuple[str, str, int]]:
        """The columns that begin so: what stands after the beginning, the heading, its place."""
        return self._families[beginning]

    def _look_for_headings(self, cells: tuple[str, ...]) -> None:
        keys = [self._synonyms.get(_key(cell), _key(cell)) for cell in cells]
        if _key(self._needed[0]) not in keys:
            self._banner_rows += 1
            if self._banner_rows > _MAX_BANNER_ROWS:
                self.finish()
            return
        for column in self._needed:
            count = keys.count(_key(column))
            if count != 1:
                fault = "is missing from" if count == 0 else "is more than once in"
                raise FileRefused(f"column {column} {fault} {self.sheet}")
        present = [c for c in self._optional if _key(c) in keys]
        self._places = {column: keys.index(_key(column)) for column in (*self._needed, *present)}
        for beginning, columns in self._families.items():
            for place, heading in enumerate(map(one_line, cells)):
                if keys[place].startswith(_key(beginning)):
                    columns.append((heading[len(beginning) :].strip(), heading, place))
                    self._places[heading] = place
            if not columns:
                raise FileRefused(f"no column of {self.sheet} begins with {beginning.strip()}")
        self.wanted = frozenset(self._places.values())


@dataclass(frozen=True, slots=True)
class Record:
    """One row. What is odd is reported to the table and reads as unknown (None)."""

    table: Table
    number: int
    cells: tuple[str, ...]

    def flagged(self, beginning: str) -> tuple[str, ...]:
        """What stands after the beginning of those columns of a family that say Y."""
        return tuple(
            name
            for name, column, place in self.table.family(beginning)
            if place < len(self.cells) and self.cells[place] and self.flag(column)
        )

    def raw(self, column: str) -> str:
        """The text as published, ``""`` for a blank."""
        place = self.table.place(column)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def report(self, column: str, reason: str, *, refused: bool = False) -> None:
        """Keeps a problem of this row; `refused` where the row is not taken because of it."""
        problem = RowProblem(self.table.sheet, self.number, column, reason, refused)
        self.table.problems.append(problem)

    def refuse(self, reference: str | None) -> None:
        """The row is not taken; where its id could be read, the file lists it all the same."""
        if reference:
            self.table.listed.add(reference)

    def text(self, column: str, *, longest: int = 300) -> str | None:
        """One line of text; a blank, and the ``-`` that CQC writes for "none", are None."""
        text = one_line(self.raw(column))
        if len(text) > longest:
            self.report(column, f"is longer than {longest} characters and was cut")
            text = text[:longest].rstrip()
        return None if text in ("", "-") else text

    def needed_text(self, column: str, *, refused: bool = True, longest: int = 300) -> str | None:
        """As `text`, and a blank is reported; `refused`: the row is not taken without it."""
        text = self.text(column, longest=longest)
        if text is None:
            self.report(column, "is blank", refused=refused)
        return text

    def postcode(self, column: str) -> str | None:
        """A postcode in upper case, as far as it can be one."""
        text = (self.text(column) or "").upper()
        if len(text) > _LONGEST_POSTCODE:
            self.report(column, "is not a postcode")
            return None
        return text or None

    def identifier(self, column: str) -> str | None:
        """An id in upper case: CQC's own or the ODS code of an NHS body."""
        identifier = self.raw(column).strip().upper()
        if is_identifier(identifier):
            return identifier
        reason = "is neither a CQC id nor an ODS code" if identifier else "is blank"
        self.report(column, reason, refused=True)
        return None

    def day(self, column: str) -> date | None:
        """A date, ISO (with or without a time) or ``DD/MM/YYYY``."""
        text = self.raw(column).strip()
        if not text:
            return None
        try:
            if _UK_DAY.fullmatch(text):
                return date(int(text[6:]), int(text[3:5]), int(text[:2]))
            return datetime.fromisoformat(text).date()
        except ValueError:
            self.report(column, "is not a date")
            return None

    def flag(self, column: str) -> bool | None:
        """``Y`` or ``N``; a blank is unknown."""
        text = self.raw(column).strip().upper()
        if text not in ("Y", "N", ""):
            self.report(column, "is neither Y, N nor blank")
        return {"Y": True, "N": False}.get(text)

    def count(self, column: str) -> int | None:
        """A whole number from 0; a blank is unknown, which is not 0."""
        text = self.raw(column).strip()
        if text and not _COUNT.fullmatch(text):
            self.report(column, "is not a whole number")
            return None
        return int(text) if text else None

    def rating(self, column: str) -> CqcRating | None:
        """One of CQC's four ratings, whatever its case; None for all that says "no rating"."""
        text = one_line(self.raw(column)).casefold()
        if text and text not in _RATINGS and text not in _NO_RATING:
            self.report(column, "is no rating that we know")
        return _RATINGS.get(text)
