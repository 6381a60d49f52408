"""Versions of the district, as changed in the browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    plain = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "districts",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("changes", plain, nullable=False),
        sa.Column("draft", plain, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_districts")),
    )


def downgrade() -> None:
    op.drop_table("districts")
