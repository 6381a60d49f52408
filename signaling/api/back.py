"""What the handlers stand on, and who is asking.

Promise: an identity comes from the cookie alone; the remote address from the socket, or from
`X-Forwarded-For` as far as trusted proxies wrote it.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from signaling.api.uploads import Uploads
from signaling.errors import Malformed, NotAllowed
from signaling.pictures.refusals import TooLarge
from signaling.wire import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.administration import Administration
    from signaling.auth import Auth, Identity
    from signaling.binding import Binder
    from signaling.captures import Captures
    from signaling.cases import Cases
    from signaling.config import Settings
    from signaling.documents import Documents
    from signaling.earlier import Earlier
    from signaling.forms import Forms
    from signaling.handover import Outbox
    from signaling.inspection import Inspection
    from signaling.matters import Matters
    from signaling.mirrors import Mirrors
    from signaling.recording import Viewings
    from signaling.records import Records
    from signaling.scanning import Scanner
    from signaling.signing.signings import Signings
    from signaling.wall import Wall
    from signaling.world import World

STAFF_COOKIE = "vw_staff"
BOOTH_COOKIE = "vw_booth"
MAX_JSON = 64 * 1024
BODY_S = 10.0
"""A body of at most that size comes sooner, over any line a call could be held on."""

M = TypeVar("M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The parts of the service that answer behind the API."""

    settings: Settings
    world: World
    auth: Auth
    cases: Cases
    earlier: Earlier
    outbox: Outbox
    matters: Matters
    records: Records
    captures: Captures
    binder: Binder
    inspection: Inspection
    viewings: Viewings
    documents: Documents
    forms: Forms
    signings: Signings
    wall: Wall
    scanner: Scanner
    is_member: Callable[[Identity, str], bool]
    """Says whether someone takes part in a call that has not ended, or wraps it up."""
    visits: Callable[[str, str], bool]
    """Says whether a booth's citizen is in this call, or is asked to rate it."""
    clock: Callable[[], float] = time.time
    administration: Administration | None = None
    """None where there is no hall to administrate."""
    mirrors: Mirrors | None = None
    uploads: Uploads = field(default_factory=Uploads)


BACK = web.AppKey("api", Back)


async def staff(request: web.Request) -> Identity:
    """Return the staff member who asks; raise `NotSignedIn`."""
    return await request.app[BACK].auth.identify_staff(request.cookies.get(STAFF_COOKIE))


async def supervisor(request: web.Request) -> Identity:
    """Return the supervisor who asks; raise `NotSignedIn` or `NotAllowed`."""
    identity = await staff(request)
    if identity.kind != "supervisor":
        raise NotAllowed("this is for supervisors")
    return identity


async def booth(request: web.Request) -> Identity:
    """Return the booth that asks; raise `NotSignedIn`."""
    return await request.app[BACK].auth.identify_booth(request.cookies.get(BOOTH_COOKIE))


async def anyone(request: web.Request) -> Identity:
    """Return whoever asks: staff where both cookies are there (a helper trying a booth in the same browser)."""
    if STAFF_COOKIE in request.cookies:
        return await staff(request)
    return await booth(request)


async def body(request: web.Request, kind: type[M], *, most: int = MAX_JSON) -> M:
    """Return the request's JSON object as `kind`; raise `Malformed` naming what is wrong."""
    if request.content_type != "application/json":  # also: no form of a foreign page can send this
        raise Malformed("send application/json", field="Content-Type", code="unsupported_media_type")
    if (request.content_length or 0) > most:
        raise TooLarge(f"at most {most} bytes")
    try:
        data = json.loads(await whole(request, most))
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    return parse(kind, data)


async def whole(request: web.Request, most: int) -> bytes:
    """Return the whole body, which may come in pieces but neither without end nor for ever."""
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.content.iter_any():
                raw += piece
                if len(raw) > most:
                    raise TooLarge(f"at most {most} bytes")
    except TimeoutError:
        raise Malformed(f"the body did not come within {BODY_S:g} s", code="too_slow") from None
    return bytes(raw)


def set_cookie(request: web.Request, response: web.Response, name: str, token: str, max_age_s: float | None) -> None:
    """Set a session's cookie: out of reach for scripts, for other sites, and for plain HTTP."""
    response.set_cookie(
        name, token, max_age=int(max_age_s) if max_age_s else None, path="/", secure=True, httponly=True,
        samesite="Strict",
    )  # fmt: skip


def remote_address(request: web.Request) -> str:
    """Return the address of whoever asks, seen past the proxies we trust."""
    trusted = request.app[BACK].settings.http.trusted_proxies
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if hop.strip()]
    address = request.remote or ""
    while hops and _is_in(address, trusted):
        address = hops.pop()
    return address


def _is_in(address: str, networks: tuple[object, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)  # type: ignore[operator]
