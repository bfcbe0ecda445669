"""Intake's own schema: its metadata, its platform's tables, and the base of the rest."""

from __future__ import annotations

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.platform.tables import PlatformTables, service_metadata

metadata = service_metadata("intake")
platform = PlatformTables(metadata)


class IntakeTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of intake's tables."""
