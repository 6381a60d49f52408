"""Papers as they were read, over HTTP: the corrected picture, the fields, the findings and the checklist's lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from signaling.api.back import BACK, staff
from signaling.api.captures import seen
from signaling.errors import Unknown
from signaling.messages.papers import FindingTold, LineTold, ReadingTold

if TYPE_CHECKING:
    from signaling.auth import Identity


@dataclass(frozen=True, slots=True)
class Papers:
    """What was read in a call and found about it."""

    readings: tuple[ReadingTold, ...]
    findings: tuple[FindingTold, ...]
    lines: tuple[LineTold, ...]


async def corrected(request: web.Request) -> web.Response:
    """Return the sheet from straight above under even light; the untouched still is the capture's content."""
    back = request.app[BACK]
    identity, capture = await seen(request)
    reading = await back.records.findings.reading(capture.capture_id)
    if capture.state != "stored" or reading.state != "read":
        raise Unknown("there is no corrected picture", code="not_read")
    await _note(request, identity, capture.call_id)
    # A correction by hand replaces it under the same address.
    headers = {
        "Content-Disposition": f'inline; filename="{capture.capture_id}-corrected.jpg"',
        "ETag": f'"{reading.sha256}"',
    }
    return web.Response(
        body=await back.captures.beside(capture.capture_id, "flat"), content_type="image/jpeg", headers=headers
    )


async def papers_of_call(request: web.Request) -> Papers:
    """Return everything about a call's papers, to who may read the call's record; noted in the audit log."""
    reader = await staff(request)
    back, call_id = request.app[BACK], request.match_info["call_id"]
    if not (back.is_member(reader, call_id) or await back.records.history.may_read(reader, call_id)):
        raise Unknown("there is no such call")
    await _note(request, reader, call_id)
    readings, findings, lines = await back.inspection.of_call(call_id)
    return Papers(tuple(readings), tuple(findings), tuple(lines))


async def _note(request: web.Request, reader: Identity, call_id: str) -> None:
    """Whoever reads citizens' papers without being in the call is written down."""
    back = request.app[BACK]
    if reader.is_staff and not back.is_member(reader, call_id):
        await back.records.credentials.audit(reader.id, "papers_read", call_id, back.clock(), {"path": request.path})
