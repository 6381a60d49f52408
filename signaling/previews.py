"""Small pictures of calls for supervisors who are not in them: legs that only watch, of which nobody in the call knows.

A leg that listens is given the smallest picture there is and slows nobody down; a call from browser to browser becomes
a hosted one for as long as somebody watches it. Who watches is nobody to the engine; who began to is in the audit log.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from signaling.errors import TooMany, WrongState
from signaling.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.hosting import Hosting
    from signaling.routing import Engine
    from signaling.table import Caller

MOST = 12
"""Pictures one supervisor has at once: what fits on a screen, and what a hall's line carries."""
LOOK_S = 1.0


class Pages(Protocol):
    """What this needs of `sockets`."""

    def online(self, person_id: str) -> Caller | None: ...


class Previews:
    """Owns who watches which calls, and lets go of what a page that is gone had open."""

    def __init__(self, engine: Callable[[], Engine], hosting: Hosting, pages: Callable[[], Pages]) -> None:
        self._engine = engine
        self._hosting = hosting
        self._pages = pages
        self._open: dict[str, tuple[str, str, str]] = {}
        """By preview: whose it is, through which page, and of which call."""

    async def open(self, caller: Caller, call_id: str, offer: str) -> tuple[str, str]:
        """Answer a page's offer with the pictures of a talking call; return the preview's id and the answer.

        Raises `Unavailable` with the code `moving` while a direct call is on its way to a node: ask again.
        """
        call = self._engine().call(call_id)
        if call.state != "talking":
            raise WrongState("nobody talks in this call now", field="call_id")
        if sum(person_id == caller.id for person_id, _, _ in self._open.values()) >= MOST:
            raise TooMany(f"at most {MOST} pictures at once", code="too_many_previews")
        preview_id = new_id("view")
        self._open[preview_id] = caller.id, caller.page_id, call_id
        try:
            return preview_id, await self._hosting.preview(call, preview_id, offer)
        except BaseException:
            self._open.pop(preview_id, None)
            raise

    def close(self, caller: Caller, preview_id: str) -> None:
        """Let go of one's own preview; of one that is gone already too."""
        if self._open.get(preview_id, ("",))[0] == caller.id:
            self._end(preview_id)

    def _end(self, preview_id: str) -> None:
        _, _, call_id = self._open.pop(preview_id)
        self._hosting.end_preview(call_id, preview_id)

    async def run(self) -> None:
        """Look after the previews until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            for preview_id, (person_id, page_id, call_id) in list(self._open.items()):
                caller = self._pages().online(person_id)
                if caller is None or caller.page_id != page_id or not self._hosting.previewed(call_id, preview_id):
                    self._end(preview_id)
