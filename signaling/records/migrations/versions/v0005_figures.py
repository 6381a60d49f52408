"""Facts behind the figures: what each call counts as, and agents' time by half-hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_figures",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("point_id", sa.String(), nullable=False),
        sa.Column("booth_id", sa.String(), nullable=False),
        sa.Column("entered_at", sa.Double(), nullable=False),
        sa.Column("answered_at", sa.Double()),
        sa.Column("answered_by", sa.String()),
        sa.Column("wait_s", sa.Double()),
        sa.Column("in_time", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("outcome", sa.String()),
        sa.Column("follow_up", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_figures")),
    )
    op.create_index(op.f("ix_call_figures_day_answered_by"), "call_figures", ["day", "answered_by"])
    op.create_table(
        "agent_spells",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("call_id", sa.String()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("then", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "started_at", name=op.f("pk_agent_spells")),
    )
    for columns in (["ended_at"], ["call_id"], ["day", "agent_id"]):
        op.create_index(op.f(f"ix_agent_spells_{'_'.join(columns)}"), "agent_spells", columns)


def downgrade() -> None:
    op.drop_table("agent_spells")
    op.drop_table("call_figures")
