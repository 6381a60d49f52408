"""The load for the media benchmarks: browsers made of sockets that send packets encrypted beforehand and time answers.

Every publisher sends 30 frames a second of five packets of 1,100 bytes, and 50 packets of sound: 200 packets a second.
Packets are encrypted before the clock starts, so that the sending process is not what is measured. The node and Janus
get the same packets at the same moments.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import heapq
import os
import random
import socket
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, Any

from media import rtcp
from tests.media.synthetic import DELTA, KEY, Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FPS, PER_FRAME, PACKET = 30, 5, 1100
AUDIO_PER_S, AUDIO = 50, 120
PACKETS_PER_S = FPS * PER_FRAME + AUDIO_PER_S
_OUT = Struct("!2xHII")
_SO_TIMESTAMPNS = 35
_TIMESPEC = Struct("@qq")
_TIMED = 10
"""Receivers that time every packet; the others only count."""


def go_first(pid: int) -> None:
    """Let a process go before what else the machine has to do, where we may say so."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, -15)


def cpu_of(pid: int) -> float:
    """CPU seconds the threads of a process have used so far, as the scheduler counts them."""
    return (
        sum(int(task.joinpath("schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())
        / 1e9
    )


def cpu_of_family(pid: int) -> float:
    """CPU seconds of a process and of the workers it has."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_of(pid) + sum(cpu_of(int(child)) for child in children)


def resident(pid: int) -> int:
    """Bytes of memory a process holds for itself."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty"):
            return int(line.split()[1]) * 1024
    return 0


class End(Caller):
    """Stands for a browser: sends a prepared stream, and counts and times what arrives without decrypting it."""

    host = "0.0.0.0"
    sends = sees = False

    def prepare(self, seconds: float, phase_s: float) -> list[tuple[float, int, bytes]]:
        """Encrypt everything to be sent: (second, key of the packet, datagram)."""
        moments = [
            (phase_s + frame / FPS, "camera", frame, part)
            for frame in range(int(seconds * FPS))
            for part in range(PER_FRAME)
        ]
        moments += [
            (phase_s + 0.004 + count / AUDIO_PER_S, "microphone", count, 0)
            for count in range(int(seconds * AUDIO_PER_S))
        ]
        return [self._one(*moment) for moment in sorted(moments)]

    def _one(self, at: float, kind: Any, count: int, part: int) -> tuple[float, int, bytes]:
        if kind == "microphone":
            packet = self.packet(kind, bytes(AUDIO - 24), marker=False, timestamp=count * 960)
        else:
            # The first packet of a frame begins with its descriptor; a key frame every two seconds.
            head = (KEY if count % 60 == 0 else DELTA) if part == 0 else b"\x00\x01"
            payload = head + bytes(PACKET - 12 - 12 - len(head))
            packet = self.packet(kind, payload, marker=part == PER_FRAME - 1, timestamp=count * 3000)
        return at, packet.seq | (0 if kind == "camera" else 1 << 16), self.sealed(packet)

    def listen(self, *, timed: bool) -> None:
        """Count from now on; if timed, keep when each packet came, by the kernel's clock, not this busy process's."""
        self.count = 0
        self.arrivals: dict[tuple[int, int], float] = {}
        self._buffer = bytearray(2048)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, timed)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.sock.fileno())
        loop.add_reader(self.sock.fileno(), self._time if timed else self._count)

    def _count(self) -> None:
        receive, buffer = self.sock.recv_into, self._buffer
        try:
            while True:
                self._tell_apart(receive(buffer))
        except BlockingIOError:
            return

    def _time(self) -> None:
        receive, buffers, arrivals = self.sock.recvmsg_into, [self._buffer], self.arrivals
        try:
            while True:
                size, ancillary, _, _ = receive(buffers, 64)
                if self._tell_apart(size):
                    seq, _, ssrc = _OUT.unpack_from(self._buffer)
                    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
                    arrivals[ssrc, seq] = seconds + nanoseconds / 1e9
        except BlockingIOError:
            return

    def _tell_apart(self, size: int) -> bool:
        first, second = self._buffer[0], self._buffer[1]
        if 127 < first < 192 and not 191 < second < 224:
            self.count += 1
            return True
        if first < 4:
            self.answer_check(bytes(self._buffer[:size]))
        return False

    def report_now(self) -> None:
        """Once a second: the clock of what is sent, a reception report and an estimate of the link."""
        if self.sends:
            ntp = int((time.time() + 2_208_988_800) * (1 << 32))
            for kind in ("camera", "microphone"):
                self.report(rtcp.sender_report(rtcp.SenderReport(self.ssrcs[kind], ntp, 0, 0, 0)))
        if self.sees:
            estimate = rtcp.remb(1, 6_000_000, [self.peer_streams[1] or 1])
            self.report(rtcp.receiver_report(rtcp.ReceiverReport(1, ())), estimate)


Flow = tuple[End, End]
"""Who sends, and who receives it. The two flows of a two-way call may share their ends."""


@dataclass(slots=True)
class Measured:
    """One run."""

    sent: int = 0
    received: int = 0
    cpu_s: float = 0.0
    seconds: float = 0.0
    planned_s: float = 0.0
    delays_ms: list[float] = field(default_factory=list)

    @property
    def us_per_packet(self) -> float:
        return self.cpu_s / max(1, self.received) * 1e6

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu_s / self.seconds

    @property
    def sound(self) -> bool:
        """Whether less than 0.1% was lost and the load itself kept its time."""
        return self.lost_share < 0.001 and self.seconds < 1.03 * self.planned_s

    @property
    def lost_share(self) -> float:
        return 1 - self.received / max(1, self.sent)

    def delay_ms(self, share: float) -> float:
        order = sorted(self.delays_ms)
        return order[min(len(order) - 1, int(share * len(order)))] if order else float("nan")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """What this process does besides, and other processes, would show as delay of the server: above all the garbage
    collector, with a million moments to look through."""
    go_first(0)
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, 0)


def ends_of(flows: Sequence[Flow]) -> list[End]:
    """Everybody once."""
    return list({id(end): end for flow in flows for end in flow}.values())


async def drive(flows: Sequence[Flow], seconds: float, pid: int, cpu: Callable[[int], float] = cpu_of) -> Measured:
    """Send everybody's packets at their time; return what the process under `pid` used for it, and the delays."""
    rng = random.Random(1)
    queues = [publisher.prepare(seconds, rng.random() / FPS) for publisher, _ in flows]
    merged = heapq.merge(*([(at, index, key, data) for at, key, data in queue] for index, queue in enumerate(queues)))
    timeline = list(merged)
    sent_at: list[dict[int, float]] = [{} for _ in flows]
    for publisher, viewer in flows:
        publisher.sends = viewer.sees = True
    every = max(1, len(flows) // _TIMED)
    timed = [viewer for _, viewer in flows[::every]]
    ends = ends_of(flows)
    for end in ends:
        end.listen(timed=end in timed)
    measured = Measured(sent=len(timeline), planned_s=seconds + 1 / FPS)
    with _undisturbed():
        used, start = cpu(pid), time.perf_counter()
        reporting = asyncio.create_task(_report(ends))
        await _send(timeline, [publisher for publisher, _ in flows], sent_at, start)
        measured.cpu_s, measured.seconds = cpu(pid) - used, time.perf_counter() - start
        reporting.cancel()
        await asyncio.sleep(0.2)
    for (_, viewer), sent in zip(flows, sent_at, strict=True):
        measured.received += viewer.count
        measured.delays_ms += _delays(viewer, sent)
    return measured


async def _send(timeline: list[Any], publishers: list[End], sent_at: list[dict[int, float]], start: float) -> None:
    clock, wall = time.perf_counter, time.time
    ends = [(publisher.sock.sendto, publisher.node) for publisher in publishers]
    at, end = 0, len(timeline)
    while at < end:
        now = clock() - start
        while at < end and timeline[at][0] <= now:
            _, index, key, data = timeline[at]
            send, node = ends[index]
            sent_at[index][key] = wall()
            send(data, node)
            at += 1
            if at % 40 == 0:
                # Even when late: the viewers share this process and must read.
                await asyncio.sleep(0)
        if at < end:
            await asyncio.sleep(max(0.0, timeline[at][0] - (clock() - start)))


async def _report(ends: Sequence[End]) -> None:
    while True:
        for end in ends:
            end.report_now()
            await asyncio.sleep(1.0 / len(ends))


def _delays(viewer: End, sent: dict[int, float]) -> list[float]:
    """Match arrivals with departures; per SSRC sequence numbers are shifted by a constant. Who only counts has none."""
    delays: list[float] = []
    by_ssrc: dict[int, list[tuple[int, float]]] = {}
    for (ssrc, seq), at in viewer.arrivals.items():
        by_ssrc.setdefault(ssrc, []).append((seq, at))
    departures = {kind: [(key & 0xFFFF, at) for key, at in sent.items() if key >> 16 == kind] for kind in (0, 1)}
    for arrived in by_ssrc.values():
        # 150 packets of picture, 50 of sound a second: the nearer count tells which this is.
        kind = min((0, 1), key=lambda one: abs(len(departures[one]) - len(arrived)))
        first_in, first_out = departures[kind][0][0], arrived[0][0]
        times = dict(departures[kind])
        for seq, at in arrived:
            left = times.get((seq - first_out + first_in) & 0xFFFF)
            if left is not None and at >= left:
                delays.append((at - left) * 1000)
    return delays


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
