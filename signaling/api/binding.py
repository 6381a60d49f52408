"""The stills of one paper as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.api.back import BACK, staff
from signaling.api.document_shapes import DocumentShape, document_shape
from signaling.errors import Unknown

if TYPE_CHECKING:
    from aiohttp import web


async def bind_paper(request: web.Request) -> DocumentShape:
    """Bind the stored pages of a paper; the same pages give the same document. `name` in the address is its name."""
    identity, back, call_id = await staff(request), request.app[BACK], request.match_info["call_id"]
    if not back.is_member(identity, call_id):
        raise Unknown("there is no such call")
    document = await back.binder.bind(
        call_id, request.match_info["paper_id"], identity, request.query.get("name", "")[:120]
    )
    await back.records.credentials.audit(
        identity.id, "document_stored", document.document_id, back.clock(), {"call_id": call_id}
    )
    return document_shape(document)
