"""A ticket's code, or a receipt's number, read from a frame of the booth's camera."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from signaling.api.back import BACK, booth, whole
from signaling.errors import Malformed
from signaling.scanning import MAX_BYTES

if TYPE_CHECKING:
    from signaling.auth import Identity

FRAME = "image/jpeg"


async def ticket_code(request: web.Request) -> web.Response:
    """Say which ticket's or receipt's code a frame shows. Nothing is kept of it, and nothing a code says is opened."""
    identity: Identity = await booth(request)
    if request.content_type != FRAME:
        raise Malformed(f"send {FRAME}", field="Content-Type", code="unsupported_media_type")
    frame = await whole(request, MAX_BYTES)
    return web.json_response(asdict(await request.app[BACK].scanner.read(identity.id, frame)))
