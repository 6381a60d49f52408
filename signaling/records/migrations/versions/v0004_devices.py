"""Leases of booths' devices, what was done under them, and stills that are pages of one paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLAIN = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("lease_id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("booth_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("devices", PLAIN, nullable=False),
        sa.Column("for_s", sa.Double(), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("lease_id", name=op.f("pk_leases")),
    )
    op.create_index(op.f("ix_leases_call_id"), "leases", ["call_id"])
    op.create_index(op.f("ix_leases_state"), "leases", ["state"])
    op.create_table(
        "device_actions",
        sa.Column("action_id", sa.String(), nullable=False),
        sa.Column("lease_id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("booth_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("parameters", PLAIN, nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_device_actions")),
    )
    op.create_index(op.f("ix_device_actions_call_id"), "device_actions", ["call_id"])
    op.create_index(op.f("ix_device_actions_code"), "device_actions", ["code"])
    op.add_column("captures", sa.Column("paper_id", sa.String(), nullable=True))
    op.add_column("captures", sa.Column("page", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("captures", sa.Column("kind", sa.String(), nullable=False, server_default="pages"))
    op.create_index(op.f("ix_captures_paper_id"), "captures", ["paper_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_captures_paper_id"), "captures")
    for name in ("kind", "page", "paper_id"):
        op.drop_column("captures", name)
    op.drop_table("device_actions")
    op.drop_table("leases")
