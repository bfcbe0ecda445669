"""Letters anywhere in names and references of the register, without a look at each row."""

from __future__ import annotations

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_WHERE = [(table, column) for table in ('location', 'provider') for column in ('name', 'reference')]


def upgrade() -> None:
    """Apply. The extension is there where the database was prepared; only who may makes it here."""
    op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA intake')
    for table, column in _WHERE:
        op.create_index(
            f'ix_{table}_{column}_letters',
            table,
            [column],
            schema='intake',
            postgresql_using='gin',
            postgresql_ops={column: 'intake.gin_trgm_ops'},
            postgresql_with={'fastupdate': 'off'},
        )


def downgrade() -> None:
    """Take back; the extension stays, for it is not ours to drop."""
    for table, column in _WHERE:
        op.drop_index(f'ix_{table}_{column}_letters', table_name=table, schema='intake')
