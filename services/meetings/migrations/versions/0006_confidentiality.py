"""Who accepted which version of the procedures on confidentiality, as intake tells it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        'confidentiality_acceptance',
        sa.Column('partnership', sa.String(length=60), nullable=False),
        sa.Column('person_ref', sa.Uuid(), nullable=False),
        sa.Column('version', sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint('partnership', 'person_ref', 'version'),
        schema='meetings',
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table('confidentiality_acceptance', schema='meetings')
