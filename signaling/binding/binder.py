"""Binds the stills of one paper into one document, and takes it apart when a still is taken back.

Promise: the document holds every stored page of the paper in order, and no page that its citizen has withdrawn: not at
the moment it is stored, and not later. A page is the sheet from straight above where one was found, else the still as
it was taken. The same pages are bound once, and anew when one was corrected meanwhile. The stills stay as they are.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from signaling.auth import Identity
from signaling.errors import ServiceError, Unknown, WrongState
from signaling.pictures.examiner import REFUSALS
from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.tasks import Tasks
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from signaling.captures import Captures
    from signaling.config import Settings
    from signaling.documents import Documents
    from signaling.records import Capture, Records
    from signaling.records.documents import Document

    Corrected = Callable[[Capture], Awaitable[tuple[float, bytes] | None]]
    """When a still was corrected last, and the corrected picture."""

log = structlog.get_logger(__name__)

BIND_S = 60.0
"""A hundred pages at half a second each."""


class Binder:
    """Make it with `Binder.open`."""

    def __init__(
        self, records: Records, captures: Captures, documents: Documents, corrected: Corrected, shop: Workshop,
        max_pixels: int,
    ) -> None:  # fmt: skip
        self._records = records
        self._captures = captures
        self._documents = documents
        self._corrected = corrected
        self._shop = shop
        self._max_pixels = max_pixels
        self._turn = asyncio.Lock()
        self._tasks = Tasks()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, records: Records, captures: Captures, documents: Documents, corrected: Corrected, settings: Settings
    ) -> AsyncIterator[Binder]:
        """Hear of stills that are taken back until the block ends; the process starts with its first paper."""
        async with Workshop.open(
            "signaling.binding.worker", workers=1, memory_bytes=settings.captures.decode_memory_bytes, timeout_s=BIND_S
        ) as shop:
            binder = cls(records, captures, documents, corrected, shop, settings.captures.max_pixels)
            stop = captures.on_changed(binder._heard)
            try:
                yield binder
            finally:
                stop()
                await binder._tasks.close()

    async def bind(self, call_id: str, paper_id: str, by: Identity, name: str) -> Document:
        """Return the document of a paper's stored pages.

        Raises:
            Unknown: the call has no such paper.
            WrongState: no page of it is stored, or one was taken back meanwhile.
            NotAPicture, TooLarge, TooMany: as `Documents.keep` and the pictures say it.
        """
        async with self._turn:
            pages = await self._pages(call_id, paper_id)
            ids = [page.capture_id for page in pages]
            corrected = [await self._corrected(page) for page in pages]
            bound = await self._records.bindings.of_paper(paper_id)
            if bound is not None and bound.captures == ids:
                with suppress(Unknown):
                    standing = await self._documents.get(bound.document_id)
                    if all(one is None or one[0] <= standing.made_at for one in corrected):
                        return standing
            data = await self._bound(pages, corrected)
            document = await self._documents.keep(data, call_id=call_id, name=name, kind="upload", by=by.id)
            await self._records.bindings.save(paper_id, document.document_id, ids)
            if [page.capture_id for page in await self._pages(call_id, paper_id)] != ids:
                await self._documents.remove(document.document_id, by)
                raise WrongState("a page was taken back meanwhile", field="paper_id")
            if bound is not None:
                await self._remove(bound.document_id)
        return document

    async def _pages(self, call_id: str, paper_id: str) -> list[Capture]:
        ofpaper = [one for one in await self._records.stills.of_call(call_id) if one.paper_id == paper_id]
        if not ofpaper:
            raise Unknown("this call has no such paper", field="paper_id", code="unknown_paper")
        stored = sorted((one for one in ofpaper if one.state == "stored"), key=lambda one: one.page)
        if not stored:
            raise WrongState("no page of this paper is stored", field="paper_id")
        return stored

    async def _bound(self, pages: list[Capture], corrected: list[tuple[float, bytes] | None]) -> bytes:
        pictures = [
            await self._captures.content(page) if flat is None else flat[1]
            for page, flat in zip(pages, corrected, strict=True)
        ]
        job = {
            "sizes": [len(picture) for picture in pictures], "layout": pages[0].kind, "max_pixels": self._max_pixels,
        }  # fmt: skip
        try:
            _, data = await self._shop.do(job, b"".join(pictures))
        except Refusal as refusal:
            raise REFUSALS[refusal.kind](refusal.detail, code=refusal.code) from None
        except Late:
            raise TooLarge("binding the pages takes too long", code="too_slow") from None
        except Died:
            raise NotAPicture("binding the pages failed", code="failed") from None
        return data

    def _heard(self, capture: Capture, _received: int) -> None:
        if capture.state == "withdrawn" and capture.paper_id is not None:
            self._tasks.start(self._taken_back(capture.paper_id, capture.capture_id))

    async def _taken_back(self, paper_id: str, capture_id: str) -> None:
        """A still that was taken back is in no document any more."""
        async with self._turn:
            bound = await self._records.bindings.of_paper(paper_id)
            if bound is not None and capture_id in bound.captures:
                await self._remove(bound.document_id)

    async def _remove(self, document_id: str) -> None:
        try:
            document = await self._documents.get(document_id)
            await self._documents.remove(document_id, Identity("agent", document.made_by, ""))
        except Unknown:
            return
        except ServiceError:
            log.exception("bound_document_not_removed", document=document_id)
