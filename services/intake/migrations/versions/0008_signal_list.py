"""Signals in the order of their arrival, for their list."""

from __future__ import annotations

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index('ix_signal_received', 'signal', ['partnership', 'received_at', 'id'], unique=False, schema='intake')


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_signal_received', table_name='signal', schema='intake')
