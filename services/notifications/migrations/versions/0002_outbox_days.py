"""The outbox's day partitions, kept by a function of the owner's."""

from __future__ import annotations

from alembic import op

from shared.platform.migrate import outbox_functions

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for statement in outbox_functions("notifications"):
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP FUNCTION notifications.keep_outbox_days(integer)")
    op.execute("DROP TABLE notifications.outbox_rest")
