"""What both ends of a call say: link signals, chat, sharing, pointing. The two pages include this table in theirs.

Every handler first finds the caller's own call (or link); nobody reaches a call they are not in. Link signals and
pointers are relayed and kept nowhere; chat is stored before anyone hears it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import Unavailable
from signaling.messages import (
    BOOTH,
    ChatSay,
    LinkPlaying,
    LinkReport,
    LinkSignal,
    LinkSignalled,
    MediaState,
    PeerReport,
    Pointed,
    Pointer,
    ShareStart,
    ShareStop,
)
from signaling.records.values import Message
from signaling.retelling import said
from signaling.screens import Tracks, to_wire
from signaling.sdp import Candidate, Description
from signaling.table import Answer, Caller, Table
from signaling.ways import roles

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(BOOTH)

NO_MORE = Candidate("", None, None, None)


@table.on(LinkSignal)
async def link_signal(parts: Parts, caller: Caller, message: LinkSignal) -> Answer:
    call, path = parts.calls.by_link(caller.id, caller.side, message.link_id)
    if path.hosted:
        # A node learns addresses from the checks themselves: candidates are nothing to it.
        if message.description is not None:
            offer = message.description.sdp
            answer = await parts.hosting.negotiate(call, path, message.link_id, caller.id, offer)
            answered = LinkSignalled(message.link_id, Description("answer", answer))
            await parts.tell(caller.id, LinkSignalled.NAME, to_wire(answered))
        return None
    peer = parts.calls.peer(call, caller.id)
    candidate = message.candidate or (NO_MORE if message.description is None else None)
    if peer is None or not parts.reachable(peer):
        # The sender keeps what it has and sends it again; when the other page is a new one, the link is too.
        raise Unavailable("the other end is away", code="peer_away")
    await parts.tell(peer, LinkSignalled.NAME, to_wire(LinkSignalled(message.link_id, message.description, candidate)))
    return None


@table.on(LinkPlaying)
async def link_playing(parts: Parts, caller: Caller, message: LinkPlaying) -> Answer:
    call, _ = parts.calls.by_link(caller.id, caller.side, message.link_id)
    parts.calls.talking(caller.id, caller.side, call.call_id)
    parts.hosting.playing(call, message.link_id, caller.id)
    return None


@table.on(LinkReport)
async def link_report(parts: Parts, caller: Caller, message: LinkReport) -> Answer:
    call, path = parts.calls.by_link(caller.id, caller.side, message.link_id)
    parts.calls.talking(caller.id, caller.side, call.call_id)
    parts.hosting.reported(call, message.link_id, caller.id, message.state)
    parts.legs.page_reported(call, caller.id, roles(call)[caller.id], path.hosted, message)
    if message.first_frame_ms is not None:
        parts.metrics.first_frame.labels(side=caller.side).observe(message.first_frame_ms / 1000)
    report = PeerReport(
        call_id=call.call_id,
        from_=caller.side,
        state=message.state,
        rtt_ms=message.rtt_ms,
        loss=message.loss,
        jitter_ms=message.jitter_ms,
        kbps_in=message.kbps_in,
        kbps_out=message.kbps_out,
        relayed=message.relayed,
        limited=message.limited,
        width=message.width,
        height=message.height,
        fps=message.fps,
    )
    if peer := parts.calls.peer(call, caller.id):
        await parts.tell(peer, PeerReport.NAME, to_wire(report))
    return None


@table.on(ChatSay)
async def chat_say(parts: Parts, caller: Caller, message: ChatSay) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    stored = await parts.conversation.say(
        Message(call.call_id, message.message_id, caller.side, caller.id, message.text, parts.clock())
    )
    line = said(stored)
    await parts.tell(parts.calls.people(call), line.NAME, to_wire(line))
    return {"at": line.at}


@table.on(ShareStart)
async def share_start(parts: Parts, caller: Caller, message: ShareStart) -> Answer:
    return _share(parts, caller, message.call_id, True)


@table.on(ShareStop)
async def share_stop(parts: Parts, caller: Caller, message: ShareStop) -> Answer:
    return _share(parts, caller, message.call_id, False)


def _share(parts: Parts, caller: Caller, call_id: str, on: bool) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, call_id)
    parts.calls.share(call, caller.side, on)
    parts.telling.concern(*parts.calls.people(call))
    return None


@table.on(MediaState)
async def media_state(parts: Parts, caller: Caller, message: MediaState) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    parts.calls.show(call, caller.id, Tracks(message.audio, message.video))
    parts.telling.concern(*parts.calls.people(call))
    return None


@table.on(Pointer)
async def pointer(parts: Parts, caller: Caller, message: Pointer) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    if peer := parts.calls.peer(call, caller.id):
        pointed = Pointed(call.call_id, message.surface, message.x, message.y)
        await parts.tell(peer, Pointed.NAME, to_wire(pointed))
    return None
