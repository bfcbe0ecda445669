"""Dead letters keep what somebody repaired; the outbox stands clocks that were days fast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.platform.migrate import outbox_of_wrong_clocks

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("dead_letter", sa.Column("original", sa.LargeBinary()), schema="intake")
    op.add_column(
        "dead_letter",
        sa.Column("log_time", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        schema="intake",
    )
    op.drop_index("ix_dead_letter_position", table_name="dead_letter", schema="intake")
    op.create_index(
        "ix_dead_letter_place",
        "dead_letter",
        ["topic", "partition", "log_offset", "digest"],
        unique=True,
        schema="intake",
    )
    for statement in outbox_of_wrong_clocks("intake"):
        op.execute(statement)


def downgrade() -> None:
    """Undo; the function stays, it does what the earlier one did."""
    op.drop_index("ix_dead_letter_place", table_name="dead_letter", schema="intake")
    op.create_index(
        "ix_dead_letter_position",
        "dead_letter",
        ["topic", "partition", "log_offset"],
        unique=True,
        schema="intake",
    )
    op.drop_column("dead_letter", "log_time", schema="intake")
    op.drop_column("dead_letter", "original", schema="intake")
