"""docs/running.md names every setting of every service."""

from __future__ import annotations

import importlib
import re

import pytest

from shared.contracts.catalogue import SERVICES
from tests.stage import ROOT

PAGE = ROOT / "docs" / "running.md"


def settings_on_the_page() -> set[str]:
    """The variables of the tables; a name like `_PORT` goes on from the variable before it."""
    found: set[str] = set()
    for cell in re.findall(r"^\| (`_?[A-Z][^|]*`) \|", PAGE.read_text("utf-8"), flags=re.M):
        first, *more = re.findall(r"`([A-Z_]+)`", cell)
        stem = "_".join(first.split("_")[:2])
        found |= {first, *(stem + name if name.startswith("_") else name for name in more)}
    return found | set(re.findall(r"`(PQ_(?:TRACE|METRICS)_FILE)`", PAGE.read_text("utf-8")))


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_is_on_the_page(service: str) -> None:
    settings = importlib.import_module(f"services.{service}.main").SERVICE.settings
    names = {f"PQ_{name.upper()}" for name in settings.model_fields}
    assert names - settings_on_the_page() == set()


def test_the_page_names_no_setting_that_no_service_has() -> None:
    services = [importlib.import_module(f"services.{s}.main").SERVICE for s in SERVICES]
    known = {f"PQ_{name.upper()}" for s in services for name in s.settings.model_fields}
    assert settings_on_the_page() - known == set()
