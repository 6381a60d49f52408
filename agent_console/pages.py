"""The staff's pages: sign-in, the desk, the history, one record, and whatever else stands in `PAGES`.

The pages hold no data of citizens: what they show comes from the API and the socket, which decide by the cookie who may
see what. Here it is only decided whether the sign-in form is shown or the page: whoever is not signed in gets the form
at the very address they asked for, and the page after signing in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from signaling.api import BACK, STAFF_COOKIE
from signaling.errors import NotSignedIn
from signaling.wire import rfc3339
from web.pages import RENDER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from signaling.auth import Identity

PART: Final = "console"
ROOT: Final = Path(__file__).parent
"""Where `templates/` and `static/` of this part lie; `web.pages.install(app, {PART: ROOT, …})`."""

CATALOGUES: Final = ("common", "console")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the staff."""

    path: str
    template: str
    """`console/<template>.html`."""
    nav: str = ""
    """Under which word of the catalogues the bar of every page links to it; empty: not at all."""
    catalogues: tuple[str, ...] = ()
    """Catalogues it needs beside `CATALOGUES`."""
    roles: frozenset[str] = frozenset({"agent", "supervisor"})
    of_call: bool = False
    """Only for whoever is in the call of its address."""


DESK: Final = ("receipt", "tools")
"""Catalogues of the desk's panels, which the floor has too."""
SUPERVISORS: Final = frozenset({"supervisor"})

PAGES: Final = (
    Page("/console", "desk", "nav.desk", catalogues=DESK),
    Page("/console/floor", "floor", "nav.floor", (*DESK, "floor"), SUPERVISORS),
    Page("/console/calls/{call_id:[A-Za-z0-9_.-]{1,64}}/papers", "second", catalogues=DESK, of_call=True),
    Page(
        "/console/history/{call_id:[A-Za-z0-9_.-]{1,64}}/recording",
        "recording",
        catalogues=("recording", "player", "tools"),
    ),
    Page("/console/history", "history", "nav.history"),
    Page("/console/matters", "matters", "nav.matters", ("matters",)),
    Page("/console/quality", "quality", "nav.quality", ("quality",)),
    Page("/console/hand-over", "hand-over", "nav.hand_over", ("matters",), SUPERVISORS),
    Page("/console/reports", "reports", "nav.reports", ("figures",)),
    Page("/console/planning", "planning", "nav.planning", ("figures",), SUPERVISORS),
    Page("/console/history/{call_id:[A-Za-z0-9_.-]{1,64}}", "record", catalogues=("matters", "tools")),
    Page("/console/admin", "admin", "nav.admin", ("figures", "admin"), SUPERVISORS),
)


def show(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler that shows the page to staff who may see it, and the sign-in form to who is not signed in."""

    async def answer(request: web.Request) -> web.Response:
        render = request.app[RENDER]
        identity = await signed_in(request)
        if identity is None:
            return render(request, "console/sign-in.html", catalogues=CATALOGUES)
        if identity.kind not in page.roles:
            return refuse(request, "refused.role", 403)
        if page.of_call and not request.app[BACK].is_member(identity, request.match_info["call_id"]):
            return refuse(request, "refused.call", 404)
        linked = [{"path": one.path, "nav": one.nav} for one in PAGES if one.nav and identity.kind in one.roles]
        data = {
            "role": identity.kind,
            "signed_in_at": await since(request, identity),
            "pages": linked,
            **request.match_info,
        }
        words = (*CATALOGUES, *page.catalogues)
        return render(request, f"console/{page.template}.html", data, catalogues=words, pages=linked)

    return answer


def refuse(request: web.Request, why: str, status: int) -> web.Response:
    """Say to a person, in their language, why there is nothing here, and show the way back."""
    return request.app[RENDER](request, "console/refused.html", catalogues=CATALOGUES, status=status, why=why)


async def signed_in(request: web.Request) -> Identity | None:
    """Return whose cookie the request carries; None when it opens nothing."""
    try:
        return await request.app[BACK].auth.identify_staff(request.cookies.get(STAFF_COOKIE))
    except NotSignedIn:
        return None


async def since(request: web.Request, identity: Identity) -> str | None:
    """Return when this sign-in began: where the shift's clock starts."""
    sessions = await request.app[BACK].records.credentials.sessions()
    return next((rfc3339(one.created_at) for one in sessions if one.session_id == identity.session_id), None)


async def wall(request: web.Request) -> web.Response:
    """Show the hall's display: the page knows nothing, its cookie opens what it shows."""
    return request.app[RENDER](request, "console/wall.html", catalogues=("common", "wall"))


routes: Final = [*(web.get(page.path, show(page)) for page in PAGES), web.get("/wall", wall)]
