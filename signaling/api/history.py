"""The history of calls: to the agents who took part, and to supervisors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.api.back import BACK, staff
from signaling.api.shapes import Calls, Record, call_shape, record_shape
from signaling.errors import Malformed

if TYPE_CHECKING:
    from aiohttp import web

PAGE = 50
MAX_PAGE = 200


async def calls(request: web.Request) -> Calls:
    """List calls, latest first."""
    reader = await staff(request)
    back = request.app[BACK]
    limit = _limit(request)
    lines = await back.records.history.calls(
        reader, before=request.query.get("before"), limit=limit + 1, query=request.query.get("q", "")[:200],
        mine=request.query.get("mine") == "1",
    )  # fmt: skip
    shown = tuple(call_shape(back.world, line) for line in lines[:limit])
    return Calls(shown, shown[-1].call_id if len(lines) > limit else None)


async def call(request: web.Request) -> Record:
    """Return a call's whole record; reading it is noted in the audit log."""
    reader = await staff(request)
    back = request.app[BACK]
    record = await back.records.history.record(reader, request.match_info["call_id"], back.clock())
    return record_shape(back.world, record)


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(PAGE))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_PAGE:
        raise Malformed(f"a whole number 1–{MAX_PAGE}", field="limit")
    return int(text)
