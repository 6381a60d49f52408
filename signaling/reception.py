"""What arriving and leaving at the sockets means: who it is, that they are reachable, what they see first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.auth import check_origin
from signaling.leases import lease_changed
from signaling.retelling import changed, said
from signaling.screens import Json, to_wire, view_to_wire

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aiohttp import web

    from signaling.auth import Auth, Identity
    from signaling.parts import Parts
    from signaling.table import Caller

STAFF_COOKIE = "vw_staff"  # as signaling.api sets them; the two stand side by side and do not import each other
BOOTH_COOKIE = "vw_booth"


class Reception:
    """The service's answer to `sockets.Reception`."""

    def __init__(self, parts: Parts, auth: Auth, origins: Collection[str]) -> None:
        self._parts = parts
        self._auth = auth
        self._origins = origins

    async def identify(self, namespace: str, request: web.Request) -> Identity:
        """Return who a connection belongs to, by its cookie, or refuse."""
        check_origin(request.headers.get("Origin"), request.host, self._origins)
        if namespace == "/booth":
            return await self._auth.identify_booth(request.cookies.get(BOOTH_COOKIE))
        return await self._auth.identify_staff(request.cookies.get(STAFF_COOKIE))

    async def arrived(self, caller: Caller) -> None:
        new = await self._parts.presence.arrived(caller.id, caller.page_id)
        call_id = self._call_id(caller)
        if call_id is not None:
            call = self._parts.hall.engine.call(call_id)
            if new:
                self._parts.calls.renew(call, caller.id)
            self._parts.telling.concern(*self._parts.calls.people(call))

    async def left(self, caller: Caller) -> None:
        await self._parts.presence.left(caller.id)

    async def snapshot(self, caller: Caller) -> Mapping[str, Json]:
        """Return everything a page needs; the view is made last, so that nothing fits between it and the next one."""
        call_id = self._call_id(caller) or self._wrapped_up(caller)
        told: dict[str, Json] = {"chat": [], "captures": [], "notes": "", "leases": [], "devices": []}
        if call_id is not None:
            told = await story(self._parts, call_id, caller)
        view = self._parts.telling.view(caller)
        self._parts.telling.greeted(caller, view)
        return {"view": view_to_wire(view), **told}

    def _call_id(self, caller: Caller) -> str | None:
        calls = self._parts.calls
        call = calls.at_booth(caller.id) if caller.side == "citizen" else calls.of_agent(caller.id)
        return call.call_id if call else None

    def _wrapped_up(self, caller: Caller) -> str | None:
        call = self._parts.calls.wrapped_up_by(caller.id) if caller.side == "agent" else None
        return call.call_id if call else None


async def story(parts: Parts, call_id: str, caller: Caller) -> dict[str, Json]:
    """Return what was said and shown in a call so far; the agent's notes are the agent's."""
    call = parts.calls.at_booth(caller.id) if caller.side == "citizen" else parts.calls.of_agent(caller.id)
    lines = await parts.conversation.chat(call_id)
    captures = await parts.records.stills.of_call(call_id)
    notes = await parts.conversation.notes(call_id) if caller.side == "agent" else None
    return {
        "chat": [to_wire(said(line)) for line in lines],
        "captures": [to_wire(changed(capture)) for capture in captures],
        "notes": notes.text if notes else "",
        "leases": [to_wire(lease_changed(lease)) for lease in parts.leases.standing(call_id)],
        "devices": [to_wire(device) for device in parts.leases.devices(call.booth_id if call else "")],
    }
