"""The media node against Janus and against transcoding, in one run on one machine.

Both servers run as processes of their own on loopback and carry the same packets (media_load, media_servers). CPU is
what the kernel accounts to the server's process; runs alternate, and figures are medians over the rounds. A machine
that is busy with other things shows in every absolute figure, and less in the ratios.

`python -m tests.bench.media curve` prints the curve over the number of calls, which takes minutes.
"""

from __future__ import annotations

import asyncio
import io
import sys
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

PAIRS = 40
"""One-way pairs, 8,000 packets a second: twenty two-way calls, about half of what a core carries."""
ROUNDS = 2
SECONDS = 4.0
CORE = 0.8

Row = dict[str, Any]
Server = servers.Node | servers.Janus


def run() -> list[Row]:
    """Measure everything; about a minute and a half."""
    return asyncio.run(_run())


def row(measure: str, value: float, unit: str, baseline: str | None = None, against: float | None = None) -> Row:
    """One line of results."""
    return {
        "measure": measure,
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "baseline_value": against,
        "ratio": None if against is None else value / against,
    }


async def _run() -> list[Row]:
    ours: list[load.Measured] = []
    theirs: list[load.Measured] = []
    for _ in range(ROUNDS):
        ours.append(await carry(servers.node, PAIRS))
        theirs.append(await carry(servers.janus, PAIRS))
    cpu, janus_cpu = (load.median([one.us_per_packet for one in runs]) for runs in (ours, theirs))
    delay, janus_delay = (load.median([one.delay_ms(0.99) for one in runs]) for runs in (ours, theirs))
    share = await _recording_share()
    per_call = 2 * load.PACKETS_PER_S * cpu / 1e6
    return [
        row("cpu_us_per_packet", cpu, "µs", "janus", janus_cpu),
        row("delay_p99_ms", delay, "ms", "janus", janus_delay),
        row("calls_per_core", CORE / per_call, "calls", "janus", CORE / (2 * load.PACKETS_PER_S * janus_cpu / 1e6)),
        row("recorded_calls_per_core", CORE / (per_call + share), "calls"),
        row("recording_cpu_share", share, "of a core", "transcode", _transcode_share()),
        row("mb_per_call", await _memory(), "MB"),
    ]


async def carry(server: Callable[[], AbstractAsyncContextManager[Server]], pairs: int) -> load.Measured:
    """Let a fresh server carry this many pairs."""
    async with server() as running:
        ends = await together(running, pairs)
        measured = await load.run(ends, SECONDS, running.pid)
        for publisher, viewer in ends:
            await publisher.close()
            await viewer.close()
    if measured.lost_share > 0.001:
        print(f"{server.__name__} lost {measured.lost_share:.1%}: this machine is too busy for these figures")
    return measured


async def together(server: Server, pairs: int) -> list[tuple[load.Publisher, load.Viewer]]:
    """Connect the pairs, all at once."""
    return list(await asyncio.gather(*(server.pair(f"call_{count}") for count in range(pairs))))


async def _recording_share(calls: int = 4, seconds: float = 12.0) -> float:
    """What recording adds to a two-way call, as a share of a core: the same load with and without, worker included."""
    used = []
    with tempfile.TemporaryDirectory() as folder:
        for recorded in (False, True):
            async with servers.node(**servers.recording(Path(folder))) as node:
                # Two one-way pairs have the tracks of one two-way call.
                ends = await together(node, 2 * calls)
                if recorded:
                    for count in range(2 * calls):
                        await node.side.ask(control.StartRecording, call_id=f"call_{count}")
                before = load.cpu_of_family(node.pid)
                await load.run(ends, seconds, node.pid)
                if recorded:
                    for count in range(2 * calls):
                        await node.side.ask(control.StopRecording, call_id=f"call_{count}")
                    await node.closed(2 * 2 * calls)
                used.append(load.cpu_of_family(node.pid) - before)
                for publisher, viewer in ends:
                    await publisher.close()
                    await viewer.close()
    return max(0.0, used[1] - used[0]) / seconds / calls


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


async def _memory(few: int = 2, more: int = 12, seconds: float = 4.0) -> float:
    """What a two-way call holds, while packets flow: the difference between two and twelve."""
    held = []
    for calls in (few, more):
        async with servers.node() as node:
            ends = await together(node, 2 * calls)
            await load.run(ends, seconds, node.pid)
            held.append(load.resident(node.pid))
            for publisher, viewer in ends:
                await publisher.close()
                await viewer.close()
    return (held[1] - held[0]) / (more - few) / 1e6


async def _curve() -> None:
    print(f"{'pairs':>5} {'server':<6} {'µs/packet':>9} {'core':>6} {'lost':>7} {'p50 ms':>7} {'p99 ms':>7}")
    for pairs in (2, 10, 20, 40, 80):
        for server in (servers.node, servers.janus):
            one = await carry(server, pairs)
            print(
                f"{pairs:>5} {server.__name__:<6} {one.us_per_packet:>9.1f} {one.cpu_s / one.seconds:>6.1%} "
                f"{one.lost_share:>7.2%} {one.delay_ms(0.5):>7.2f} {one.delay_ms(0.99):>7.2f}"
            )


if __name__ == "__main__":
    if sys.argv[1:] == ["curve"]:
        asyncio.run(_curve())
    else:
        for result in run():
            print(result)
