"""Matters that failed somewhere, and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "matters",
        sa.Column("matter_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("item_name", sa.String(), nullable=False),
        sa.Column("point_name", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("archived_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_matters")),
        sa.UniqueConstraint("origin", "call_id", name=op.f("uq_matters_origin_call_id")),
    )
    for column in ("state", "owner_id", "opened_at"):
        op.create_index(op.f(f"ix_matters_{column}"), "matters", [column])
    op.create_table(
        "matter_steps",
        sa.Column("id", row_number, nullable=False),
        sa.Column("matter_id", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_steps")),
    )
    op.create_index(op.f("ix_matter_steps_matter_id"), "matter_steps", ["matter_id"])


def downgrade() -> None:
    op.drop_table("matter_steps")
    op.drop_table("matters")
