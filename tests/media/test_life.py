"""What a node keeps: nothing of calls that are over, however they ended, and nothing that grows in one that goes on."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import resource
import secrets
import socket
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiortc import RTCDtlsTransport
from pylibsrtp import Policy, Session

from media import control, ice, rtcp, rtp, sdp, transport
from media.call import Call
from media.incoming import Track
from media.leg import Leg
from media.node import running
from media.outbox import Outbox
from media.recorder import LegClock, Recorder
from media.segment import Slate
from media.srtp import Cipher
from media.stream import Stream
from tests.browser.waiting import until
from tests.media.signaling import Signaling, signaling
from tests.media.synthetic import DELTA, KEY, Caller
from tests.media.test_node import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from media.node import Node

KEPT = (Call, Leg, Track, Stream, Outbox, Recorder, LegClock, RTCDtlsTransport, Session)


@pytest_asyncio.fixture(loop_scope="session")
async def side() -> AsyncIterator[Signaling]:
    async with signaling() as side:
        yield side


def _alive() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if type(one) in KEPT)


def _held(node: Node) -> dict[str, Any]:
    """How much of what could grow there is at a node."""
    board, desk = node.board, node.desk
    recordings = desk.recordings
    assert recordings is not None
    return {
        "tasks": len(asyncio.all_tasks()),
        "files": len(os.listdir("/proc/self/fd")),
        "names": len(board.port._named),
        "addresses": len(board.port._paired),
        "outboxes": len(board.port._dirty),
        "calls": len(board.calls),
        "urgent": len(board._urgent),
        "closing": len(board._closing) + len(recordings._closing),
        "recordings": len(recordings.running),
        "chunks": recordings._waiting,
        "numbers": len(desk.statistics._before) + len(desk._rows),
        "alive": _alive(),
    }


class Ending:
    """The ways a call ends; each is given the call's two pages, who are connected."""

    def __init__(self, side: Signaling, node: Node) -> None:
        self.side, self.node = side, node

    async def by_signaling(self, call_id: str, pages: list[Caller]) -> None:
        await self.side.ask(control.CloseCall, call_id=call_id)

    async def by_the_pages(self, call_id: str, pages: list[Caller]) -> None:
        for one in pages:
            await one.close()

    async def without_a_word(self, call_id: str, pages: list[Caller]) -> None:
        for one in pages:
            one.stop_checking()
        for leg in list(self.node.board.calls[call_id].legs.values()):
            leg.watch_consent(leg.consent_at + ice.CONSENT_S + 1)

    async def in_a_handshake(self, call_id: str, pages: list[Caller]) -> None:
        """Somebody joins who never gets further than hello, and another whom the node asks and who never answers."""
        late = Caller()
        self.side.callers.append(late)
        offer = {"call_id": call_id, "role": "expert"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transport, "_HANDSHAKE_S", 0.2)
            answer = await self.side.ask(control.OpenLeg, leg_id=f"{call_id}_late", offer=late.offer(), **offer)
        theirs = sdp.read(answer["answer"])
        late.node = pages[0].node
        late.check(theirs.ufrag, theirs.pwd)
        late.send_raw(pages[0].greeting)
        await self.side.ask(control.OpenLeg, leg_id=f"{call_id}_asked", **offer)
        call = self.node.board.calls[call_id]
        asked = call.legs[f"{call_id}_asked"]
        asked.watch_consent(asked.consent_at + ice.CONSENT_S + 1)
        await until(lambda: len(call.legs) == 2, "they are gone by themselves")
        await self.by_the_pages(call_id, pages)

    async def while_signaling_is_away(self, call_id: str, pages: list[Caller]) -> None:
        hellos = len(self.side.of(control.Hello))
        assert self.side.socket is not None
        await self.side.socket.close()
        await self.side.hello(hellos + 1)
        await self.side.ask(control.Welcome, calls={})


async def _call(side: Signaling, node: Node, call_id: str, *, recorded: bool) -> list[Caller]:
    """Two people, of whom one reloads the page; some packets are lost."""
    citizen, agent = [await side.opened(call_id, f"{call_id}_{role}", role) for role in ("citizen", "agent")]
    citizen.say("camera", KEY)
    await until(lambda: agent.heard(1), "the picture comes")
    if recorded:
        await side.ask(control.StartRecording, call_id=call_id)
    again = await side.opened(call_id, f"{call_id}_again", "citizen")
    await side.ask(control.CloseLeg, call_id=call_id, leg_id=f"{call_id}_citizen")
    if recorded:
        assert node.desk.recordings is not None
        assert not node.desk.recordings.running[call_id].clocks, "pages may be reloaded all day long"
    again.say("camera", KEY)
    again.packet("camera", DELTA)
    again.say("camera", DELTA)
    again.say("microphone", b"hello")
    await until(lambda: agent.heard(0), "picture and sound come")
    agent.report(rtcp.nack(1, agent.peer_streams[1], [agent.heard(1)[0].seq]))
    return [again, agent]


async def _one_of_each(side: Signaling, node: Node, numbers: Iterator[int]) -> None:
    """Five calls, each of which ends in another way; every second one is recorded."""
    ending = Ending(side, node)
    for end in (
        ending.by_signaling, ending.by_the_pages, ending.without_a_word, ending.in_a_handshake,
        ending.while_signaling_is_away,
    ):  # fmt: skip
        number = next(numbers)
        pages = await _call(side, node, f"call_{number}", recorded=bool(number % 2))
        await end(f"call_{number}", pages)
        await until(lambda: not node.board.calls, f"the call is gone that ended {end.__name__}")
    for one in side.callers:
        await one.close()
    side.callers.clear()
    side.heard.clear()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("rounds", [1, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
async def test_of_a_call_that_is_over_nothing_is_left(side: Signaling, tmp_path: Path, rounds: int) -> None:
    numbers = itertools.count()
    async with running(settings(side.url, tmp_path)) as node:
        await side.hello()
        await _one_of_each(side, node, numbers)
        await until(lambda: not node.board._closing, "all is closed")
        assert not node.board._urgent, "who is gone is asked for nothing"
        await until(lambda: not _alive(), "all is let go")
        first, memory = _held(node), list[int]()
        assert {name for name, count in first.items() if count} == {"tasks", "files"}
        for _ in range(rounds):
            await _one_of_each(side, node, numbers)
            memory.append(_resident_bytes())
        await until(lambda: _held(node) == first, "again there is no more than after the first calls")
        # The first calls widen what the allocators keep; the later ones find room there.
        assert memory[-1] - memory[rounds // 2] < 2 << 20


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Disk:
    """Counts what a recorder hands on."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.finished = self.longest = 0

    def begin(self, slate: Slate) -> None:
        self.begun.append(slate.index)

    def chunk(self, slate: Slate, index: int, records: bytes) -> None:
        self.longest = max(self.longest, index)

    def finish(self, slate: Slate) -> None:
        self.finished += 1


def test_eight_hours_wrap_every_counter_and_keep_nothing() -> None:
    """A picture a second, in two packets; numbers begin just before their end, and so they wrap."""
    hours, key = 8 * 3600, secrets.token_bytes(30)
    viewer = Session(Policy(key, ssrc_type=Policy.SSRC_ANY_INBOUND))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        box = Outbox(sock, [])
        box.open(Cipher(Session(Policy(key, ssrc_type=Policy.SSRC_ANY_OUTBOUND))))
        track = Track("camera", 5, {96: "vp8"}, 1, lambda packet: None, lambda: None)
        stream, disk = Stream("camera", sdp.Voice(7, 8), box), Disk()
        stream.configure(sdp.offered(1))
        stream.watch(track, 100.0)
        recorder = Recorder(Slate("call_1", "leg_a", "citizen", "camera", "vp8", 0), track, disk, LegClock(), 10.0, 1e9)
        recorder.start(100.0)
        sent: list[tuple[int, int]] = []
        for second in range(hours):
            now, stamp = 100.0 + second, (1 << 32) - 6_000_000 + 90_000 * second & 0xFFFFFFFF
            begins = second % 10 == 0
            for part, payload in enumerate((KEY if begins else DELTA, b"\0" + bytes(20))):
                if part and second % 50 == 7:
                    continue  # lost, and lost for good
                seq = 65_000 + 2 * second + part & 0xFFFF
                track.put(96 | part << 7, seq, stamp, payload, now, None)
                packet = rtp.parse(viewer.unprotect(box.room.bytes[: box.at]))
                box.flush()
                sent.append((packet.seq, packet.timestamp))
            track.tick(now + 0.5, 0.1)
            track.measure(now)
            recorder.digest(now, now)
            _report(track, stream, second, stamp, now)
        recorder.stop(100.0 + hours, 100.0 + hours)
    assert len(sent) == 2 * hours - hours // 50
    assert {(b[0] - a[0] & 0xFFFF, b[1] - a[1] & 0xFFFFFFFF) for a, b in itertools.pairwise(sent)} == {
        (1, 0), (1, 90_000), (2, 90_000),
    }  # fmt: skip
    assert disk.begun == list(range(hours // 10))
    assert (disk.finished, recorder.damaged) == (hours // 10, hours // 50)
    assert disk.longest <= 10
    assert (len(track.ring), len(track.missing), len(recorder._pending)) == (512, 0, 0)
    assert len(stream.sent_reports) <= 8
    assert track.lost == hours // 50


def _report(track: Track, stream: Stream, second: int, stamp: int, now: float) -> None:
    """Let both ends report, as once a second; after 4 h the publisher tells its clock no more."""
    if second < 4 * 3600:
        track.sender_reported(rtcp.SenderReport(5, int((3.9e9 + now) * (1 << 32)) & (1 << 64) - 1, stamp, 1, 1), now)
    told, block = stream.report(now), track.block(now)
    assert told is not None
    assert block is not None
    (sent,) = rtcp.parse(rtcp.sender_report(told))
    assert sent == told
    (heard,) = rtcp.parse(rtcp.receiver_report(rtcp.ReceiverReport(1, (block,))))
    assert isinstance(heard, rtcp.ReceiverReport)
    assert heard.blocks[0].lost == track.lost
    stream.reported(rtcp.Block(7, 0, 0, 0, 0, told.ntp >> 16 & 0xFFFFFFFF, 3277), now + 0.1)
    assert stream.round_trip_s == pytest.approx(0.05, abs=0.001)


def test_a_clock_that_was_told_a_day_ago_can_still_be_answered() -> None:
    track = Track("microphone", 5, {111: "opus"}, 1, lambda packet: None, lambda: None)
    track.put(111, 1, 1, b"hello", 100.0, None)
    track.sender_reported(rtcp.SenderReport(5, 1, 1, 1, 1), 100.0)
    block = track.block(100.0 + 86_400)
    assert block is not None
    assert rtcp.parse(rtcp.receiver_report(rtcp.ReceiverReport(1, (block,))))
