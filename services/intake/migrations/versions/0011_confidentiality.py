"""Who accepted which version of the procedures on confidentiality."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        'confidentiality_acceptance',
        sa.Column('partnership', sa.String(length=60), nullable=False),
        sa.Column('person_ref', sa.Uuid(), nullable=False),
        sa.Column('version', sa.String(length=20), nullable=False),
        sa.Column('accepted_by', sa.String(length=120), nullable=False),
        sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('partnership', 'person_ref', 'version'),
        schema='intake',
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table('confidentiality_acceptance', schema='intake')
