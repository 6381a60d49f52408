"""Which document was bound from which stills of a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.records.tables import BindingRow

if TYPE_CHECKING:
    from signaling.records.database import Database


@dataclass(frozen=True, slots=True)
class Binding:
    document_id: str
    captures: list[str]


class Bindings:
    """Bindings by paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_paper(self, paper_id: str) -> Binding | None:
        """Return the document a paper was bound into last."""
        async with self._database.reading() as session:
            row = await session.get(BindingRow, paper_id)
        return Binding(row.document_id, list(row.captures)) if row else None

    async def save(self, paper_id: str, document_id: str, captures: list[str]) -> None:
        async with self._database.writing() as session:
            await session.merge(BindingRow(paper_id=paper_id, document_id=document_id, captures=captures))
