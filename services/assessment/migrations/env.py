"""Alembic's entry: the migrations of assessment's schema."""

from services.assessment.tables import metadata
from shared.platform.migrate import run

run(metadata)
