"""Said and done during a call."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


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
    paper_id: Mapped[str | None] = mapped_column(index=True)
    """The paper it shows a page of; stills of one paper make one document."""
    page: Mapped[int] = mapped_column(server_default="1")
    kind: Mapped[str] = mapped_column(server_default="pages")
    """`pages`, or `id_card`: page 1 is its front, page 2 its back."""


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
