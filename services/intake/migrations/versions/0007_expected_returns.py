"""Quality returns that are awaited, so that one that does not come is noticed (L1.2g)."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('expected_return',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partnership', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('quarter', sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('due_clause', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.ForeignKeyConstraint(['location_id'], ['intake.location.id'], ),
    sa.PrimaryKeyConstraint('id'),
    schema='intake'
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table('expected_return', schema='intake')
