"""The rows of stored documents. Contents are files and lie with `signaling.documents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select, update

from signaling.errors import Unknown, WrongState
from signaling.records.tables import DocumentRow

if TYPE_CHECKING:
    from signaling.records.database import Database

DocumentKind = Literal["upload", "form", "signed", "receipt"]
DOCUMENT_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)


@dataclass(frozen=True, slots=True)
class Document:
    """One stored document: its bytes have this SHA-256 for ever."""

    document_id: str
    call_id: str
    name: str
    kind: DocumentKind
    media_type: str
    page_sizes: tuple[tuple[float, float], ...]
    size: int
    sha256: str
    made_at: float
    made_by: str
    key_id: str
    removed_at: float | None = None

    @property
    def pages(self) -> int:
        return len(self.page_sizes)


class DocumentRows:
    """Documents by id and by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, document: Document) -> None:
        async with self._database.writing() as session:
            session.add(DocumentRow(
                document_id=document.document_id, call_id=document.call_id, name=document.name, kind=document.kind,
                media_type=document.media_type, pages=document.pages,
                page_sizes=[list(size) for size in document.page_sizes], size=document.size, sha256=document.sha256,
                made_at=document.made_at, made_by=document.made_by, key_id=document.key_id,
            ))  # fmt: skip

    async def get(self, document_id: str) -> Document:
        """Return a document, also one that was taken back; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(DocumentRow, document_id)
        if row is None:
            raise Unknown("there is no such document")
        return _value(row)

    async def of_call(self, call_id: str) -> list[Document]:
        """Return a call's documents that were not taken back, earliest first."""
        query = (
            select(DocumentRow)
            .where(DocumentRow.call_id == call_id, DocumentRow.removed_at.is_(None))
            .order_by(DocumentRow.made_at, DocumentRow.document_id)
        )
        async with self._database.reading() as session:
            return [_value(row) for row in await session.scalars(query)]

    async def remove(self, document_id: str, at: float) -> Document:
        """Note that a document was taken back; raise `WrongState` when it was before."""
        step = (
            update(DocumentRow)
            .where(DocumentRow.document_id == document_id, DocumentRow.removed_at.is_(None))
            .values(removed_at=at)
        )
        async with self._database.writing() as session:
            row = (await session.scalars(step.returning(DocumentRow))).first()
        if row is None:
            raise WrongState("the document was taken back before", code="document_removed")
        return _value(row)


def _value(row: DocumentRow) -> Document:
    return Document(
        row.document_id, row.call_id, row.name, row.kind,  # type: ignore[arg-type]  # only ours are written
        row.media_type, tuple((width, height) for width, height in row.page_sizes), row.size, row.sha256, row.made_at,
        row.made_by, row.key_id, row.removed_at,
    )  # fmt: skip
