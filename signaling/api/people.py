"""Signing in and out, for staff and booths, and who one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from aiohttp import web

from signaling.api.back import (
    BACK,
    BOOTH_COOKIE,
    STAFF_COOKIE,
    body,
    booth,
    remote_address,
    set_cookie,
    staff,
)
from signaling.api.shapes import BoothMe, StaffMe
from signaling.wire import Text


@dataclass(frozen=True, slots=True)
class SignInBody:
    NAME: ClassVar = "SignIn"
    name: Annotated[str, Text(64, 1)]
    password: Annotated[str, Text(256, 1)]


@dataclass(frozen=True, slots=True)
class BoothBody:
    NAME: ClassVar = "BoothCredential"
    credential: Annotated[str, Text(256, 1)]


async def sign_in(request: web.Request) -> web.Response:
    """Open a staff session."""
    back = request.app[BACK]
    wanted = await body(request, SignInBody)
    token = await back.auth.sign_in(wanted.name, wanted.password, remote_address(request))
    response = web.Response(status=204)
    set_cookie(request, response, STAFF_COOKIE, token, back.settings.sign_in.staff_absolute_s)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """End the staff session."""
    await request.app[BACK].auth.sign_out(await staff(request))
    response = web.Response(status=204)
    response.del_cookie(STAFF_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response


async def staff_me(request: web.Request) -> StaffMe:
    """Say who is signed in."""
    identity = await staff(request)
    agent = request.app[BACK].world.agents[identity.id]
    return StaffMe(
        agent.id, agent.name, agent.name_en, agent.badge, agent.title, agent.role, agent.skills, agent.queues
    )  # fmt: skip


async def open_booth(request: web.Request) -> web.Response:
    """Open a booth's session with its credential."""
    back = request.app[BACK]
    wanted = await body(request, BoothBody)
    token = await back.auth.open_booth_session(wanted.credential, remote_address(request))
    response = web.Response(status=204)
    set_cookie(request, response, BOOTH_COOKIE, token, back.settings.sign_in.booth_idle_s)
    return response


async def booth_me(request: web.Request) -> BoothMe:
    """Say which booth this is."""
    place = request.app[BACK].world.place((await booth(request)).id)
    return BoothMe(
        place.booth.id, place.booth.name, place.point.name, place.point.name_en, place.street.name, place.booth.devices
    )
