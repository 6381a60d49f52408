"""What a console says to papers that were read: lay them anew, put them to another line, decide findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from signaling.errors import Malformed, NotAllowed, Unknown
from signaling.messages import STAFF
from signaling.messages.papers import FindingDecide, PaperLay, PaperMatch
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts
    from signaling.records import Capture
    from signaling.records.findings import Decision

table: Table[Parts] = Table(STAFF)


@table.on(PaperLay)
async def lay(parts: Parts, caller: Caller, message: PaperLay) -> Answer:
    if message.corners is None and message.quarters is None:
        raise Malformed("corners: the corners or the turn, or both", field="corners")
    capture = await _mine(parts, caller, message.capture_id)
    parts.inspection.lay(capture, message.corners, message.quarters, caller.id)
    return None


@table.on(PaperMatch)
async def match(parts: Parts, caller: Caller, message: PaperMatch) -> Answer:
    capture = await _mine(parts, caller, message.capture_id)
    await parts.inspection.match(capture, message.material_id or "", caller.id)
    return None


@table.on(FindingDecide)
async def decide(parts: Parts, caller: Caller, message: FindingDecide) -> Answer:
    _check_call(parts, caller, message.call_id)
    standing = await parts.records.findings.of_call(message.call_id)
    finding = next((one for one in standing if one.finding_id == message.finding_id), None)
    if finding is None:
        raise Unknown("there is no such finding", field="finding_id", code="unknown_finding")
    capture = await parts.captures.get(finding.capture_id)
    await parts.inspection.decide(
        capture, message.finding_id, cast("Decision", message.decision), caller.id, message.why
    )
    return None


async def _mine(parts: Parts, caller: Caller, capture_id: str) -> Capture:
    """Return a capture of the call this agent leads or writes the record of; of others there is none."""
    capture = await parts.captures.get(capture_id)
    try:
        _check_call(parts, caller, capture.call_id)
    except NotAllowed:
        raise Unknown("there is no such capture", field="capture_id") from None
    return capture


def _check_call(parts: Parts, caller: Caller, call_id: str) -> None:
    wrapped_up = parts.calls.wrapped_up_by(caller.id)
    if wrapped_up is None or wrapped_up.call_id != call_id:
        parts.calls.leading(caller.id, caller.side, call_id)
