"""circles.

What was found from NAMED facts becomes what its holders' circle is told; its ids stay. Items are
kept apart from now on: one that was known by a NAMED fact is its circle's, and what it is to others
is entered when something is told of it again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_CIRCLE = "array_to_string(ARRAY(SELECT unnest(holders) ORDER BY 1), ' ')"


def upgrade() -> None:
    """Apply."""
    texts = postgresql.ARRAY(sa.String())
    op.add_column('location', sa.Column('circles', texts, server_default=sa.text("'{}'"), nullable=False), schema='assessment')
    _keep_circles()
    op.drop_index('ix_item_enquiry', table_name='item', schema='assessment')
    op.drop_index('ix_item_category', table_name='item', schema='assessment')
    op.drop_index('ix_item_counted', table_name='item', schema='assessment')
    op.add_column('item', sa.Column('circle', sa.String(), server_default='', nullable=False), schema='assessment')
    op.execute(f"UPDATE assessment.item SET circle = {_CIRCLE} WHERE label = 'NAMED'")  # noqa: S608 - no value from outside
    op.alter_column('item', 'circle', server_default=None, schema='assessment')
    op.drop_column('item', 'label', schema='assessment')
    op.drop_column('item', 'holders', schema='assessment')
    op.drop_constraint(op.f('pk_item'), 'item', schema='assessment')
    op.create_primary_key(op.f('pk_item'), 'item', ['location_id', 'series', 'circle'], schema='assessment')
    op.create_index('ix_item_counted', 'item', ['location_id', 'circle', 'occurred_on', 'series'], unique=False, schema='assessment', postgresql_where=sa.text('counts'))
    op.create_index('ix_item_category', 'item', ['location_id', 'circle', 'category', 'occurred_on', 'series'], unique=False, schema='assessment', postgresql_where=sa.text('category IS NOT NULL'))
    op.create_index('ix_item_enquiry', 'item', ['location_id', 'circle', 'series'], unique=False, schema='assessment', postgresql_where=sa.text('is_enquiry'))
    op.drop_index('ix_crossing_holding', table_name='crossing', schema='assessment')
    op.drop_index('ix_crossing_before', table_name='crossing', schema='assessment')
    op.add_column('crossing', sa.Column('circle', sa.String(), server_default='', nullable=False), schema='assessment')
    op.execute(f"UPDATE assessment.crossing SET circle = {_CIRCLE} WHERE label = 'NAMED'")  # noqa: S608 - no value from outside
    op.create_index('ix_crossing_holding', 'crossing', ['location_id', 'rule', 'series', 'circle'], unique=True, schema='assessment', postgresql_where=sa.text("state <> 'ended'"))
    op.create_index('ix_crossing_before', 'crossing', ['location_id', 'rule', 'series', 'circle', 'ended_at'], unique=False, schema='assessment')


def _keep_circles() -> None:
    """The holders of a place's NAMED facts, and what sets of them have in common."""
    here = op.get_bind()
    facts = here.execute(sa.text("SELECT DISTINCT location_id, holders FROM assessment.fact WHERE label = 'NAMED'"))
    at: dict[object, set[frozenset[str]]] = {}
    for location_id, holders in facts:
        known, new = at.setdefault(location_id, set()), frozenset(holders)
        known |= {new & circle for circle in (*known, new)} - {frozenset()}
    for location_id, circles in at.items():
        texts = [" ".join(sorted(one)) for one in sorted(circles, key=lambda c: (-len(c), sorted(c)))]
        change = sa.text("UPDATE assessment.location SET circles = :circles WHERE id = :id")
        here.execute(change, {"circles": texts, "id": location_id})


def downgrade() -> None:
    """Undo; what was kept for circles apart from the open one is lost, and found again from facts."""
    op.execute("DELETE FROM assessment.crossing WHERE circle <> ''")
    op.drop_index('ix_crossing_before', table_name='crossing', schema='assessment')
    op.drop_index('ix_crossing_holding', table_name='crossing', schema='assessment')
    op.drop_column('crossing', 'circle', schema='assessment')
    op.create_index('ix_crossing_before', 'crossing', ['location_id', 'rule', 'series', 'ended_at'], unique=False, schema='assessment')
    op.create_index('ix_crossing_holding', 'crossing', ['location_id', 'rule', 'series'], unique=True, schema='assessment', postgresql_where=sa.text("state <> 'ended'"))
    op.execute("DELETE FROM assessment.item WHERE circle <> ''")
    op.drop_index('ix_item_enquiry', table_name='item', schema='assessment')
    op.drop_index('ix_item_category', table_name='item', schema='assessment')
    op.drop_index('ix_item_counted', table_name='item', schema='assessment')
    op.drop_constraint(op.f('pk_item'), 'item', schema='assessment')
    op.drop_column('item', 'circle', schema='assessment')
    op.create_primary_key(op.f('pk_item'), 'item', ['location_id', 'series'], schema='assessment')
    op.add_column('item', sa.Column('holders', postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False), schema='assessment')
    op.add_column('item', sa.Column('label', sa.String(length=20), nullable=True), schema='assessment')
    op.alter_column('item', 'holders', server_default=None, schema='assessment')
    op.create_index('ix_item_enquiry', 'item', ['location_id', 'series'], unique=False, schema='assessment', postgresql_where=sa.text('is_enquiry'))
    op.create_index('ix_item_category', 'item', ['location_id', 'category', 'occurred_on', 'series'], unique=False, schema='assessment', postgresql_where=sa.text('category IS NOT NULL'))
    op.create_index('ix_item_counted', 'item', ['location_id', 'occurred_on', 'series'], unique=False, schema='assessment', postgresql_where=sa.text('counts'))
    op.drop_column('location', 'circles', schema='assessment')
