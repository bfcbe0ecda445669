"""Alembic's entry: the migrations of meetings' schema."""

from services.meetings.tables import metadata
from shared.platform.migrate import run

run(metadata)
