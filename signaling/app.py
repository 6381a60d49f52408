"""The service as an aiohttp application: its pages, its API, its sockets, and what is asked of the process itself.

It starts with its runner and ends with its cleanup, in the order of `signaling.service`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

import agent_console.events
import agent_console.pages
import extension_point.events
import extension_point.pages
from signaling import api
from signaling.service import Service
from web import pages as web_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.config import Settings
    from signaling.screens import Json
    from signaling.world import World

SERVICE: Final = web.AppKey("service", Service)
PARTS: Final = {
    extension_point.pages.PART: extension_point.pages.ROOT,
    agent_console.pages.PART: agent_console.pages.ROOT,
}
TABLES: Final = {"/booth": extension_point.events.table, "/staff": agent_console.events.table}


def create_app(settings: Settings, world: World, *, clock: Callable[[], float] = time.time) -> web.Application:
    """Return the whole service as an application that starts with its runner and ends with its cleanup."""
    app = web.Application()
    api.install(app)
    web_pages.install(app, PARTS, lambda lang: _district(app[SERVICE].world, lang))
    app.router.add_routes([*extension_point.pages.routes, *agent_console.pages.routes])

    async def service(app: web.Application) -> AsyncIterator[None]:
        async with Service.open(settings, world, TABLES, clock) as opened:
            app[SERVICE] = opened
            app[api.BACK] = opened.back()
            opened.sockets.attach(app)
            yield

    async def say_goodbye(app: web.Application) -> None:
        # Before the listeners wait for their requests to end: an open socket is a request that does not.
        await app[SERVICE].sockets.close()
        app[SERVICE].nodes.close()

    app.cleanup_ctx.append(service)
    app.on_shutdown.append(say_goodbye)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/readyz", _ready)
    app.router.add_get("/nodes", _nodes)
    return app


def _district(world: World, lang: str) -> dict[str, Json]:
    """Return what every page knows of the district: its time zone, and its names where the page is in English."""
    return {"zone": str(world.calendar.timezone), "english": {**world.english} if lang == "en" else {}}


async def _nodes(request: web.Request) -> web.StreamResponse:
    return await request.app[SERVICE].nodes.accept(request)


async def _ready(request: web.Request) -> web.Response:
    """Answer 200 where the pages belong: at the server that leads; 503 at one that stands by or lost its journal."""
    leads = request.app[SERVICE].hall.epoch is not None
    return web.json_response({"status": "leading" if leads else "standing_by"}, status=200 if leads else 503)


async def _metrics(request: web.Request) -> web.Response:
    return web.Response(body=request.app[SERVICE].metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
