"""Alembic's entry: the migrations of notifications's schema."""

from services.notifications.tables import metadata
from shared.platform.migrate import run

run(metadata)
