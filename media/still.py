"""One picture of a track as PNG: waits for the next key frame and decodes that one frame, in a worker process.

Nothing else in the node decodes. The key frame is asked for when the still is, so the picture is of that moment and not
of minutes ago.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, Any, Final, cast

import av

from media.depacketise import Frame, Pictures
from media.errors import Failed, Unknown
from media.segment import dimensions, mux

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from media.incoming import Entry, Track

_WAIT_S: Final = 3.0
_UNREADABLE: Final = "still: the picture could not be decoded"


async def take(track: Track, worker: Executor, now: float) -> bytes:
    """Return the picture the track shows now, as PNG; `Failed` when none comes within three seconds."""
    if track.kind == "microphone":
        raise Unknown("still: sound has no picture")
    frame, codec = await _next_key_frame(track, now)
    try:
        return await asyncio.get_running_loop().run_in_executor(worker, decode, codec, frame.data)
    except BrokenExecutor:
        raise Failed(_UNREADABLE) from None


async def _next_key_frame(track: Track, now: float) -> tuple[Frame, str]:
    found: asyncio.Future[tuple[Frame, str]] = asyncio.get_running_loop().create_future()
    pictures = Pictures(track.codecs)
    expected = -1

    def look(entry: Entry, at: float) -> None:
        nonlocal expected
        seq, marked, timestamp, payload, _ = entry
        gap = expected >= 0 and seq != expected
        expected = (seq + 1) & 0xFFFF
        if found.done():
            return
        for frame in pictures.feed(bool(marked & 128), marked & 127, timestamp, payload, gap=gap):
            if frame.key and not found.done():
                found.set_result((frame, track.codecs[marked & 127]))
        if gap:
            track.ask_for_key(at)

    track.sinks += (look,)
    track.ask_for_key(now)
    try:
        async with asyncio.timeout(_WAIT_S):
            return await found
    except TimeoutError:
        raise Failed("still: no picture came") from None
    finally:
        track.sinks = tuple(sink for sink in track.sinks if sink is not look)


def decode(codec: str, data: bytes) -> bytes:
    """Decode one key frame and write it as PNG; `Failed` when it is none, or larger than memory."""
    with contextlib.suppress(av.FFmpegError, MemoryError):
        container = mux(codec, [(0.0, Frame(0, True, data))], dimensions(codec, data))
        with av.open(io.BytesIO(container), "r") as source:
            for picture in source.decode(video=0):
                out = io.BytesIO()
                cast("Any", picture).to_image().save(out, "PNG")
                return out.getvalue()
    raise Failed(_UNREADABLE)
