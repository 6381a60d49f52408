"""Stored documents over HTTP: sent by whoever is in the call, listed, drawn page by page, downloaded, taken back.

The bytes of a document reach no browser's own PDF reader: pages are asked for as pictures, and the download is an
attachment.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web

from signaling.api.back import BACK, anyone
from signaling.api.document_shapes import (
    DocumentShape,
    DocumentShapes,
    SealShape,
    document_shape,
    seal_shape,
    signing_shape,
)
from signaling.documents import Tile
from signaling.errors import Malformed, Unknown
from signaling.pictures.refusals import NotAPicture, TooLarge

if TYPE_CHECKING:
    from signaling.auth import Identity
    from signaling.records.documents import Document

TAKEN: Final = ("application/pdf", "image/png", "image/jpeg")
ENDINGS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
UPLOAD_S: Final = 120.0
"""50 MB over 4 Mbit/s take 100 s."""


async def upload_document(request: web.Request) -> DocumentShape:
    """Store what a member of the call sends: the body is the file, `name` in the address its name."""
    identity = await anyone(request)
    back, call_id = request.app[BACK], request.match_info["call_id"]
    if not back.is_member(identity, call_id):
        raise Unknown("there is no such call")
    if request.content_type not in TAKEN:
        raise NotAPicture(f"send one of {', '.join(TAKEN)}", field="Content-Type", code="unsupported_media_type")
    async with back.uploads.turn(identity.id, back.clock):
        data = await _whole(request, back.documents.max_bytes)
        document = await back.documents.keep(
            data, call_id=call_id, name=request.query.get("name", ""), kind="upload", by=identity.id
        )
    await back.records.credentials.audit(
        identity.id, "document_stored", document.document_id, back.clock(), {"call_id": call_id}
    )
    return document_shape(document)


async def documents_of_call(request: web.Request) -> DocumentShapes:
    """List a call's documents, and the signatures asked for on them."""
    identity, back, call_id = await anyone(request), request.app[BACK], request.match_info["call_id"]
    if not await _may_see(request, identity, call_id):
        raise Unknown("there is no such call")
    documents, signings = await back.documents.of_call(call_id), await back.signings.of_call(call_id)
    return DocumentShapes(tuple(map(document_shape, documents)), tuple(map(signing_shape, signings)))


async def about_document(request: web.Request) -> DocumentShape:
    """Say what a document is."""
    return document_shape((await _seen(request))[1])


async def document_seal(request: web.Request) -> SealShape:
    """Verify a document's seal now, over the bytes as they are stored."""
    return seal_shape(await request.app[BACK].signings.seal_of((await _seen(request))[1]))


async def page_tile(request: web.Request) -> web.Response:
    """Return a square of a page as a picture."""
    _, document = await _seen(request)
    page, width, column, row = (_number(request, name) for name in ("page", "width", "column", "row"))
    media_type, data = await request.app[BACK].documents.tile(document, Tile(page, width, column, row))
    # The same for ever; kept by the page that shows it and by nobody after it.
    return web.Response(body=data, content_type=media_type)


async def document_content(request: web.Request) -> web.Response:
    """Return the bytes, as a file to keep; staff's reading is noted."""
    identity, document = await _seen(request)
    back = request.app[BACK]
    data = await back.documents.content(document)
    if identity.is_staff:
        await back.records.credentials.audit(
            identity.id, "document_read", document.document_id, back.clock(), {"call_id": document.call_id}
        )
    ending = "." + ENDINGS[document.media_type]
    name = document.name if document.name.lower().endswith(ending) else document.name + ending
    digest = base64.b64encode(bytes.fromhex(document.sha256)).decode()
    return web.Response(
        body=data, content_type=document.media_type,
        headers={
            "Repr-Digest": f"sha-256=:{digest}:",
            # RFC 6266: the second form carries Chinese names.
            "Content-Disposition": f"attachment; filename=\"{document.document_id}{ending}\"; "
            f"filename*=UTF-8''{quote(name)}",
        },
    )  # fmt: skip


async def remove_document(request: web.Request) -> web.Response:
    """Take one's own upload back."""
    identity, document = await _seen(request)
    back = request.app[BACK]
    await back.documents.remove(document.document_id, identity)
    await back.signings.document_removed(document)
    await back.records.credentials.audit(
        identity.id, "document_removed", document.document_id, back.clock(), {"call_id": document.call_id}
    )
    return web.Response(status=204)


async def _seen(request: web.Request) -> tuple[Identity, Document]:
    """Return who asks, and the document if they may see it: a stranger learns no more than that there is none."""
    identity = await anyone(request)
    document = await request.app[BACK].documents.get(request.match_info["document_id"])
    if not await _may_see(request, identity, document.call_id):
        raise Unknown("there is no such document")
    return identity, document


async def _may_see(request: web.Request, identity: Identity, call_id: str) -> bool:
    """The booth while the call lasts; an agent during it and later; supervisors always."""
    back = request.app[BACK]
    if back.is_member(identity, call_id):
        return True
    return identity.is_staff and await back.records.history.may_read(identity, call_id)


async def _whole(request: web.Request, most: int) -> bytes:
    if (request.content_length or 0) > most:
        raise TooLarge(f"at most {most / 1_000_000:g} MB")
    data = bytearray()
    try:
        async with asyncio.timeout(UPLOAD_S):
            async for piece in request.content.iter_any():
                data += piece
                if len(data) > most:
                    raise TooLarge(f"at most {most / 1_000_000:g} MB")
    except TimeoutError:
        raise Malformed(f"the file did not come within {UPLOAD_S:g} s", code="too_slow") from None
    return bytes(data)


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise Malformed("a whole number", field=name)
    return int(text)
