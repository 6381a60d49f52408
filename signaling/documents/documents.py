"""The one owner of stored documents: judged, sealed, kept, drawn page by page, taken back.

Promise: what is stored was opened once in the reader's process, is encrypted at rest and never changes: the SHA-256 in
its row is that of its bytes for ever. Whoever is refused changes nothing. Every new document is told to listeners.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from signaling.captures.vault import Damaged, Vault
from signaling.documents.pages import Tile, cut
from signaling.documents.portable import NotADocument
from signaling.errors import NotAllowed, TooMany, Unavailable, Unknown
from signaling.ids import new_id
from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.records.documents import Document, DocumentKind
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.auth import Identity
    from signaling.config import Settings
    from signaling.records.documents import DocumentRows

T = TypeVar("T")

MAX_OF_CALL = 60
"""Documents of one call."""
KEPT_BYTES = 48_000_000
"""Drawn tiles kept: both sides ask for the same ones at the same moment."""
LONGEST_NAME = 120
REFUSALS: dict[str, type[TooLarge | NotAPicture]] = {
    "TooLarge": TooLarge, "NotAPicture": NotAPicture, "NotADocument": NotADocument,
}  # fmt: skip


class Documents:
    """Make it with `Documents.open`."""

    def __init__(
        self, rows: DocumentRows, vault: Vault, reader: Workshop, limits: dict[str, int], max_bytes: int,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._rows = rows
        self._vault = vault
        self._reader = reader
        self._limits = limits
        self.max_bytes = max_bytes
        self._clock = clock
        self._tiles: OrderedDict[tuple[str, Tile], tuple[str, bytes]] = OrderedDict()
        self._kept = 0
        self._drawing: dict[tuple[str, Tile], asyncio.Lock] = {}
        self._listeners: list[Callable[[Document], None]] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls, rows: DocumentRows, settings: Settings, clock: Callable[[], float] = time.time
    ) -> AsyncIterator[Documents]:
        """Give the documents of `settings.documents_dir`; end the reader with the block."""
        limits = settings.documents
        vault = await asyncio.to_thread(Vault, settings.documents_dir, settings.captures_key())
        asked = {
            "max_pages": limits.max_pages, "max_pixels": settings.captures.max_pixels,
            "max_picture_bytes": settings.captures.max_bytes,
        }  # fmt: skip
        async with Workshop.open(
            "signaling.documents.reader", workers=limits.read_workers, memory_bytes=limits.read_memory_bytes,
            timeout_s=limits.read_timeout_s,
        ) as reader:  # fmt: skip
            yield cls(rows, vault, reader, asked, limits.max_bytes, clock)

    def on_changed(self, listener: Callable[[Document], None]) -> None:
        """Call `listener` with every new document, and with one that was taken back."""
        self._listeners.append(listener)

    async def keep(self, data: bytes, *, call_id: str, name: str, kind: DocumentKind, by: str) -> Document:
        """Judge and store a document; `by` is the id of whoever made it, empty for the service.

        Raises:
            NotADocument, NotAPicture, TooLarge: by name of what is wrong with it.
            TooMany: the call holds as many as it may.
        """
        if len(await self._rows.of_call(call_id)) >= MAX_OF_CALL:
            raise TooMany(f"a call holds at most {MAX_OF_CALL} documents", code="too_many_documents")
        if len(data) > self.max_bytes:
            raise TooLarge(f"at most {self.max_bytes / 1_000_000:g} MB")
        found, clean = await self._read({"do": "judge", **self._limits}, data)
        document_id = new_id("doc")
        digest = await asyncio.to_thread(lambda: hashlib.sha256(clean).hexdigest())
        await self._blocking(self._vault.append, document_id, clean)
        await self._blocking(self._vault.close, document_id)
        document = Document(
            document_id, call_id, _plain(name), kind, found["media_type"],
            tuple((width, height) for width, height in found["sizes"]), len(clean), digest, self._clock(), by,
            self._vault.key_id,
        )  # fmt: skip
        await self._rows.add(document)
        return self._tell(document)

    async def get(self, document_id: str) -> Document:
        """Return a document; raise `Unknown` when there is none or it was taken back."""
        document = await self._rows.get(document_id)
        if document.removed_at is not None:
            raise Unknown("the document was taken back", code="document_removed")
        return document

    async def of_call(self, call_id: str) -> list[Document]:
        """Return a call's documents, earliest first."""
        return await self._rows.of_call(call_id)

    async def content(self, document: Document) -> bytes:
        """Return the bytes; who may have them was decided before."""
        if document.key_id != self._vault.key_id:
            raise Unavailable("the document is encrypted with another key", code="document_key")
        data = await self._blocking(lambda: b"".join(self._vault.read(document.document_id)))
        if (await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())) != document.sha256:
            raise Damaged("the document's file is damaged")
        return data

    async def tile(self, document: Document, tile: Tile) -> tuple[str, bytes]:
        """Return media type and bytes of a square of a page; raise when there is no such square."""
        cut(tile, document.page_sizes)
        key = (document.document_id, tile)
        lock = self._drawing.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                if key not in self._tiles:
                    self._remember(key, await self._drawn(document, tile))
                self._tiles.move_to_end(key)
                return self._tiles[key]
        finally:
            if not lock.locked():
                self._drawing.pop(key, None)

    async def remove(self, document_id: str, by: Identity) -> Document:
        """Take one's own upload back: its content goes, its row and hash stay."""
        document = await self._rows.get(document_id)
        if document.kind != "upload" or document.made_by != by.id:
            raise NotAllowed("only who sent a paper takes it back")
        document = await self._rows.remove(document_id, self._clock())
        for key in [key for key in self._tiles if key[0] == document_id]:
            self._kept -= len(self._tiles.pop(key)[1])
        await self._blocking(self._vault.remove, document_id)
        return self._tell(document)

    # --- inside -------------------------------------------------------------------------------------

    async def _drawn(self, document: Document, tile: Tile) -> tuple[str, bytes]:
        job = {
            "do": "tile", "document": document.document_id, "sizes": document.page_sizes, "page": tile.page,
            "width": tile.width, "column": tile.column, "row": tile.row,
        }  # fmt: skip
        answer, data = await self._read(job)
        if answer.get("need"):
            answer, data = await self._read(job, await self.content(document))
        return answer["media_type"], data

    async def _read(self, job: dict[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        try:
            return await self._reader.do(job, data)
        except Refusal as no:
            raise REFUSALS.get(no.kind, NotADocument)(no.detail, code=no.code) from None
        except Late:
            raise TooLarge("the document takes too long to open", code="bomb") from None
        except Died:
            raise NotADocument("opening the document failed", code="bomb") from None

    def _remember(self, key: tuple[str, Tile], drawn: tuple[str, bytes]) -> None:
        self._tiles[key] = drawn
        self._kept += len(drawn[1])
        while self._kept > KEPT_BYTES and len(self._tiles) > 1:
            self._kept -= len(self._tiles.popitem(last=False)[1][1])

    def _tell(self, document: Document) -> Document:
        for listener in tuple(self._listeners):
            listener(document)
        return document

    async def _blocking(self, work: Callable[..., T], *arguments: Any) -> T:
        """Work on files in a thread, to its end: whoever is interrupted leaves no thread writing behind."""
        working = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            raise
        except OSError as error:  # a full disk
            raise Unavailable("documents cannot be stored now") from error


def _plain(name: str) -> str:
    """Return a file's name without folders and characters that no file may have."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in bare if letter.isprintable() and letter not in '<>:"|?*')
    return kept.strip()[:LONGEST_NAME] or "document"
