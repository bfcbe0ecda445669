"""What is released stays: the frozen schemas are those in code, and change only additively."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.contracts import schema_faults, write_schemas
from shared.contracts.frozen import DIRECTORY, additive, schemas_in_code

IN_CODE = schemas_in_code()

EXAMPLE: dict[str, Any] = {
    "description": "Something happened.",
    "type": "object",
    "properties": {
        "place": {"$ref": "#/$defs/Place", "x-label": "AGENCIES"},
        "kind": {"enum": ["one", "two"], "type": "string", "x-label": "AGENCIES"},
        "note": {"type": "string", "x-label": "NAMED"},
    },
    "required": ["place", "kind"],
    "$defs": {"Place": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


def test_the_frozen_schemas_are_those_in_code() -> None:
    assert schema_faults(DIRECTORY, IN_CODE) == []


@pytest.mark.parametrize("type_", IN_CODE)
def test_every_schema_is_a_json_schema_under_the_name_of_its_type(type_: str) -> None:
    Draft202012Validator.check_schema(IN_CODE[type_])
    assert IN_CODE[type_]["$id"] == f"urn:provider-quality:schema:{type_}"


@pytest.mark.parametrize("type_", [name for name in IN_CODE if name.startswith("feed.")])
def test_a_feed_shows_no_id_of_a_location_and_no_handling(type_: str) -> None:
    hidden = {"location_id", "handling", "partnership"}
    assert not hidden & set(IN_CODE[type_]["properties"])


DUE = {"due_on", "acknowledge_by", "plan_due_on"}


@pytest.mark.requirement("WS2")
@pytest.mark.parametrize("type_", [n for n, s in IN_CODE.items() if DUE & set(s["properties"])])
def test_what_is_due_names_the_clause_that_it_comes_from(type_: str) -> None:
    assert {"due_clause", "clause"} & set(IN_CODE[type_]["properties"])


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    schema = deepcopy(EXAMPLE)
    change(schema)
    return schema


def new_field(schema: dict[str, Any]) -> None:
    schema["properties"]["more"] = {"type": "string", "x-label": "NAMED"}


def new_required_field(schema: dict[str, Any]) -> None:
    new_field(schema)
    schema["required"].append("more")


def new_value(schema: dict[str, Any]) -> None:
    schema["properties"]["kind"]["enum"].append("three")


def other_words(schema: dict[str, Any]) -> None:
    schema["description"] = schema["properties"]["note"]["description"] = "Said better."


@pytest.mark.parametrize("change", [new_field, new_value, other_words])
def test_a_released_schema_may_gain_what_may_be_missing(
    change: Callable[[dict[str, Any]], None],
) -> None:
    assert additive(EXAMPLE, changed(change)) == []


VIOLATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "note: removed": lambda s: s["properties"].pop("note"),
    "more: new and required": new_required_field,
    "note: became required": lambda s: s["required"].append("note"),
    "kind: became optional": lambda s: s["required"].remove("kind"),
    "note: type changed": lambda s: s["properties"]["note"].update(type="integer"),
    "note: x-label changed": lambda s: s["properties"]["note"].update({"x-label": "AGENCIES"}),
    "kind: a value of the enumeration is gone": lambda s: s["properties"]["kind"]["enum"].pop(),
    "note: an enumeration came or went": lambda s: s["properties"]["note"].update(enum=["one"]),
    "Place.name: type changed": lambda s: s["$defs"]["Place"]["properties"]["name"].update(
        type="integer"
    ),
}


@pytest.mark.parametrize("fault", VIOLATIONS)
def test_a_released_schema_changes_in_no_other_way(fault: str) -> None:
    assert additive(EXAMPLE, changed(VIOLATIONS[fault])) == [fault]


def test_writing_takes_an_addition_and_refuses_any_other_change(tmp_path: Path) -> None:
    assert write_schemas(tmp_path, {"a.v1": EXAMPLE}, replace=False) == []
    assert write_schemas(tmp_path, {"a.v1": changed(new_field)}, replace=False) == []
    assert schema_faults(tmp_path, {"a.v1": changed(new_field)}) == []

    refused = write_schemas(tmp_path, {"a.v1": EXAMPLE}, replace=False)
    assert refused == ["a.v1 is released: more: removed"]
    assert schema_faults(tmp_path, {"a.v1": changed(new_field)}) == []

    assert write_schemas(tmp_path, {"a.v1": EXAMPLE}, replace=True) == []
    assert schema_faults(tmp_path, {"a.v1": EXAMPLE}) == []


def test_a_released_type_is_not_dropped(tmp_path: Path) -> None:
    write_schemas(tmp_path, {"a.v1": EXAMPLE}, replace=False)
    assert write_schemas(tmp_path, {}, replace=False) == [
        "a.v1 is released, and is declared no more"
    ]
    assert schema_faults(tmp_path, {}) == ["a.v1 is declared no more"]
