"""A receipt's printed form: one A5 page that says what the citizen was told, kept as a document of its call.

Promise: what is printed again is the same file, byte for byte. The page is written in the citizen's language, with the
words of web/i18n/*/receipt.json; whatever a person typed is escaped.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from signaling.receipt_number import QR_PREFIX, spaced
from web.catalogues import Catalogues

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from signaling.documents import Documents
    from signaling.press import Press
    from signaling.records.cases import Case, CaseFiles, Receipt

HERE = Path(__file__).parent
CATALOGUE = "receipt"


def square(number: str) -> str:
    """Return the QR code of a receipt as SVG; error correction Q, as thermal paper creases."""
    drawn: str = segno.make(QR_PREFIX + number, error="q", micro=False).svg_inline(
        scale=4, border=2, light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return drawn


class Printer:
    """Prints receipts and keeps what was printed."""

    def __init__(self, files: CaseFiles, press: Press, documents: Documents, zone: ZoneInfo) -> None:
        self._files = files
        self._press = press
        self._documents = documents
        self._zone = zone
        self._turn = asyncio.Lock()
        self._catalogues = Catalogues.load(HERE.parents[1] / "web" / "i18n")
        self._pages = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)

    async def kept(self, case: Case, receipt: Receipt) -> Receipt:
        """Print a receipt and keep it, unless that was done."""
        async with self._turn:
            receipt = await self._files.receipt(receipt.receipt_id)
            if receipt.document_id is not None:
                return receipt
            made = await self._press.print(self.page(case, receipt))
            name = f"{self._catalogues.translator(receipt.lang, CATALOGUE)('receipt.title')} {spaced(case.number)}.pdf"
            document = await self._documents.keep(made, call_id=receipt.call_id, name=name, kind="receipt", by="")
            return await self._files.printed(receipt, document.document_id)

    async def content(self, case: Case, receipt: Receipt) -> bytes:
        """Return the printed form."""
        receipt = await self.kept(case, receipt)
        return await self._documents.content(await self._documents.get(receipt.document_id or ""))

    def page(self, case: Case, receipt: Receipt) -> str:
        """Return the page that is printed."""
        return self._pages.get_template("receipt.html").render(
            t=self._catalogues.translator(receipt.lang, CATALOGUE), lang=receipt.lang, case=case, receipt=receipt,
            item=(receipt.lang == "en" and case.item_name_en) or case.item_name, number=spaced(case.number),
            qr=square(case.number), given=self._time(receipt.given_at), due=self._time(receipt.due_at, day=True),
        )  # fmt: skip

    def _time(self, at: float | None, *, day: bool = False) -> str:
        if at is None:
            return ""
        return datetime.fromtimestamp(at, self._zone).strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M")
