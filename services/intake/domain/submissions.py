"""A row of a spreadsheet as a message: columns follow from its schema, cells become its values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.contracts.words import Refused, refused

GUIDE = "docs/bulk.md"
MAX_ROWS = 500
FORMULA = "\x01"
"""What a reader gives for a cell that computes its value: nobody can write it into a cell."""
NOTE = "#"
"""A row whose first cell begins so is a remark, and not taken."""
MANY = ";"
"""Stands between several values in one cell."""

_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_BRITISH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)


class Kind(StrEnum):
    """What stands in the cells of a column."""

    TEXT = "text"
    DAY = "day"
    TRUTH = "truth"
    NUMBER = "number"
    WORDS = "words"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template: a field of the message, or a field of one of its objects."""

    name: str
    """As a path: `personal_data_needed.description`."""
    kind: Kind
    required: bool
    words: tuple[str, ...] = ()
    may_be_empty: bool = False
    """True of a text that has to be there, though nothing need stand in it."""

    @property
    def shape(self) -> str:
        """What to write into its cells."""
        match self.kind:
            case Kind.DAY:
                return "a date: 2026-11-20 or 20/11/2026"
            case Kind.TRUTH:
                return "yes or no"
            case Kind.NUMBER:
                return "a whole number"
            case Kind.WORDS:
                return f"one of: {', '.join(self.words)}"
            case Kind.MANY:
                return f"none or several, with {MANY} between them"
            case Kind.TEXT:
                return "text"


def columns_of(schema: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns of a message type, from its JSON Schema."""
    return tuple(_columns(schema, schema.get("$defs", {}), ""))


def _columns(schema: Mapping[str, Any], defs: Mapping[str, Any], prefix: str) -> Iterator[Column]:
    required = set(schema.get("required", ())) if not prefix else set()
    for name, found in schema["properties"].items():
        field = _resolved(found, defs)
        if field.get("type") == "object":
            yield from _columns(field, defs, f"{name}.")
            continue
        yield Column(
            f"{prefix}{name}",
            _kind(field),
            name in required,
            tuple(field.get("enum", ())),
            may_be_empty=_kind(field) is Kind.TEXT and not field.get("minLength"),
        )


def _resolved(field: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's own schema: what is referred to, and of what may be missing the other."""
    options = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    if options:
        return _resolved(options[0], defs)
    if "$ref" in field:
        return _resolved(defs[field["$ref"].rpartition("/")[2]], defs)
    return field


def _kind(field: Mapping[str, Any]) -> Kind:
    if "enum" in field:
        return Kind.WORDS
    if field.get("format") == "date":
        return Kind.DAY
    kinds = {"boolean": Kind.TRUTH, "integer": Kind.NUMBER, "array": Kind.MANY}
    return kinds.get(str(field.get("type")), Kind.TEXT)


def read_heading(cells: Sequence[str], columns: Sequence[Column]) -> tuple[Column | None, ...]:
    """The column under each heading; None where a heading is empty. Raises Refused.

    A heading that no column has is named by its letter, and not repeated.
    """
    known = {column.name: column for column in columns}
    names = [cell.strip() for cell in cells]
    odd = [letter_of(place) for place, name in enumerate(names) if name and name not in known]
    odd += [letter_of(i) for i, name in enumerate(names) if name and name in names[:i]]
    missing = [c.name for c in columns if c.required and c.name not in names]
    if odd or missing:
        raise refused(
            "submission.columns",
            "The columns are not those of the template.",
            "Take the template of this type, and leave its headings as they are.",
            clause=f"{GUIDE}, The columns",
            field=", ".join([*(f"column {one}" for one in dict.fromkeys(odd)), *missing])[:200],
        )
    return tuple(known.get(name) for name in names)


def letter_of(place: int) -> str:
    """The letters by which a spreadsheet names a column, counted from 0."""
    letters, left = "", place + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def message_of(
    heading: Sequence[Column | None], cells: Sequence[str]
) -> tuple[dict[str, Any], Refused | None]:
    """The message that a row stands for, and the refusal where a cell is not as its column asks.

    What cannot be read stays in the message as it was written: it may speak of danger.
    """
    data: dict[str, Any] = {}
    faults: list[Column] = []
    for place, column in enumerate(heading):
        text = cells[place] if place < len(cells) else ""
        if column is None:
            continue
        try:
            value = _value(column, text)
        except ValueError:
            faults.append(column)
            value = text
        if value is not None:
            _put(data, column.name.split("."), value)
    return data, _cell_refused(faults) if faults else None


def _put(data: dict[str, Any], path: Sequence[str], value: object) -> None:
    *above, last = path
    for name in above:
        data = data.setdefault(name, {})
    data[last] = value


def _value(column: Column, text: str) -> object:
    """A cell as a JSON value; None where it says nothing. Raises ValueError."""
    if text.startswith(FORMULA):
        raise ValueError
    plain = text.strip()
    if not plain:
        return _nothing(column)
    match column.kind:
        case Kind.TRUTH:
            return _truth(plain.lower())
        case Kind.NUMBER:
            if _NUMBER.fullmatch(plain) is None:
                raise ValueError
            return int(plain)
        case Kind.MANY:
            return [one.strip() for one in plain.split(MANY) if one.strip()]
        case Kind.DAY:
            return _day(plain)
        case Kind.WORDS:
            if plain not in column.words:
                raise ValueError
            return plain
        case Kind.TEXT:
            return text if column.may_be_empty else plain


def _nothing(column: Column) -> object:
    if not column.required:
        return None
    if column.kind is Kind.MANY:
        return []
    return "" if column.may_be_empty else None


def _truth(word: str) -> bool:
    if word not in _YES | _NO:
        raise ValueError
    return word in _YES


def _day(text: str) -> str:
    """Its form only: whether there is such a day the message's schema knows."""
    british = _BRITISH_DAY.fullmatch(text)
    return f"{british[3]}-{int(british[2]):02}-{int(british[1]):02}" if british else text


def _cell_refused(faults: Sequence[Column]) -> Refused:
    shapes = "; ".join(f"{column.name}: {column.shape}" for column in faults)
    return refused(
        "submission.cell",
        "A cell is not of the form that its column asks for.",
        f"Write the value itself, no formula. {shapes}.",
        clause=f"{GUIDE}, The columns",
        field=", ".join(column.name for column in faults)[:200],
    )


def column_of(field: str | None) -> str | None:
    """The column of a field that a refusal names: one of several values in a cell is that cell."""
    return re.sub(r"\.\d+", "", field) if field else None


def row_id(type_: str, data: Mapping[str, Any]) -> str:
    """The id of a row's message: it follows from what the row says, and not from where it stands.

    So a file that is uploaded again, mended or with more rows, repeats what was taken before.
    """
    content = json.dumps([type_, data], sort_keys=True)
    return f"bulk-{hashlib.sha256(content.encode()).hexdigest()[:40]}"


def unreadable(why: str) -> Refused:
    """The file as a whole cannot be read; `why` repeats nothing that stands in it."""
    return refused(
        "submission.file",
        f"The file cannot be read: {why}.",
        "Send the template as CSV in UTF-8 or as XLSX, 1 MiB and 500 rows at most.",
        clause=f"{GUIDE}, The file",
        field="file",
    )


def not_on_behalf() -> Refused:
    """Some things only the agency itself can say."""
    return refused(
        "submission.on-behalf",
        "Nobody else can say this for the agency.",
        "Let the agency's own liaison upload it.",
        clause=f"{GUIDE}, Who may upload",
    )


def nothing_taken() -> Refused:
    """All or nothing was asked for, and rows do not fit."""
    return refused(
        "submission.rows",
        "Nothing was taken, because rows do not fit; each says why.",
        "Mend these rows and upload the file again, or ask for mode=rows.",
        clause=f"{GUIDE}, All or row by row",
        field="rows",
    )
