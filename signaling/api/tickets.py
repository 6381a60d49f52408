"""A ticket's code read from a frame of the booth's camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from signaling.api.back import BACK, booth, whole
from signaling.errors import Malformed
from signaling.scanning import MAX_BYTES

if TYPE_CHECKING:
    from signaling.auth import Identity

FRAME = "image/jpeg"


@dataclass(frozen=True, slots=True)
class TicketCodeSeen:
    """`code`: eight digits, or null where the frame shows no ticket's code."""

    code: str | None


async def ticket_code(request: web.Request) -> web.Response:
    """Say which ticket's code a frame shows. Nothing is kept of it, and nothing a code says is opened."""
    identity: Identity = await booth(request)
    if request.content_type != FRAME:
        raise Malformed(f"send {FRAME}", field="Content-Type", code="unsupported_media_type")
    frame = await whole(request, MAX_BYTES)
    return web.json_response({"code": await request.app[BACK].scanner.read(identity.id, frame)})
