"""Gathers what goes into a package: the receipt, a sheet of the whole case, every paper as it was taken and as it was
corrected, what was found.

Promise: a file is read only when its turn has come, and its hash is checked against the records as it is read; what a
citizen took back is not in it. Papers leave without what a picture says besides (where and when it was taken): pixel
for pixel the same, with a hash of their own beside that of the untouched picture, which stays in the vault. A corrected
picture that is not to be had holds no package up: its original is there.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from signaling.errors import ServiceError, Unknown
from signaling.handover.bundle import Part
from signaling.pictures.traces import without
from signaling.receipt_number import spaced
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from zoneinfo import ZoneInfo

    from signaling.captures import Captures
    from signaling.cases import Cases
    from signaling.documents import Documents
    from signaling.press import Press
    from signaling.records import Capture, Records
    from signaling.records.cases import Case, Receipt
    from signaling.records.documents import Document
    from signaling.records.packages import Package

log = structlog.get_logger()

T = TypeVar("T")

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
SHOWN_BYTES = 60_000_000
"""Pictures the sheet shows; those beyond are listed with their hashes, and lie beside it as all do."""


class Contents:
    """What packages are made of."""

    def __init__(
        self, records: Records, cases: Cases, captures: Captures, documents: Documents, press: Press, zone: ZoneInfo
    ) -> None:
        self._records = records
        self._cases = cases
        self._captures = captures
        self._documents = documents
        self._press = press
        self._zone = zone
        self._pages = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
        )

    async def of(self, package: Package) -> tuple[dict[str, Any], Iterator[Part]]:
        """Return the manifest's head and the parts; iterate over the parts in another thread than this loop's."""
        receipt = await self._records.cases.receipt_of(package.call_id)
        assert receipt is not None  # a package is written down with it
        case = await self._records.cases.get(package.case_id)
        captures = [one for one in await self._records.stills.of_call(package.call_id) if one.state == "stored"]
        head = self._head(package, case, receipt)
        # The receipt has its own place, and may be printed only now.
        documents = [one for one in await self._documents.of_call(package.call_id) if one.kind != "receipt"]
        return head, self._parts(asyncio.get_running_loop(), case, receipt, captures, documents)

    def _head(self, package: Package, case: Case, receipt: Receipt) -> dict[str, Any]:
        return {
            "package_id": package.package_id,
            "case_id": case.case_id,
            "call_id": package.call_id,
            "number": case.number,
            "item": {"id": case.item_id, "name": case.item_name},
            "point": case.point_name,
            "received_at": rfc3339(receipt.given_at),
            "received_by": {"id": receipt.agent_id, "name": receipt.agent_name, "badge": receipt.agent_badge},
            "booth": receipt.booth_name,
            "taken": receipt.taken,
            "missing": receipt.missing,
            "next_steps": receipt.next_steps,
            "due_at": rfc3339(receipt.due_at) if receipt.due_at is not None else None,
            "opened_at": rfc3339(case.opened_at),
            "state": case.state,
        }

    def _parts(
        self, loop: asyncio.AbstractEventLoop, case: Case, receipt: Receipt, captures: list[Capture],
        documents: list[Document],
    ) -> Iterator[Part]:  # fmt: skip
        def wait(work: Coroutine[Any, Any, T]) -> T:
            return asyncio.run_coroutine_threadsafe(work, loop).result()

        yield Part("receipt.pdf", wait(self._cases.printed(receipt.receipt_id)), "application/pdf", "receipt")
        yield Part("case.pdf", wait(self._sheet(case, receipt, captures)), "application/pdf", "sheet")
        for capture in captures:
            media_type = capture.media_type or ""
            about = {"capture_id": capture.capture_id, "taken_at": rfc3339(capture.requested_at),
                     "stored_at": rfc3339(capture.stored_at or 0.0), "asked_by": capture.requester}  # fmt: skip
            path = f"originals/{capture.capture_id}.{ENDINGS[media_type]}"
            data = without(wait(self._captures.content(capture)))
            yield Part(path, data, media_type, "original", {**about, "taken_sha256": capture.sha256})
            corrected = wait(self._corrected(capture))
            if corrected is not None:
                yield Part(f"corrected/{capture.capture_id}.jpg", corrected, "image/jpeg", "corrected", about)
        for document in documents:
            about = {"document_id": document.document_id, "name": document.name, "document_kind": document.kind,
                     "stored_at": rfc3339(document.made_at), "by": document.made_by}  # fmt: skip
            path = f"documents/{document.document_id}.{ENDINGS[document.media_type]}"
            yield Part(path, wait(self._documents.content(document)), document.media_type, "document", about)
        yield Part("findings.json", wait(self._findings(receipt.call_id)), "application/json", "findings")

    async def _corrected(self, capture: Capture) -> bytes | None:
        """Return the paper from straight above; None when it was not read, or is not what the records say."""
        try:
            reading = await self._records.findings.reading(capture.capture_id)
            if reading.state != "read":
                return None
            data = await self._captures.beside(capture.capture_id, "flat")
        except Unknown:
            return None
        except ServiceError as error:
            log.warning("corrected_left_out", capture_id=capture.capture_id, code=error.code)
            return None
        if sha256(data).hexdigest() != reading.sha256:
            log.warning("corrected_left_out", capture_id=capture.capture_id, code="another_hash")
            return None
        return data

    async def _findings(self, call_id: str) -> bytes:
        """Every finding that holds, with the rule's verdict, the helper's decision and who took it."""
        found = [
            {
                "capture_id": one.capture_id, "material_id": one.material_id, "rule": one.rule, "field": one.field,
                "verdict": one.verdict, "reason": one.reason, "standing": one.standing, "decision": one.decision,
                "decided_by": one.decided_by, "found_at": rfc3339(one.found_at),
                "decided_at": rfc3339(one.decided_at) if one.decided_at is not None else None, "why": one.why,
            }
            for one in await self._records.findings.of_call(call_id)
        ]  # fmt: skip
        return json.dumps(found, ensure_ascii=False, indent=1).encode()

    async def _sheet(self, case: Case, receipt: Receipt, captures: list[Capture]) -> bytes:
        """Return the whole case as one PDF/A: the facts first, then each paper on a page of its own."""
        shown: dict[str, bytes] = {}
        left = SHOWN_BYTES
        for capture in captures:
            left -= capture.size or 0
            if left < 0:
                break
            shown[capture.capture_id] = await self._captures.content(capture)
        page = self._pages.get_template("sheet.html").render(
            case=case, receipt=receipt, number=spaced(case.number), captures=captures, shown=shown,
            time=self._time, steps=await self._cases.steps(case.case_id),
        )  # fmt: skip
        return await self._press.print(page, shown)

    def _time(self, at: float | None) -> str:
        return "" if at is None else datetime.fromtimestamp(at, self._zone).strftime("%Y-%m-%d %H:%M:%S")
