"""Feedback is searched, and all that stands in a concern."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: the words of every concern are looked for anew, behind the door's back."""
    op.create_index('ix_feedback_words', 'feedback', [sa.text("to_tsvector('english'::regconfig, text)")], unique=False, schema='intake', postgresql_using='gin')
    op.execute('INSERT INTO intake.concern_to_index (concern_id, partnership) SELECT id, partnership FROM intake.concern ON CONFLICT DO NOTHING')


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_feedback_words', table_name='feedback', schema='intake', postgresql_using='gin')
