"""A small server side of draft-ietf-httpbis-resumable-upload, with a line that can be cut where a test wants it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Stored:
    body: bytearray = field(default_factory=bytearray)
    complete: bool = False
    digest_ok: bool = False


@dataclass
class Uploads:
    """Resources by name. `cut` breaks the connection of that many next parts after half of their bytes were kept."""

    stored: dict[str, Stored] = field(default_factory=dict)
    cut: int = 0
    answers_lost: int = 0
    refuse: int = 0
    busy: int = 0
    log: list[tuple[str, int]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        resource = self.stored.setdefault(request.match_info["name"], Stored())
        if request.method == "HEAD":
            self.log.append(("HEAD", len(resource.body)))
            return web.Response(status=204, headers=self.headers(resource))
        if self.refuse:
            return web.json_response({"code": "too_large", "detail": "no"}, status=self.refuse)
        if self.busy:
            self.busy -= 1
            return web.json_response({"code": "unavailable"}, status=503)
        offset = int(request.headers["Upload-Offset"])
        self.log.append(("PATCH", offset))
        if offset != len(resource.body):
            return web.json_response({"code": "wrong_offset"}, status=409, headers=self.headers(resource))
        body = await request.read()
        if self.cut:
            self.cut -= 1
            resource.body += body[: len(body) // 2]
            return self.hang_up(request)
        resource.body += body
        if request.headers["Upload-Complete"] == "?1":
            self.finish(request, resource)
        if self.answers_lost:
            self.answers_lost -= 1
            return self.hang_up(request)
        return web.Response(status=204, headers=self.headers(resource))

    def finish(self, request: web.Request, resource: Stored) -> None:
        assert request.content_type == "application/partial-upload"
        assert int(request.headers["Upload-Length"]) == len(resource.body)
        digest = base64.b64encode(hashlib.sha256(resource.body).digest()).decode()
        resource.digest_ok = request.headers["Repr-Digest"] == f"sha-256=:{digest}:"
        resource.complete = True

    def hang_up(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    def headers(self, resource: Stored) -> dict[str, str]:
        return {
            "Upload-Offset": str(len(resource.body)),
            "Upload-Complete": "?1" if resource.complete else "?0",
            "Cache-Control": "no-store",
        }
