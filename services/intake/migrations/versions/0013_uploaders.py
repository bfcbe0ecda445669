"""Who of the staff uploaded a concern on an agency's behalf: a colleague decides on it."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column('concern', sa.Column('uploader', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=True), schema='intake')


def downgrade() -> None:
    """Take back."""
    op.drop_column('concern', 'uploader', schema='intake')
