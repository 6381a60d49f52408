"""Who may: accounts, sessions, booths' credentials, and who did what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


class AccountRow(Base):
    """A staff member's password. `initial`: the demo's; it opens nothing outside the demo."""

    __tablename__ = "accounts"
    agent_id: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    initial: Mapped[bool]
    set_at: Mapped[float]


class SessionRow(Base):
    """A signed-in staff member or booth. Only the SHA-256 of the cookie is kept."""

    __tablename__ = "sessions"
    session_id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    kind: Mapped[str]
    subject_id: Mapped[str] = mapped_column(index=True)
    credential_id: Mapped[str | None]
    remote: Mapped[str]
    created_at: Mapped[float]
    seen_at: Mapped[float]
    expires_at: Mapped[float | None]
    revoked_at: Mapped[float | None]


class BoothCredentialRow(Base):
    """What a booth shows once to get its session. Only the SHA-256 is kept."""

    __tablename__ = "booth_credentials"
    credential_id: Mapped[str] = mapped_column(primary_key=True)
    booth_id: Mapped[str] = mapped_column(index=True)
    credential_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    issued_at: Mapped[float]
    issued_by: Mapped[str]
    used_at: Mapped[float | None]
    revoked_at: Mapped[float | None]


class AuditRow(Base):
    """Who did what to whom: sign-ins, revocations, records read, outcomes corrected."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
