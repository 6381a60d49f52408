"""The booth's page. One page for the whole visit: its script shows what the booth's view says.

The page is the same for every booth and holds nothing secret: who the booth is, its cookie says to the API and the
socket. A booth is enrolled by opening `/booth#enrol=TOKEN` once; the fragment never reaches a server's log.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

from web.catalogues import LANGUAGES
from web.pages import PAGE_HEADERS, RENDER

PART: Final = "booth"
ROOT: Final = Path(__file__).parent
"""Where `templates/` and `static/` of this part lie; `web.pages.install(app, {PART: ROOT, …})`."""

CATALOGUES: Final = ("common", "booth", "receipt")


async def booth(request: web.Request) -> web.Response:
    renderer = request.app[RENDER]
    # A citizen changes the language in the middle of a call: without a reload, so all words come along.
    catalogues = {language: renderer.catalogues.messages(language, *CATALOGUES) for language in LANGUAGES}
    response = renderer(request, "booth/page.html", {"catalogues": catalogues}, catalogues=CATALOGUES)
    policy = PAGE_HEADERS["Content-Security-Policy"]
    # The bridge to the booth's devices runs on the booth's own machine (docs/bridge.md).
    response.headers["Content-Security-Policy"] = f"{policy}; connect-src 'self' ws://127.0.0.1:*"
    return response


routes: Final = [web.get("/booth", booth)]
