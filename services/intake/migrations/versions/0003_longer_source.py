"""A concern's source holds the longest sign-in that a token can carry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.alter_column("concern", "source", type_=sa.String(140), schema="intake")


def downgrade() -> None:
    """Undo."""
    op.alter_column("concern", "source", type_=sa.String(80), schema="intake")
