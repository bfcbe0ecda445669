"""Writes what follows from the catalogue, and checks that what is written still does.

python -m deploy.contracts write|check
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy import pictures, refusal_pages
from deploy.messages_page import page_of_messages
from deploy.roles import table_of_roles
from shared.contracts import asyncapi, frozen
from shared.contracts.agencies import Agency, load

ROOT = Path(__file__).resolve().parents[1]
AGENCIES = ROOT / "deploy/agencies/demo.toml"
_FLOW = re.compile(r"(<!-- flow -->\n).*?(<!-- /flow -->)", re.DOTALL)

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def write(
    new: Annotated[
        bool, typer.Option(help="nothing is released yet: replace frozen schemas that differ")
    ] = False,
) -> None:
    """Write schemas, AsyncAPI documents, the table of events and the README's diagram."""
    refused = write_schemas(frozen.DIRECTORY, frozen.schemas_in_code(), replace=new)
    for path, text in documents(ROOT, load(AGENCIES)).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in strangers(ROOT, load(AGENCIES)):
        path.unlink()
    _end(refused, "written")


@app.command()
def check() -> None:
    """Exit 1 where something written does not follow from the catalogue any more."""
    stale = [
        f"{path.relative_to(ROOT)} is not what the catalogue says"
        for path, text in documents(ROOT, load(AGENCIES)).items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    stale += [
        f"{path.relative_to(ROOT)} belongs to no agency and no rule"
        for path in strangers(ROOT, load(AGENCIES))
    ]
    _end(
        [*schema_faults(frozen.DIRECTORY, frozen.schemas_in_code()), *stale],
        "as the catalogue says",
    )


def documents(root: Path, agencies: Iterable[Agency]) -> dict[Path, str]:
    """Everything that is written but the schemas, by path. Raises where the README has no place."""
    directory = root / "docs/asyncapi"
    readme = root / "README.md"
    text, places = _FLOW.subn(lambda m: m[1] + pictures.flow() + m[2], readme.read_text("utf-8"))
    if places != 1:
        raise ValueError("README.md needs one pair of <!-- flow --> and <!-- /flow -->")
    return {
        directory / "whole.json": _json(asyncapi.whole()),
        **{directory / f"{a.id}.json": _json(asyncapi.of_agency(a)) for a in agencies},
        root / "docs/events.md": pictures.table_of_events(),
        root / "docs/messages.md": page_of_messages(),
        root / "docs/roles.md": table_of_roles(),
        **refusal_pages.pages(root),
        readme: text,
    }


def strangers(root: Path, agencies: Iterable[Agency]) -> list[Path]:
    """AsyncAPI documents of agencies, and pages of rules, that are no more."""
    known = {"whole", *(agency.id for agency in agencies)}
    found = [p for p in sorted((root / "docs/asyncapi").glob("*.json")) if p.stem not in known]
    rules = refusal_pages.pages(root)
    return found + [p for p in sorted((root / "docs/refusals").glob("*.md")) if p not in rules]


def write_schemas(
    directory: Path, schemas: dict[str, dict[str, Any]], *, replace: bool
) -> list[str]:
    """Write frozen schemas that are new, or that only gained something; say what was refused."""
    directory.mkdir(exist_ok=True)
    refused: list[str] = []
    for type_, schema in schemas.items():
        path = directory / f"{type_}.json"
        faults = [] if replace or not path.exists() else frozen.additive(_read(path), schema)
        if faults:
            refused += [f"{type_} is released: {fault}" for fault in faults]
        else:
            path.write_text(_json(schema), "utf-8")
    for type_ in _gone(directory, schemas):
        if replace:
            (directory / f"{type_}.json").unlink()
        else:
            refused.append(f"{type_} is released, and is declared no more")
    return refused


def schema_faults(directory: Path, schemas: dict[str, dict[str, Any]]) -> list[str]:
    """Where the code does not say what was frozen."""
    return [
        *(f"{type_} is declared no more" for type_ in _gone(directory, schemas)),
        *(
            f"{type_}: the frozen schema is not the one in code"
            for type_, schema in schemas.items()
            if not (path := directory / f"{type_}.json").exists() or _read(path) != schema
        ),
    ]


def _gone(directory: Path, schemas: dict[str, dict[str, Any]]) -> Iterator[str]:
    names = (path.name.removesuffix(".json") for path in sorted(directory.glob("*.json")))
    return (name for name in names if name not in schemas)


def _read(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _end(faults: list[str], otherwise: str) -> None:
    for fault in faults or [otherwise]:
        typer.echo(fault)
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    app()
