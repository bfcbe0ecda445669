"""ledger sealed by number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Seals so far name rows one by one; the chain begins anew over all rows."""
    op.drop_index('ix_ledger_unsealed', table_name='ledger', schema='notifications', postgresql_where=sa.text('seal IS NULL'))
    op.drop_index(op.f('ix_notifications_ledger_seal'), table_name='ledger', schema='notifications')
    op.drop_column('ledger', 'seal', schema='notifications')
    op.execute('DELETE FROM notifications.ledger_seal')
    op.create_index('ix_ledger_seal_last', 'ledger_seal', ['last_seq'], unique=False, schema='notifications')


def downgrade() -> None:
    """Undo."""
    op.drop_index('ix_ledger_seal_last', table_name='ledger_seal', schema='notifications')
    op.execute('DELETE FROM notifications.ledger_seal')
    op.add_column('ledger', sa.Column('seal', sa.BigInteger(), nullable=True), schema='notifications')
    op.create_index(op.f('ix_notifications_ledger_seal'), 'ledger', ['seal'], unique=False, schema='notifications')
    op.create_index('ix_ledger_unsealed', 'ledger', ['seq'], unique=False, schema='notifications', postgresql_where=sa.text('seal IS NULL'))
