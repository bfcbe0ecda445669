"""item key.

The circle comes before the series: what a circle knows for itself of a location lies together, and
is not looked for among all that was ever told of it.
"""

from __future__ import annotations

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_constraint(op.f('pk_item'), 'item', schema='assessment')
    op.create_primary_key(op.f('pk_item'), 'item', ['location_id', 'circle', 'series'], schema='assessment')
