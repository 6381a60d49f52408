"""The tables of the records, as typed rows.

Promise: times are UTC seconds (double precision), ids are the service's own words (`call_…`), JSON
columns hold plain lists and objects. Names of people and places are copied into a call's row when
it happens, so that a record stays readable after the district's files have changed. Every change
here comes with a migration; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Double, Index, Integer, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

# SQLite numbers rows by itself only in an INTEGER key.
RowNumber = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Constraint names are fixed, so that migrations can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, TypeEngine[Any]]] = {
        float: Double(),
        str: String(),
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
        list[str]: JSON().with_variant(JSONB(), "postgresql"),
    }


# --- projected from the hall's events ---------------------------------------------------------------


class ProjectionRow(Base):
    """How far the events have been written here. A new journal (seq running again from 1) opens a new epoch."""

    __tablename__ = "projection"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)


class CallRow(Base):
    """One visit of one citizen, from ticket to outcome."""

    __tablename__ = "calls"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    ticket: Mapped[str] = mapped_column(index=True)
    queue_id: Mapped[str]
    queue_name: Mapped[str]
    item_id: Mapped[str] = mapped_column(index=True)
    item_name: Mapped[str]
    booth_id: Mapped[str] = mapped_column(index=True)
    booth_name: Mapped[str]
    point_id: Mapped[str]
    point_name: Mapped[str]
    street_name: Mapped[str]
    priority: Mapped[list[str]]
    entered_at: Mapped[float]
    first_offered_at: Mapped[float | None]
    accepted_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    agent_id: Mapped[str | None] = mapped_column(index=True)
    outcome: Mapped[str | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str]
    follow_up: Mapped[bool]
    __table_args__ = (Index(None, "entered_at", "call_id"),)


class CallAgentRow(Base):
    """An agent's time in a call. `ended_at` empty: still in it."""

    __tablename__ = "call_agents"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    agent_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    badge: Mapped[str]
    role: Mapped[str]
    started_at: Mapped[float]
    ended_at: Mapped[float | None]


class EventRow(Base):
    """One event: of a call's timeline, of an agent's shift, or the opening and closing of a queue."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[float]
    call_id: Mapped[str | None] = mapped_column(index=True)
    agent_id: Mapped[str | None]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("epoch", "seq"), Index(None, "agent_id", "at"))


# --- said and done during a call --------------------------------------------------------------------


class WishRow(Base):
    """What the citizen chose with the ticket, beyond what routing needs."""

    __tablename__ = "wishes"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    needs: Mapped[list[str]]
    elder_mode: Mapped[bool]
    lang: Mapped[str]


class ChatRow(Base):
    __tablename__ = "chat"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    call_id: Mapped[str]
    message_id: Mapped[str]
    sender: Mapped[str]
    sender_id: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[float]
    __table_args__ = (UniqueConstraint("call_id", "message_id"),)


class NotesRow(Base):
    __tablename__ = "notes"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    agent_id: Mapped[str]
    saved_at: Mapped[float]


class CorrectionRow(Base):
    """The outcome as the agent put it right during wrap-up; it goes before the call's own."""

    __tablename__ = "corrections"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    agent_id: Mapped[str]
    at: Mapped[float]


class RatingRow(Base):
    __tablename__ = "ratings"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    booth_id: Mapped[str]
    level: Mapped[int]
    reasons: Mapped[list[str]]
    remark: Mapped[str] = mapped_column(Text)
    at: Mapped[float]


class CaptureRow(Base):
    """A still asked for. Its content is a file; the row and its hash stay when the content is withdrawn."""

    __tablename__ = "captures"
    capture_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    booth_id: Mapped[str]
    requester: Mapped[str]
    requested_at: Mapped[float]
    state: Mapped[str]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    media_type: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    stored_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    problem: Mapped[dict[str, Any] | None]
    key_id: Mapped[str | None]
    """Which key its file is encrypted with, so that keys can be changed."""


class PageRow(Base):
    """The page a person opened last. A link's id is made from it, so it must outlive a restart."""

    __tablename__ = "pages"
    person_id: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[str]


class PathRow(Base):
    """Which way the media of a talking call goes: what plays must outlive a restart."""

    __tablename__ = "call_paths"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    topology: Mapped[str]
    number: Mapped[int]
    node_id: Mapped[str]
    last_number: Mapped[int]
    direct_failed: Mapped[bool]


# --- who may ---------------------------------------------------------------------------------------


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
