"""Who looks after which alert; reviews as they were before they were corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_acknowledgements")),
    )
    op.create_table(
        "earlier_reviews",
        sa.Column("id", row_number, nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("scores", json, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_reviews")),
    )
    op.create_index(op.f("ix_earlier_reviews_call_id"), "earlier_reviews", ["call_id"])


def downgrade() -> None:
    op.drop_table("earlier_reviews")
    op.drop_table("acknowledgements")
