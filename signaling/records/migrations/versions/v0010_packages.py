"""Packages on their way to the back office."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "packages",
        sa.Column("package_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("acknowledged_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("package_id", name=op.f("pk_packages")),
        sa.UniqueConstraint("call_id", name=op.f("uq_packages_call_id")),
    )
    op.create_index(op.f("ix_packages_case_id"), "packages", ["case_id"])
    op.create_index(op.f("ix_packages_state_next_at"), "packages", ["state", "next_at"])


def downgrade() -> None:
    op.drop_table("packages")
