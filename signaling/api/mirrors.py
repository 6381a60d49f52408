"""Looking at a booth's page, for supervisors: begin with a reason, ask once a second what it shows, end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from aiohttp import web

from signaling.api.back import BACK, body, supervisor
from signaling.errors import Unavailable
from signaling.wire import Text, rfc3339

if TYPE_CHECKING:
    from signaling.mirrors import Mirror, Mirrors


@dataclass(frozen=True, slots=True)
class MirrorBody:
    NAME: ClassVar = "MirrorReason"
    reason: Annotated[str, Text(200, 1)]


@dataclass(frozen=True, slots=True)
class PageShape:
    """A page as it describes itself. `tree`: JSON, `[tag, {attribute: text}, …children]`, a child a text or a tree."""

    screen: str
    width: int
    height: int
    lang: str
    elder: bool
    tree: str


@dataclass(frozen=True, slots=True)
class MirrorShape:
    """`state`: open (nobody is there), asked (the citizen has to allow it), allowed, ended; `why`: why it ended.

    `page` is null while there is none, and when it is still the one told `at` the moment that was asked with.
    """

    mirror_id: str
    state: str
    why: str
    until: str
    at: float
    page: PageShape | None


async def open_mirror(request: web.Request) -> MirrorShape:
    """Begin to look at a booth's page."""
    boss, mirrors = await supervisor(request), _mirrors(request)
    wanted = await body(request, MirrorBody)
    return _shape(await mirrors.open(request.match_info["booth_id"], boss, wanted.reason), "")


async def show_mirror(request: web.Request) -> MirrorShape:
    """Return what the page shows now."""
    boss = await supervisor(request)
    return _shape(_mirrors(request).look(request.match_info["mirror_id"], boss), request.query.get("seen", ""))


async def close_mirror(request: web.Request) -> web.Response:
    """End the look."""
    boss = await supervisor(request)
    await _mirrors(request).close(request.match_info["mirror_id"], boss)
    return web.Response(status=204)


def _mirrors(request: web.Request) -> Mirrors:
    found = request.app[BACK].mirrors
    if found is None:
        raise Unavailable("this service has no hall")
    return found


def _shape(mirror: Mirror, seen: str) -> MirrorShape:
    shown = mirror.shown if seen != repr(mirror.shown_at) else None
    page = shown and PageShape(shown.screen, shown.width, shown.height, shown.lang, shown.elder, shown.tree)
    return MirrorShape(
        mirror.mirror_id, mirror.state, mirror.ended, rfc3339(mirror.until), mirror.shown_at, page or None
    )
