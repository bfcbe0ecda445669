"""Runs that erase: who asked for them, who approved them, and what they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        'retention_run',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('partnership', sa.String(length=60), nullable=False),
        sa.Column('as_of', sa.Date(), nullable=False),
        sa.Column('reason', sa.String(length=400), nullable=False),
        sa.Column('planned', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('asked_by', sa.String(length=120), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('approved_by', sa.String(length=120), nullable=True),
        sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('erased', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id'),
        schema='intake',
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table('retention_run', schema='intake')
