"""The one place where errors become answers: problem documents by RFC 9457, and headers on everything.

Promise: under /api every refusal is `application/problem+json` with a stable `code`; what was not
foreseen is logged with its trace and told without its text. Every answer carries the headers that keep
browsers strict.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web

from signaling.captures import WrongOffset
from signaling.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

log = structlog.get_logger()

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
API_CSP = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""An answer of the API is never a page; opened as one it can do nothing."""
HSTS = "max-age=31536000"


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into problem documents."""
    try:
        return await handler(request)
    except ServiceError as error:
        return _problem(error.problem(), error.status, _extra(error))
    except web.HTTPException as error:
        if not request.path.startswith("/api/") or error.status < 400:
            raise
        code = error.reason.lower().replace(" ", "_")
        return _problem(_members(code, error.status, error.reason), error.status, _allowed(error))
    except ConnectionError:
        raise  # the client went away; there is nobody to tell
    except Exception:
        log.exception("a request failed", method=request.method, path=request.path)
        return _problem(_members("internal", 500, "something went wrong here; it has been noted"), 500, {})


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers it lacks; connected to `on_response_prepare`."""
    api = request.path.startswith("/api/")
    if api:
        response.headers.setdefault("Content-Security-Policy", API_CSP)
        response.headers.setdefault("Cache-Control", "no-store")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)


def _members(code: str, status: int, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:virtual-window:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }


def _extra(error: ServiceError) -> dict[str, str]:
    if isinstance(error, WrongOffset):
        return {"Upload-Offset": str(error.offset), "Upload-Complete": "?0"}
    return {"Retry-After": "2"} if error.status == 503 else {}


def _allowed(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}


def _problem(members: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        text=json.dumps(members, ensure_ascii=False), status=status, headers=headers,
        content_type="application/problem+json",
    )  # fmt: skip
