"""What a JSON Schema says of types, held: `0` is no date and `"yes"` is no truth value.

The library would turn the one into the other. A partner whose program sends the wrong type is told
so on the first day, and not when a day of 1970 stands in a case.
"""

from __future__ import annotations

import re
import types
import typing
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_FIELDS = 200
_SCALARS = frozenset({bool, int, float, str})
_PLAIN: dict[Any, Any] = {AwareDatetime: datetime}
"""What the library's own types are on the wire."""


def _day(value: object) -> object:
    """An ISO calendar date; anything else that JSON can say is none."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("date_form", "The value is not a date like 2026-11-20.")


Day = Annotated[date, BeforeValidator(_day)]
"""A calendar date as JSON Schema's `format: date` has it."""


class FewFields(BaseModel):
    """Refuses what has very many fields before it looks at them."""

    @model_validator(mode="before")
    @classmethod
    def _of_few_fields(cls, data: Any) -> Any:
        """So many fields have to be looked at: a hundred thousand unknown ones are one fault."""
        if isinstance(data, dict) and len(data) > _MOST_FIELDS:
            raise PydanticCustomError("too_many_fields", "There are more fields than any form has.")
        return data


class AsPublished(FewFields):
    """Takes for each field the JSON type that its published schema names, and no other."""

    @field_validator("*", mode="before")
    @classmethod
    def _of_the_published_type(cls, value: Any, info: ValidationInfo) -> Any:
        kind = type(value)
        if kind not in _SCALARS:
            return value
        known = _types_of(cls, info.field_name or "")
        if object not in known and kind not in _json_types(known):
            raise PydanticCustomError("json_type", "The value is of another JSON type.")
        if kind is str and known & {date, datetime} and str not in known:
            _check_instant(value, known)
        return value


def _check_instant(value: str, known: frozenset[Any]) -> None:
    """A number in a text is no date, though the library takes it for seconds since 1970."""
    if datetime in known:
        if "T" not in value.upper():
            raise PydanticCustomError("datetime_form", "The value is no instant (RFC 3339).")
    else:
        _day(value)


@cache
def _types_of(cls: type[BaseModel], field: str) -> frozenset[Any]:
    """The types that a field may have, unions and annotations taken apart."""
    return frozenset(_leaves(cls.model_fields[field].annotation))


def _leaves(hint: Any) -> typing.Iterator[Any]:
    origin = typing.get_origin(hint)
    if hint is Any:
        yield object
    elif origin is Annotated:
        yield from _leaves(typing.get_args(hint)[0])
    elif origin in {typing.Union, types.UnionType}:
        for part in typing.get_args(hint):
            yield from _leaves(part)
    elif origin is typing.Literal:
        yield from (type(value) for value in typing.get_args(hint))
    else:
        yield _PLAIN.get(hint, hint) if origin is None else origin


@cache
def _json_types(known: frozenset[Any]) -> frozenset[type]:
    return frozenset(one for kind in known for one in _json_type(kind))


def _json_type(kind: Any) -> tuple[type, ...]:
    if not isinstance(kind, type):
        return ()
    if kind is bool:
        return (bool,)
    if issubclass(kind, (str, date, datetime, time, UUID)):
        return (str,)
    if issubclass(kind, Enum):
        return tuple({type(member.value) for member in kind})
    if issubclass(kind, float):
        return (int, float)
    return (int,) if issubclass(kind, int) else ()
