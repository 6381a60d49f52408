"""Cases, the calls that belong to them, their receipts and steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_name", sa.String(), nullable=False),
        sa.Column("item_name_en", sa.String(), nullable=False),
        sa.Column("point_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("phone_mark", sa.String(), nullable=False),
        sa.Column("taken", json, nullable=False),
        sa.Column("missing", json, nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(op.f("ix_cases_state"), "cases", ["state"])
    op.create_table(
        "case_calls",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_case_calls")),
    )
    op.create_index(op.f("ix_case_calls_case_id"), "case_calls", ["case_id"])
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("booth_id", sa.String(), nullable=False),
        sa.Column("booth_name", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("agent_badge", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("taken", json, nullable=False),
        sa.Column("missing", json, nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("document_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("call_id", name=op.f("uq_receipts_call_id")),
    )
    op.create_index(op.f("ix_receipts_case_id"), "receipts", ["case_id"])
    op.create_table(
        "case_steps",
        sa.Column("id", row_number, nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_steps")),
        sa.UniqueConstraint("step_id", name=op.f("uq_case_steps_step_id")),
    )
    op.create_index(op.f("ix_case_steps_case_id"), "case_steps", ["case_id"])


def downgrade() -> None:
    for table in ("case_steps", "receipts", "case_calls", "cases"):
        op.drop_table(table)
