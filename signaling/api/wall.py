"""The hall's display: how it signs in, and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from signaling.api.back import BACK, body, remote_address, set_cookie, staff
from signaling.api.people import BoothBody
from signaling.errors import NotAllowed

if TYPE_CHECKING:
    from signaling.wall import WallNow

WALL_COOKIE = "vw_wall"


async def open_wall(request: web.Request) -> web.Response:
    """Open a display's session with its credential."""
    back = request.app[BACK]
    wanted = await body(request, BoothBody)
    token = await back.auth.open_wall_session(wanted.credential, remote_address(request))
    response = web.Response(status=204)
    set_cookie(request, response, WALL_COOKIE, token, back.settings.sign_in.booth_idle_s)
    return response


async def show(request: web.Request) -> WallNow:
    """Return what a display shows, to an enrolled one or to a supervisor."""
    back = request.app[BACK]
    if WALL_COOKIE in request.cookies:
        await back.auth.identify_wall(request.cookies[WALL_COOKIE])
    elif (await staff(request)).kind != "supervisor":
        raise NotAllowed("this is for the hall's display and for supervisors")
    return await back.wall.show()
