"""What a message says that could not be taken, as far as it can be read.

Danger, significant harm, the place, and whether it implicates somebody in charge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_YES = (True, 1, "true", "yes", "y", "1")
"""A sender whose types are wrong may mean an emergency all the same."""
_REFERENCE = re.compile(r"[A-Za-z0-9-]{2,40}", re.ASCII)
_DANGER, _HARM = "immediate_danger", "significant_harm"
_TORN = {
    field: re.compile(rb'"%s"\s*:\s*(?:true|1|"(?i:true|yes|y|1)")' % field.encode())
    for field in (_DANGER, _HARM)
}
_TORN_PLACE = re.compile(rb'"location"\s*:\s*"([A-Za-z0-9-]{2,40})"')
_TORN_LEADER = re.compile(rb'"implicated_role"\s*:\s*"[^"]')


def danger_in(content: bytes) -> Mapping[str, Any] | None:
    """What a message says that speaks of immediate danger, sound or not; else None."""
    return _saying(_DANGER, content)


def harm_in(content: bytes) -> Mapping[str, Any] | None:
    """The same of significant harm."""
    return _saying(_HARM, content)


def _saying(field: str, content: bytes) -> Mapping[str, Any] | None:
    data = _data(content)
    if data is not None:
        return data if _says(field, data) else None
    if _TORN[field].search(content) is None:
        return None
    return {field: True, "location": location(content)}


def speaks_of_danger(data: Mapping[str, Any]) -> bool:
    """True where it says so, in whatever type."""
    return _says(_DANGER, data)


def speaks_of_harm(data: Mapping[str, Any]) -> bool:
    """The same of significant harm."""
    return _says(_HARM, data)


def _says(field: str, data: Mapping[str, Any]) -> bool:
    said = data.get(field)
    return (said.strip().lower() if isinstance(said, str) else said) in _YES


def location(content: bytes) -> str | None:
    """The reference of the place that a message names."""
    data = _data(content)
    if data is None:
        place = _TORN_PLACE.search(content)
        return place[1].decode("ascii") if place else None
    named = data.get("location")
    return named if isinstance(named, str) and is_reference(named) else None


def is_reference(named: str) -> bool:
    """True where it has the form of a location's reference."""
    return _REFERENCE.fullmatch(named) is not None


def request_type(content: bytes) -> str | None:
    """What a request asks, where it can be read."""
    asked = (_data(content) or {}).get("request_type")
    return asked if isinstance(asked, str) else None


def implicates(content: bytes) -> bool:
    """True where a message says that somebody in charge is implicated, in whatever words."""
    data = _data(content)
    if data is None:
        return _TORN_LEADER.search(content) is not None
    return bool(data.get("implicated_role"))


def _data(content: bytes) -> Mapping[str, Any] | None:
    """The JSON object of a message, or of the envelope around it; None where it broke off."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    inner = data.get("data") if isinstance(data, dict) else None
    found = inner if isinstance(inner, dict) else data
    return found if isinstance(found, dict) else {}
