"""The words of requests, for the search in their list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    words = sa.text("to_tsvector('english'::regconfig, text)")
    op.create_index('ix_request_words', 'request', [words], unique=False, schema='intake', postgresql_using='gin')


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_request_words', table_name='request', schema='intake', postgresql_using='gin')
