"""What the desk needs of requests and of the quarantine: labels, marks, and their causes."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column('quarantine', sa.Column('label', sa.String(length=20), server_default=sa.text("'NAMED'"), nullable=True), schema='intake')
    op.add_column('quarantine', sa.Column('holders', postgresql.ARRAY(sa.String()), server_default=sa.text("'{council_quality,council_safeguarding}'"), nullable=False), schema='intake')
    op.add_column('quarantine', sa.Column('traceparent', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True), schema='intake')
    op.add_column('request', sa.Column('traceparent', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True), schema='intake')
    op.add_column('request', sa.Column('personal_data', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True), schema='intake')


def downgrade() -> None:
    """Undo."""
    op.drop_column('request', 'personal_data', schema='intake')
    op.drop_column('request', 'traceparent', schema='intake')
    op.drop_column('quarantine', 'traceparent', schema='intake')
    op.drop_column('quarantine', 'holders', schema='intake')
    op.drop_column('quarantine', 'label', schema='intake')
