"""The load for the media benchmarks: browsers made of sockets that send packets encrypted beforehand and time answers.

Every publisher sends 30 frames a second of five packets of 1,100 bytes, and 50 packets of sound: 200 packets a second.
Packets are encrypted before the clock starts, so that the sending process is not what is measured. The node and Janus
get the same packets at the same moments.
"""

from __future__ import annotations

import asyncio
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
    from collections.abc import Callable, Sequence

FPS, PER_FRAME, PACKET = 30, 5, 1100
AUDIO_PER_S, AUDIO = 50, 120
PACKETS_PER_S = FPS * PER_FRAME + AUDIO_PER_S
_OUT = Struct("!2xHII")
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """CPU seconds a process and its reaped children have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15]) / _TICKS


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


class Publisher(Caller):
    """Sends a prepared stream."""

    host = "0.0.0.0"

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

    def report_now(self) -> None:
        """A sender report for both tracks."""
        ntp = int((time.time() + 2_208_988_800) * (1 << 32))
        for kind in ("camera", "microphone"):
            self.report(rtcp.sender_report(rtcp.SenderReport(self.ssrcs[kind], ntp, 0, 0, 0)))


class Viewer(Caller):
    """Times what arrives without decrypting it: sequence numbers are in the clear, and shifted by a constant."""

    host = "0.0.0.0"

    def listen(self) -> None:
        """Count from now on."""
        self.count = 0
        self.arrivals: dict[tuple[int, int], float] = {}
        self._buffer = bytearray(2048)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.sock.fileno())
        loop.add_reader(self.sock.fileno(), self._count)

    def _count(self) -> None:
        receive, buffer, arrivals, clock = self.sock.recv_into, self._buffer, self.arrivals, time.perf_counter
        try:
            while True:
                size = receive(buffer)
                if 127 < buffer[0] < 192:
                    if not 191 < buffer[1] < 224:
                        seq, _, ssrc = _OUT.unpack_from(buffer)
                        arrivals[ssrc, seq] = clock()
                        self.count += 1
                elif buffer[0] < 4:
                    self.answer_check(bytes(buffer[:size]))
        except BlockingIOError:
            return

    def report_now(self, estimate: int = 6_000_000) -> None:
        """A reception report and an estimate."""
        self.report(
            rtcp.receiver_report(rtcp.ReceiverReport(1, ())), rtcp.remb(1, estimate, [self.peer_streams[1] or 1])
        )


@dataclass(slots=True)
class Measured:
    """One run."""

    sent: int = 0
    received: int = 0
    cpu_s: float = 0.0
    seconds: float = 0.0
    delays_ms: list[float] = field(default_factory=list)

    @property
    def us_per_packet(self) -> float:
        return self.cpu_s / max(1, self.received) * 1e6

    @property
    def lost_share(self) -> float:
        return 1 - self.received / max(1, self.sent)

    def delay_ms(self, share: float) -> float:
        order = sorted(self.delays_ms)
        return order[min(len(order) - 1, int(share * len(order)))] if order else float("nan")


async def run(
    pairs: Sequence[tuple[Publisher, Viewer]], seconds: float, pid: int, cpu: Callable[[int], float] = cpu_of
) -> Measured:
    """Send everybody's packets at their time; return what the process under `pid` used for it, and the delays."""
    rng = random.Random(1)
    queues = [publisher.prepare(seconds, rng.random() / FPS) for publisher, _ in pairs]
    merged = heapq.merge(*([(at, index, key, data) for at, key, data in queue] for index, queue in enumerate(queues)))
    timeline = list(merged)
    sent_at: list[dict[int, float]] = [{} for _ in pairs]
    for _, viewer in pairs:
        viewer.listen()
    measured = Measured(sent=len(timeline))
    used, start = cpu(pid), time.perf_counter()
    reporting = asyncio.create_task(_report(pairs))
    await _send(timeline, [publisher for publisher, _ in pairs], sent_at, start)
    measured.cpu_s, measured.seconds = cpu(pid) - used, time.perf_counter() - start
    reporting.cancel()
    await asyncio.sleep(0.2)
    for (_, viewer), sent in zip(pairs, sent_at, strict=True):
        measured.received += viewer.count
        measured.delays_ms += _delays(viewer, sent)
    return measured


async def _send(
    timeline: list[Any], publishers: list[Publisher], sent_at: list[dict[int, float]], start: float
) -> None:
    clock = time.perf_counter
    ends = [(publisher.sock.sendto, publisher.node) for publisher in publishers]
    at, end = 0, len(timeline)
    while at < end:
        now = clock() - start
        while at < end and timeline[at][0] <= now:
            _, index, key, data = timeline[at]
            send, node = ends[index]
            sent_at[index][key] = clock()
            send(data, node)
            at += 1
            if at % 40 == 0:
                # Even when late: the viewers share this process and must read.
                await asyncio.sleep(0)
        if at < end:
            await asyncio.sleep(max(0.0, timeline[at][0] - (clock() - start)))


async def _report(pairs: Sequence[tuple[Publisher, Viewer]]) -> None:
    while True:
        for publisher, viewer in pairs:
            publisher.report_now()
            viewer.report_now()
            await asyncio.sleep(1.0 / len(pairs))


def _delays(viewer: Viewer, sent: dict[int, float]) -> list[float]:
    """Match arrivals with departures: per SSRC the shift of sequence numbers is what most packets agree on."""
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
