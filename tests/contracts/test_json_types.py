"""Both doors take the JSON types that their published schemas name, and no others."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from shared.contracts.catalogue import SERVICES
from shared.contracts.inbound import InboundMessage, inbound_messages
from shared.contracts.json_types import AsPublished

WRONG: dict[tuple[str, str | None], tuple[Any, ...]] = {
    ("boolean", None): ("yes", "true", 1, 0, 1.0),
    ("integer", None): ("5", True, 5.5),
    ("string", None): (5, True, 1.5),
    ("string", "date"): (0, "0", "1763424000", "2026-11-18T00:00:00", "20261118", True),
    ("string", "date-time"): (0, "0", "1763424000", True),
    ("string", "uuid"): (0, True),
}


def wrong_values(cls: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """For each field values of other JSON types than the schema names."""
    schema = cls.model_json_schema()
    for name, field in schema["properties"].items():
        one_of = [_resolved(one, schema) for one in field.get("anyOf", [field])]
        types = {one.get("type") for one in one_of}
        for one in one_of:
            for value in WRONG.get((one.get("type", ""), one.get("format")), ()):
                if _type_of(value) not in types - {one.get("type")}:
                    yield name, value


def _resolved(one: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    path = one.get("$ref", "")
    found: dict[str, Any] = schema["$defs"][path.rpartition("/")[2]] if path else one
    return found


def _type_of(value: Any) -> str:
    return {bool: "boolean", int: "integer", float: "number", str: "string"}[type(value)]


def fields_refused(error: ValidationError) -> set[str]:
    return {str(item["loc"][0]) for item in error.errors()}


@pytest.mark.parametrize("cls", inbound_messages().values(), ids=inbound_messages())
def test_a_partners_message_with_another_type_is_refused_by_that_field(
    cls: type[InboundMessage],
) -> None:
    tried = list(wrong_values(cls))
    assert tried
    for name, value in tried:
        with pytest.raises(ValidationError) as caught:
            cls.model_validate_json(json.dumps({name: value}), strict=True)
        assert name in fields_refused(caught.value), (name, value)


def forms() -> dict[str, type[BaseModel]]:
    """The body of every route of every service."""
    found = {}
    for service in SERVICES:
        for router in importlib.import_module(f"services.{service}.main").SERVICE.routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and route.body_field is not None:
                    cls = route.body_field.field_info.annotation
                    if isinstance(cls, type) and issubclass(cls, BaseModel):
                        found[f"{service} {cls.__name__}"] = cls
    return found


@pytest.mark.parametrize("cls", forms().values(), ids=forms())
def test_a_form_with_another_type_is_refused_by_that_field(cls: type[BaseModel]) -> None:
    assert issubclass(cls, AsPublished)
    for name, value in wrong_values(cls):
        with pytest.raises(ValidationError) as caught:
            cls.model_validate({name: value})
        assert name in fields_refused(caught.value), (name, value)


def test_what_is_sound_is_taken() -> None:
    cls = inbound_messages()["partner.concern.raised.v1"]
    sound = {
        "location": "1-200000001",
        "reference": "REF-1",
        "occurred_on": "2026-11-18",
        "category": "medication",
        "description": "A dose was late.",
        "action_taken": "Told the GP.",
        "measures": "Two people check.",
        "significant_harm": False,
        "implicated_role": "proprietor",
    }
    assert cls.model_validate_json(json.dumps(sound), strict=True)
