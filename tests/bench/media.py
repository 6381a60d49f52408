"""The media node against Janus and against transcoding, in one run on one machine.

Both servers run as processes of their own on loopback and carry the same packets (media_load, media_servers): two-way
calls of 720p30 at 1.3 Mbit/s and Opus, with feedback, retransmission memory and roles on. CPU is what the scheduler
accounts to the server's process and its workers; runs alternate, and figures are medians. A machine that is busy with
other things shows in every absolute figure, and less in the ratios.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from PIL import Image

from media import control
from tests.bench import media_load as load
from tests.bench import media_servers as servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

CURVE = (1, 5, 10, 20, 40, 80)
JANUS_UP_TO = 40
"""Beyond, Janus and the load want more than this machine's two cores."""
HALF = 22
"""Calls at half load, by the aim of 45 calls a core."""
MOST = 115
"""Calls that the load can make on the other core."""
RECORDED = 35
ROUNDS = 3
SECONDS = 3.0
CORE = 0.8

Row = dict[str, Any]
Server = servers.Node | servers.Janus


async def run() -> list[Row]:
    """Measure everything; about three minutes, more where something else has the machine."""
    curve, share_of_80 = await _curve()
    ours: list[load.Measured] = []
    theirs: list[load.Measured] = []
    for _ in range(ROUNDS):
        ours.append(await carry(servers.node, HALF))
        theirs.append(await carry(servers.janus, HALF))
    cpu, janus_cpu = (load.median([one.us_per_packet for one in runs]) for runs in (ours, theirs))
    janus_per_call = load.median([one.share for one in theirs]) / HALF
    rows = [row("cpu_us_per_packet", cpu, "µs", "janus", janus_cpu)]
    for name, part in (("delay_p50_ms", 0.5), ("delay_p99_ms", 0.99)):
        delay, janus_delay = (load.median([one.delay_ms(part) for one in runs]) for runs in (ours, theirs))
        rows.append(row(name, delay, "ms", "janus", janus_delay))
    return [
        *rows,
        row("calls_per_core", await _most(CORE / share_of_80 * CURVE[-1]), "calls", "janus", CORE / janus_per_call),
        row("recorded_calls_per_core", await _most_recorded(), "calls"),
        row("recording_cpu_share", await _recording_share(), "of a core", "transcode", _transcode_share()),
        row("mb_per_call", await _memory(), "MB"),
        *curve,
    ]


def row(measure: str, value: float, unit: str, baseline: str | None = None, against: float | None = None) -> Row:
    """One line of results."""
    compared = baseline if against is not None else None
    ratio = None if against is None else value / against
    return {"measure": measure, "value": value, "unit": unit, "baseline": compared, "baseline_value": against,
            "ratio": ratio}  # fmt: skip


async def _curve() -> tuple[list[Row], float]:
    print(f"{'calls':>5} {'server':<6} {'µs/packet':>9} {'core':>6} {'lost':>7} {'p50 ms':>7} {'p99 ms':>7}")
    rows, share = [], 0.0
    for calls in CURVE:
        ours = await carry(servers.node, calls, told=True)
        theirs = await carry(servers.janus, calls, told=True) if calls <= JANUS_UP_TO else None
        against = theirs.us_per_packet if theirs else None
        share = ours.share
        rows.append(row(f"cpu_us_per_packet_{calls}_calls", ours.us_per_packet, "µs", "janus", against))
    return rows, share


async def carry(
    server: Callable[[], AbstractAsyncContextManager[Server]], calls: int, *, told: bool = False
) -> load.Measured:
    """Let a fresh server carry this many two-way calls; again when packets were lost, as something else may have had
    the machine, and what does not pass is what fails three times."""
    one = load.Measured()
    for _ in range(3):
        async with server() as running:
            flows = await together(running, calls)
            one = await load.drive(flows, SECONDS, running.pid)
            await _part(flows)
        if told or not one.sound:
            print(
                f"{calls:>5} {server.__name__:<6} {one.us_per_packet:>9.1f} {one.share:>6.1%} {one.lost_share:>7.2%} "
                f"{one.delay_ms(0.5):>7.2f} {one.delay_ms(0.99):>7.2f}{'' if one.sound else '  disturbed'}",
                flush=True,
            )
        if one.sound:
            break
    return one


async def together(server: Server, calls: int) -> list[load.Flow]:
    """Connect the calls, all at once."""
    made = await asyncio.gather(*(server.call(f"call_{count}") for count in range(calls)))
    return [flow for flows in made for flow in flows]


async def _part(flows: list[load.Flow]) -> None:
    for end in load.ends_of(flows):
        await end.close()


async def _most(guess: float) -> float:
    """How many calls one core holds at 80% with less than 0.1% lost: tried out, not extrapolated."""
    calls = int(min(guess, MOST))
    while calls > CURVE[-2]:
        one = await carry(servers.node, calls, told=True)
        if one.share <= CORE and one.sound:
            return calls
        calls = int(0.88 * calls)
    return float("nan")


async def _most_recorded() -> float:
    """The same with every call recorded, the worker's CPU counted in: from a run of 35 calls, if it lost nothing."""
    with tempfile.TemporaryDirectory() as folder:
        used, one = await _recorded(RECORDED, Path(folder), recorded=True)
    print(f"{RECORDED:>5} recorded: {used / one.seconds:.1%} of a core with the worker, {one.lost_share:.2%} lost")
    return CORE * one.seconds / used * RECORDED if one.sound else float("nan")


async def _recording_share(calls: int = 6) -> float:
    """What recording adds to a two-way call, as a share of a core: the same load with and without, worker included."""
    with tempfile.TemporaryDirectory() as folder:
        without, one = await _recorded(calls, Path(folder), recorded=False)
        used, _ = await _recorded(calls, Path(folder), recorded=True)
    return max(0.0, used - without) / one.seconds / calls


async def _recorded(calls: int, folder: Path, *, recorded: bool, seconds: float = 11.0) -> tuple[float, load.Measured]:
    """Carry calls for a whole segment and a bit; return the CPU seconds used until all is on disk."""
    async with servers.node(**servers.recording(folder)) as node:
        flows = await together(node, calls)
        if recorded:
            for count in range(calls):
                await node.side.ask(control.StartRecording, call_id=f"call_{count}")
        before = load.cpu_of_family(node.pid)
        one = await load.drive(flows, seconds, node.pid)
        if recorded:
            for count in range(calls):
                await node.side.ask(control.StopRecording, call_id=f"call_{count}")
            # Two legs, each with sound and picture.
            await node.closed(4 * calls)
        used = load.cpu_of_family(node.pid) - before
        await _part(flows)
    return used, one


def _transcode_share(seconds: float = 2.0) -> float:
    """What recording one two-way call costs by decoding and encoding anew, 720p30, as a share of a core."""
    coded = _film(seconds)
    start = time.process_time()
    with av.open(io.BytesIO(coded), "r") as source, av.open(io.BytesIO(), "w", format="webm") as out:
        stream: Any = out.add_stream("libvpx", rate=load.FPS)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1280, 720, "yuv420p", 1_500_000
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for frame in source.decode(video=0):
            frame.pts = None
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return 2 * (time.process_time() - start) / seconds


def _film(seconds: float) -> bytes:
    out = io.BytesIO()
    noise = Image.effect_noise((1280, 720), 40).convert("RGB")
    with av.open(out, "w", format="webm") as container:
        stream: Any = container.add_stream("libvpx", rate=load.FPS)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1280, 720, "yuv420p", 1_500_000
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
        maker: Any = av.VideoFrame
        for count in range(int(seconds * load.FPS)):
            container.mux(stream.encode(maker.from_image(noise.rotate(count))))
        container.mux(stream.encode(None))
    return out.getvalue()


async def _memory(few: int = 2, more: int = 12) -> float:
    """What a two-way call holds, while packets flow: the difference between two and twelve."""
    held = []
    for calls in (few, more):
        async with servers.node() as node:
            flows = await together(node, calls)
            await load.drive(flows, SECONDS, node.pid)
            held.append(load.resident(node.pid))
            await _part(flows)
    return (held[1] - held[0]) / (more - few) / 1e6
