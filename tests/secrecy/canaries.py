"""Markers that occur nowhere else: in every field of every event, in what hostile clients send.

A word is `cnry` and eight consonants: it passes as a name, a reference, a category and an address.
Numbers, days and instants are unique as well. Enumerations and truth values can carry no marker.
"""

from __future__ import annotations

import base64
import itertools
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from shared.contracts.event import Event, label_of, payload_fields
from shared.contracts.words import Handling, Label

PREFIX = "cnry"
_LETTERS = "bcdfghjklmnpqrst"
_FIRST_DAY = date(2031, 1, 1)
_FIRST_NUMBER = 71_000_003
_INSTANTS = frozenset(
    {"acknowledge_by", "starts_at", "ends_at", "part_ii_starts_at", "part_ii_ends_at"}
)
"""Fields of text that hold an instant (RFC 3339): rules and mails read it."""


def word(number: int) -> str:
    """The marker word of a number."""
    letters = (_LETTERS[number >> shift & 15] for shift in range(28, -1, -4))
    return PREFIX + "".join(letters)


_numbers = itertools.count(0x1A2B)


def new_word() -> str:
    """A marker word that was not given before in this process."""
    return word(next(_numbers) * 7919 % 2**32)


def _alone(form: str, text: str) -> bool:
    """Not in the middle of a longer number, or of an id in hexadecimal, where it is chance."""
    return re.search(rf"(?<![0-9a-f]){re.escape(form)}(?![0-9a-f])", text) is not None


@dataclass(frozen=True)
class Marker:
    """What was put into one field of one event, and under which label it lies there."""

    forms: tuple[str, ...]
    """Every way in which it is written."""
    type: str
    field: str
    floor: Label | None
    existence: Label | None
    handling: Handling
    location: UUID | None
    content: bool
    """False for an id of ours: logs and spans may name one, audiences may not."""

    def in_text(self, text: str) -> bool:
        return any(
            form in text and (form[0] not in "0123456789" or _alone(form, text))
            for form in self.forms
        )

    def __str__(self) -> str:
        return f"{self.type} {self.field} ({self.handling.label or self.floor})"


@dataclass
class Book:
    """Makes events with a marker in every field that can carry one, and remembers them."""

    markers: list[Marker] = field(default_factory=list)
    dumb: set[str] = field(default_factory=set)
    """Fields that can carry none."""
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def event(
        self, cls: type[Event], handling: Handling | None = None, /, **fixed: object
    ) -> Event:
        """An event of a class; what is fixed carries no marker."""
        handling = handling or Handling()
        location = fixed.get("location_id")
        values: dict[str, object] = {}
        for name in payload_fields(cls):
            if name in fixed:
                values[name] = fixed[name]
                continue
            values[name], forms, content = self._value(cls, name)
            if not forms:
                self.dumb.add(f"{cls.spec.type} {name}")
                continue
            self.markers.append(
                Marker(
                    forms=forms,
                    type=cls.spec.type,
                    field=name,
                    floor=label_of(cls, name),
                    existence=cls.spec.existence,
                    handling=handling,
                    location=location if isinstance(location, UUID) else None,
                    content=content,
                )
            )
        return cls(partnership="combined", handling=handling, **values)

    @property
    def content(self) -> list[Marker]:
        """The markers that stand for what a fact says; ids of ours left out."""
        return [marker for marker in self.markers if marker.content]

    def found(self, text: str) -> list[Marker]:
        """The markers that occur in a text."""
        return [marker for marker in self.markers if marker.in_text(text)]

    def _value(self, cls: type[Event], name: str) -> tuple[object, tuple[str, ...], bool]:
        kind = bare(typing.get_type_hints(cls)[name])
        number = next(self._counter)
        if kind is str and name in _INSTANTS:
            day = _FIRST_DAY + timedelta(days=number)
            return f"{day}T10:17:00Z", _day_forms(day), True
        if kind is str or typing.get_args(kind) == (str, ...):
            text = new_word()
            return text if kind is str else (text,), (text, text.upper()), True
        if kind is date:
            day = _FIRST_DAY + timedelta(days=number)
            return day, _day_forms(day), True
        if kind is int:
            return _FIRST_NUMBER + number, (str(_FIRST_NUMBER + number),), True
        if kind is UUID or typing.get_args(kind) == (UUID, ...):
            id_ = UUID(int=0xC0FFEE << 104 | 7 << 76 | 2 << 62 | number)
            return (id_ if kind is UUID else (id_,)), (str(id_), id_.hex), False
        return _first(kind), (), False


def bare(hint: Any) -> Any:
    """The type without `Annotated` and `| None`."""
    while True:
        origin = typing.get_origin(hint)
        if origin is typing.Annotated:
            hint = typing.get_args(hint)[0]
        elif origin in (typing.Union, types.UnionType):
            [hint] = [each for each in typing.get_args(hint) if each is not type(None)]
        else:
            return hint


def _first(kind: Any) -> object:
    """Some value of a kind that can carry no marker."""
    if kind is bool:
        return False
    if typing.get_origin(kind) is Literal:
        return typing.get_args(kind)[0]
    if typing.get_origin(kind) is tuple:
        return ()
    return next(iter(kind))


def _day_forms(day: date) -> tuple[str, ...]:
    return (day.isoformat(), f"{day:%Y%m%d}", f"{day:%A} {day.day} {day:%B %Y}")


def _encoded(text: str) -> Iterator[bytes]:
    """The ways in which the beginning of a marker can lie in a file."""
    for spelt in (text, text.upper(), text.capitalize()):
        yield spelt.encode()
        yield spelt.encode("utf-16-le")
        yield spelt.encode().hex().encode()
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + spelt.encode() + b"\0" * 3).decode()
            # Only what no neighbour has a share in.
            begin, end = (shift * 8 + 5) // 6, (shift + len(spelt)) * 8 // 6
            yield coded[begin:end].encode()


_TRACES = re.compile(
    b"|".join(map(re.escape, sorted(set(_encoded(PREFIX + "b")), key=len, reverse=True)))
)
"""`cnry` alone, in hexadecimal or base64, could come by chance; with the next letter it does not:
every word that `door_word` gives begins so."""


def door_word() -> str:
    """A marker for what clients send to a running stack: `found_in` finds it in any coding."""
    return word(next(_numbers) * 7919 % 2**28)


def found_in(paths: Iterable[Path]) -> list[str]:
    """The files (of directories, all) that hold a marker of `door_word`, as text or encoded."""
    files = (
        file
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    )
    return [str(file) for file in files if _TRACES.search(file.read_bytes())]


def found_in_text(texts: Mapping[str, str]) -> list[str]:
    """The names of the texts that hold a marker of `door_word`."""
    return [name for name, text in texts.items() if _TRACES.search(text.encode())]
