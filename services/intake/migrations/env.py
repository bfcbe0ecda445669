"""Alembic's entry: the migrations of intake's schema."""

from services.intake.tables import metadata
from shared.platform.migrate import run

run(metadata)
