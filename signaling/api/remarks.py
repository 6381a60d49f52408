"""Remarks on moments of a call over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from aiohttp import web

from signaling.api.back import BACK, body, staff, supervisor
from signaling.errors import Unknown
from signaling.wire import Number, Text, rfc3339

if TYPE_CHECKING:
    from signaling.auth import Identity
    from signaling.records.remarks import Remark
    from signaling.world import World

LATEST = 32_503_680_000
"""The year 3000, in UTC seconds: a moment of a call is checked against the call itself."""


@dataclass(frozen=True, slots=True)
class RemarkBody:
    at: Annotated[float, Number(0, LATEST)]
    """The moment, in UTC seconds."""
    text: Annotated[str, Text(1000)] = ""


@dataclass(frozen=True, slots=True)
class RemarkShape:
    remark_id: str
    at: str
    text: str
    author: str
    mine: bool
    made_at: str


@dataclass(frozen=True, slots=True)
class RemarkShapes:
    remarks: tuple[RemarkShape, ...]


async def remarks(request: web.Request) -> RemarkShapes:
    """List the remarks on a call."""
    reader, back = await staff(request), request.app[BACK]
    call_id = request.match_info["call_id"]
    if not await back.records.history.may_read(reader, call_id):
        raise Unknown("there is no such call")
    made = await back.records.remarks.of(call_id)
    return RemarkShapes(tuple(_shape(one, back.world, reader) for one in made))


async def make(request: web.Request) -> RemarkShape:
    """Remark on a moment of a call."""
    author, back = await supervisor(request), request.app[BACK]
    said = await body(request, RemarkBody)
    made = await back.records.remarks.make(
        request.match_info["call_id"], said.at, said.text.strip(), author.id, back.clock()
    )
    return _shape(made, back.world, author)


async def take_back(request: web.Request) -> web.Response:
    """Take one's own remark back."""
    author, back = await supervisor(request), request.app[BACK]
    await back.records.remarks.take_back(request.match_info["remark_id"], author.id, back.clock())
    return web.Response(status=204)


def _shape(remark: Remark, world: World, reader: Identity) -> RemarkShape:
    author = world.agents.get(remark.author_id)
    return RemarkShape(
        remark.remark_id,
        rfc3339(remark.at),
        remark.text,
        author.name if author else remark.author_id,
        remark.author_id == reader.id,
        rfc3339(remark.made_at),
    )
