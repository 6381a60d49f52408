"""Recordings over HTTP: what there is, opening it with a reason, its segments and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from signaling.api.back import BACK, body, staff
from signaling.api.recordings_shapes import (
    ExportBody,
    ExportShapes,
    RecordingShape,
    RecordingView,
    ViewingBody,
    ViewingShape,
    export_shape,
    recording_shape,
    segment_shape,
    viewing_shape,
)
from signaling.errors import Malformed, Unknown
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.recording.viewings import Content
    from signaling.records.recordings import Viewing

TYPES: Final = {"webm": "video/webm", "mkv": "video/x-matroska", "mp4": "video/mp4"}


async def summary(request: web.Request) -> RecordingShape:
    """Say what there is of a call's recording."""
    reader, back = await staff(request), request.app[BACK]
    call_id = request.match_info["call_id"]
    if not await back.records.history.may_read(reader, call_id):
        raise Unknown("there is no such call")
    books = back.records.recordings
    may_watch = await back.viewings.may_watch(reader, call_id)
    return recording_shape(await books.segments(call_id), await books.consent(call_id), may_watch)


async def open_viewing(request: web.Request) -> ViewingShape:
    """Begin to watch, giving a reason, which is noted in the audit log."""
    reader = await staff(request)
    asked = await body(request, ViewingBody)
    return viewing_shape(
        await request.app[BACK].viewings.open(reader, request.match_info["call_id"], asked.reason.strip())
    )


async def viewing(request: web.Request) -> RecordingView:
    """Name the segments and files of the recording; those after a segment, to follow a call that goes on."""
    opened, back = await _own(request), request.app[BACK]
    books, call_id = back.records.recordings, opened.call_id
    segments = await books.segments(call_id)
    after = _whole(request.query.get("after", "0"))
    origin = segments[0].started_at
    reader = await staff(request)
    record = (await back.records.history.calls(reader, query=call_id, limit=1))[0]
    return RecordingView(
        call_id=call_id,
        ticket=record.ticket,
        origin=rfc3339(origin),
        live=record.ended_at is None,
        segments=tuple(
            segment_shape(back.world, one, origin) for one in segments if one.id > after and one.erased_at is None
        ),
        exports=tuple(export_shape(one, back.viewings.share(one)) for one in await books.exports(call_id)),
    )


async def segment(request: web.Request) -> web.StreamResponse:
    """Return a segment's content."""
    opened = await _own(request)
    number = _whole(request.match_info["segment"])
    kept = await request.app[BACK].records.recordings.segment(opened.call_id, number)
    content = await request.app[BACK].viewings.segment(opened.call_id, number)
    return await _send(request, content, TYPES[kept.name.rpartition(".")[2]])


async def make_export(request: web.Request) -> ExportShapes:
    """Have one file made of the recording, in the background."""
    opened, back = await _own(request), request.app[BACK]
    asked = await body(request, ExportBody)
    made = await back.viewings.make_export(opened, asked.form)
    return ExportShapes(tuple(export_shape(one, back.viewings.share(one)) for one in made))


async def export(request: web.Request) -> web.StreamResponse:
    """Return a finished file."""
    opened, back = await _own(request), request.app[BACK]
    made, content = await back.viewings.export(opened.call_id, request.match_info["export_id"])
    kind = made.name.rpartition(".")[2]
    name = f"{opened.call_id}-{made.form}.{kind}"
    return await _send(request, content, TYPES[kind], {"Content-Disposition": f'attachment; filename="{name}"'})


async def _own(request: web.Request) -> Viewing:
    return await request.app[BACK].viewings.of(await staff(request), request.match_info["viewing_id"])


async def _send(
    request: web.Request, content: Content, media_type: str, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    response.content_type, response.content_length = media_type, content.size
    await response.prepare(request)
    async for piece in content.pieces:
        await response.write(piece)
    await response.write_eof()
    return response


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Malformed("a whole number")
    return int(text)
