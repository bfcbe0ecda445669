"""Dead letters keep what somebody repaired; the outbox stands clocks that were days fast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.platform.migrate import outbox_of_wrong_clocks

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("dead_letter", sa.Column("original", sa.LargeBinary()), schema="meetings")
    op.add_column(
        "dead_letter",
        sa.Column("log_time", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        schema="meetings",
    )
    op.drop_index("ix_dead_letter_position", table_name="dead_letter", schema="meetings")
    op.create_index(
        "ix_dead_letter_place",
        "dead_letter",
        ["topic", "partition", "log_offset", "digest"],
        unique=True,
        schema="meetings",
    )
    for statement in outbox_of_wrong_clocks("meetings"):
        op.execute(statement)


def downgrade() -> None:
    """Undo; the function stays, it does what the earlier one did."""
    op.drop_index("ix_dead_letter_place", table_name="dead_letter", schema="meetings")
    op.create_index(
        "ix_dead_letter_position",
        "dead_letter",
        ["topic", "partition", "log_offset"],
        unique=True,
        schema="meetings",
    )
    op.drop_column("dead_letter", "log_time", schema="meetings")
    op.drop_column("dead_letter", "original", schema="meetings")
