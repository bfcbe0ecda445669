"""Ids of feeds are found by the day of their disclosure first: what is written lies together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_index('ix_disclosed_feed', table_name='disclosed', schema='notifications')
    day = sa.text("CAST(timezone('UTC', disclosed_at) AS date)")
    op.create_index('ix_disclosed_feed', 'disclosed', [day, 'agency_id', 'ce_id'], schema='notifications')


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_disclosed_feed', table_name='disclosed', schema='notifications')
    op.create_index('ix_disclosed_feed', 'disclosed', ['agency_id', 'ce_id'], schema='notifications')
