"""Captures over HTTP: the booth's resumable upload (draft-ietf-httpbis-resumable-upload), and the bytes back.

Headers are structured fields (RFC 9651): `Upload-Offset` and `Upload-Length` are integers,
`Upload-Complete` a boolean, `Repr-Digest` (RFC 9530) a dictionary of byte sequences.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from aiohttp import web

from signaling.api.back import BACK, anyone, booth
from signaling.captures.captures import Part
from signaling.captures.vault import Damaged
from signaling.errors import Malformed, Unknown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from signaling.auth import Identity
    from signaling.captures import Upload
    from signaling.records import Capture

PARTIAL = "application/partial-upload"
READ = 64 * 1024
_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{44}):\s*(?:,|$)")
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


async def standing(request: web.Request) -> web.Response:
    """Say how much of an upload has arrived."""
    upload = await request.app[BACK].captures.standing(request.match_info["capture_id"], await booth(request))
    return web.Response(status=204, headers=_progress(request, upload))


async def append(request: web.Request) -> web.Response:
    """Take the next part of an upload."""
    identity = await booth(request)
    if request.content_type != PARTIAL:
        raise Malformed(f"send {PARTIAL}", field="Content-Type", code="unsupported_media_type")
    offset = _integer(request, "Upload-Offset")
    if offset is None:
        raise Malformed("a part says where it begins", field="Upload-Offset")
    part = Part(offset, _length(request, offset), _complete(request), _digest(request))
    upload = await request.app[BACK].captures.append(request.match_info["capture_id"], identity, part, _pieces(request))
    return web.Response(status=204, headers=_progress(request, upload))


async def content(request: web.Request) -> web.Response:
    """Return the untouched bytes of a stored capture."""
    back = request.app[BACK]
    _, capture = await seen(request)
    data = await back.captures.content(capture)
    digest = base64.b64encode(bytes.fromhex(capture.sha256 or "")).decode()
    name = f"{capture.capture_id}.{_ENDINGS[capture.media_type or '']}"
    return web.Response(
        body=data, content_type=capture.media_type or "",
        headers={"Repr-Digest": f"sha-256=:{digest}:", "Content-Disposition": f'inline; filename="{name}"'},
    )  # fmt: skip


async def small(request: web.Request) -> web.Response:
    """Return a small picture of a stored capture; the whole one of a still from before there were small ones."""
    back = request.app[BACK]
    _, capture = await seen(request)
    if capture.state != "stored":
        raise Unknown(f"the capture is {capture.state}", code=f"capture_{capture.state}")
    try:
        return web.Response(body=await back.captures.beside(capture.capture_id, "small"), content_type="image/jpeg")
    except Damaged:
        return await content(request)


async def seen(request: web.Request) -> tuple[Identity, Capture]:
    """Return who asks and the capture the address names. Raises `Unknown` as well when they may not see it."""
    identity = await anyone(request)
    capture = await request.app[BACK].captures.get(request.match_info["capture_id"])
    if not await _may_see(request, identity, capture):
        raise Unknown("there is no such capture")
    return identity, capture


async def _may_see(request: web.Request, identity: Identity, capture: Capture) -> bool:
    """The booth while the call lasts; an agent during it and later; supervisors always."""
    back = request.app[BACK]
    if identity.kind == "booth":
        return identity.id == capture.booth_id and back.is_member(identity, capture.call_id)
    return back.is_member(identity, capture.call_id) or await back.records.history.may_read(identity, capture.call_id)


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    async for piece in request.content.iter_chunked(READ):
        yield piece


def _progress(request: web.Request, upload: Upload) -> dict[str, str]:
    limit = request.app[BACK].settings.captures.max_bytes
    return {
        "Upload-Offset": str(upload.received),
        "Upload-Complete": "?1" if upload.complete else "?0",
        "Upload-Limit": f"max-size={limit}",
    }


def _integer(request: web.Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 15:  # RFC 9651: at most 15 digits
        raise Malformed("a whole number", field=name)
    return int(text)


def _length(request: web.Request, offset: int) -> int | None:
    """Return the length of the whole: as said, or as the last part's own length makes it."""
    length = _integer(request, "Upload-Length")
    if length is None and _complete(request) and request.content_length is not None:
        return offset + request.content_length
    return length


def _complete(request: web.Request) -> bool:
    text = request.headers.get("Upload-Complete", "?0")
    if text not in ("?0", "?1"):
        raise Malformed("?0 or ?1", field="Upload-Complete")
    return text == "?1"


def _digest(request: web.Request) -> bytes | None:
    text = request.headers.get("Repr-Digest")
    if text is None:
        return None
    try:
        found = _SHA256.search(text)
        return base64.b64decode(found[1], validate=True) if found else None
    except binascii.Error:
        raise Malformed("sha-256=:<base64>:", field="Repr-Digest") from None
