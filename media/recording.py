"""Recording on this node: which calls, to which shelf, by which hands.

Frames are put together on the event loop; everything that waits for a disk happens elsewhere: chunks are encrypted and
appended by one thread, segments are closed by one worker process, in the order they were handed over. When the disk is
full, recording stops with an alert and every call goes on.

Promise: what nobody is known to want is not kept. Signaling wants a recording from its `start` on as long as the
control channel shows signs of life; once that breaks, what arrives is held back until signaling asks for the recording
again, and thrown away, back to the last sign of life, when it asks for its end or says nothing for `LAPSE_S`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import functools
import hashlib
import logging
import time
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from media import export, matrix, segment, spool
from media.errors import Failed, Malformed, Refused, Unknown
from media.recorder import LegClock, Recorder
from media.segment import FORMATS, Segment, Slate
from media.shelf import is_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from media.call import Call
    from media.leg import Leg
    from media.shelf import Shelf

T = TypeVar("T")
_log = logging.getLogger(__name__)
_BACKLOG: Final = 400
"""Chunks waiting for the disk: a minute of one call, seconds of many; beyond, recording stops."""
_MOST_EXPORTS: Final = 4
_MOST_LENT: Final = 64 << 20
"""Bytes of one segment: half a minute at 16 Mbit/s."""
LAPSE_S: Final = 10.0
"""A service that is started again is back by then; held back meanwhile are some 5 MB for each call."""


@dataclass(slots=True)
class CallRecording:
    """What is being recorded of one call."""

    call: Call
    recording_id: str
    legs: frozenset[str]
    kinds: frozenset[str]
    wanted_until: float
    """What had arrived by then may be written."""
    asked_here: bool = True
    """Signaling asked for it over the control channel that stands now."""
    recorders: dict[tuple[str, str], Recorder] = field(default_factory=dict)
    clocks: dict[str, LegClock] = field(default_factory=dict)


class Recordings:
    """`told` hears of closed segments, `stopped` of recordings that ended by themselves (recording id, reason),
    `erased` of those that went to make room. `exporter` is another process than `worker`: an export takes minutes."""

    def __init__(
        self,
        shelf: Shelf,
        worker: Executor,
        told: Callable[[Segment], None],
        stopped: Callable[[str, str], None],
        *,
        exporter: Executor | None = None,
        erased: Callable[[str], None] = lambda recording_id: None,
        segment_s: float = 10.0,
        low_bytes: int = 0,
        full_bytes: int = 0,
    ) -> None:
        self.shelf, self.running = shelf, dict[str, CallRecording]()
        self._worker, self._told, self._stopped, self._erased = worker, told, stopped, erased
        self._exporter = exporter or worker
        self._exports = 0
        self._lent: dict[str, bytearray] = {}
        """The one segment that is being lent now, piece by piece."""
        self._clearing: asyncio.Future[list[str]] | None = None
        self._segment_s, self._low, self._full = segment_s, low_bytes, full_bytes
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._tail: asyncio.Future[Any] | None = None

    def room(self) -> int:
        """How many bytes may be written before recording stops."""
        return max(0, self.shelf.free() - self._full)

    async def recover(self) -> list[Segment]:
        """Close what a crash left open."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.shelf.recover)

    def start(
        self, call: Call, legs: tuple[str, ...], kinds: tuple[str, ...], now: float, recording_id: str = ""
    ) -> None:
        """Record from the next packet on; a recording that runs already gets the new choice of legs and kinds."""
        if self.shelf.free() < self._full:
            raise Refused("recording: the disk is full")
        recording_id = recording_id or call.call_id
        self.shelf.key(recording_id, make=True)
        going = self.running.get(call.call_id)
        if going is None or going.recording_id != recording_id:
            self.stop(call.call_id, now)
            self.running[call.call_id] = CallRecording(call, recording_id, frozenset(legs), frozenset(kinds), now)
        else:
            going.legs, going.kinds = frozenset(legs), frozenset(kinds)
            going.wanted_until, going.asked_here = now, True
        self.follow(call, now)

    def confirm(self, now: float) -> None:
        """Signaling has shown a sign of life, over the channel it asked over."""
        for going in self.running.values():
            if going.asked_here:
                going.wanted_until = now

    def doubt(self) -> None:
        """The control channel is gone: until it is asked for again, nobody is known to want any recording."""
        for going in self.running.values():
            going.asked_here = False

    def follow(self, call: Call, now: float) -> None:
        """Begin with tracks that have appeared, end with those that are gone or no longer chosen."""
        going = self.running.get(call.call_id)
        if going is None:
            return
        wanted = {
            (leg_id, kind): (leg, layers)
            for leg_id, leg in call.legs.items()
            if matrix.speaks(leg.role) and (not going.legs or leg_id in going.legs)
            for kind, layers in leg.tracks.items()
            if kind in going.kinds
        }
        for key in going.recorders.keys() - wanted.keys():
            going.recorders.pop(key).stop(now, going.wanted_until)
        for key, (leg, layers) in wanted.items():
            # Of a simulcast the largest layer, which the page names first.
            if key not in going.recorders and layers[0].top >= 0:
                self._add(going, leg, key, now)

    def _add(self, going: CallRecording, leg: Leg, key: tuple[str, str], now: float) -> None:
        leg_id, kind = key
        track = leg.tracks[kind][0]  # type: ignore[index]
        latest = track.remembered(track.top & 0xFFFF)
        codec = track.codecs.get(latest[1] & 127, "") if latest is not None else ""
        codec = "opus" if codec == "red" else codec
        if codec not in FORMATS:
            return
        index = self.shelf.next_index(going.recording_id, leg_id, kind)
        slate = Slate(going.recording_id, leg_id, leg.role, kind, codec, index)
        clock = going.clocks.setdefault(leg_id, LegClock())
        recorder = Recorder(slate, track, self, clock, self._segment_s, time.time() - now)
        going.recorders[key] = recorder
        recorder.start(now)

    def leg_gone(self, call_id: str, leg_id: str, now: float) -> None:
        """Close what was being recorded of a leg."""
        going = self.running.get(call_id)
        if going is None:
            return
        for key in [key for key in going.recorders if key[0] == leg_id]:
            going.recorders.pop(key).stop(now, going.wanted_until)
        going.clocks.pop(leg_id, None)

    def stop(self, call_id: str, now: float) -> bool:
        """Stop with the packet that was the last wanted; False when the call was not being recorded."""
        going = self.running.pop(call_id, None)
        if going is None:
            return False
        for recorder in going.recorders.values():
            recorder.stop(now, going.wanted_until)
        return True

    def tick(self, call: Call, now: float) -> None:
        """Put together what has arrived of a call, look for new tracks, watch the disk; once a second for each call."""
        going = self.running.get(call.call_id)
        if going is None:
            return
        if now - going.wanted_until > LAPSE_S:
            _log.warning("recording of %s ends: signaling has not asked for it again", going.recording_id)
            self.stop(call.call_id, now)
            return
        self.follow(call, now)
        for recorder in going.recorders.values():
            recorder.digest(now, going.wanted_until)
        self._watch_disk(now)

    def _watch_disk(self, now: float) -> None:
        if self._waiting > _BACKLOG:
            self._give_up(now, "disk_slow")
            return
        free = self.shelf.free()
        if free < self._low and self._clearing is None:
            busy = {going.recording_id for going in self.running.values()}
            self._clearing = self._behind(self.shelf.make_room, self._low, busy)
            self._clearing.add_done_callback(self._cleared)
        if free < self._full:
            self._give_up(now, "disk_full")

    def _cleared(self, done: asyncio.Future[list[str]]) -> None:
        self._clearing = None
        if (error := done.exception()) is not None:
            _log.error("no room could be made: %s", error)
            return
        for recording_id in done.result():
            self._erased(recording_id)

    def _give_up(self, now: float, reason: str, recording_id: str = "") -> None:
        """Stop recording: everything, or one that cannot go on."""
        ended = {
            call_id: going.recording_id
            for call_id, going in self.running.items()
            if recording_id in ("", going.recording_id)
        }
        for call_id in ended:
            self.stop(call_id, now)
        for one in dict.fromkeys(ended.values()):
            self._stopped(one, reason)

    # -- the spooler: called by recorders --------------------------------------------------------------------------

    def begin(self, slate: Slate) -> None:
        self._on_thread(functools.partial(self.shelf.open_slate, slate))

    def chunk(self, slate: Slate, index: int, records: bytes) -> None:
        path = self.shelf.of(slate.recording_id) / f"{slate.stem}.open"
        self._on_thread(functools.partial(spool.append, path, self.shelf.key(slate.recording_id), index, records))

    def finish(self, slate: Slate) -> None:
        written = self._tail
        task = asyncio.get_running_loop().create_task(self._close(slate, written))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _on_thread(self, work: Callable[[], None]) -> None:
        self._waiting += 1
        self._tail = asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._tail.add_done_callback(self._written)

    def _written(self, done: asyncio.Future[Any]) -> None:
        self._waiting -= 1
        error = done.exception()
        if error is not None:
            _log.error("a chunk could not be written: %s", error)
            self._give_up(time.monotonic(), "disk_failed")

    async def _close(self, slate: Slate, written: asyncio.Future[Any] | None) -> None:
        if written is not None:
            await asyncio.wait([written])
        try:
            closed = await self._by_worker(slate)
        except Exception:
            # The spool stays; the next start recovers it.
            _log.exception("a segment could not be closed")
            self._give_up(time.monotonic(), "segment_failed", slate.recording_id)
            return
        if closed is not None:
            self._told(closed)

    async def _by_worker(self, slate: Slate) -> Segment | None:
        folder, key = self.shelf.of(slate.recording_id), self.shelf.key(slate.recording_id)
        close = functools.partial(segment.close, folder, slate, key)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._worker, close)
        except BrokenExecutor:
            # It died over what came before this, most likely: a still.
            return await loop.run_in_executor(self._worker, close)

    # -- what lies there -------------------------------------------------------------------------------------------

    async def counts(self) -> dict[str, int]:
        """Name every recording, and how many segments it has."""
        return await self._behind(self.shelf.counts)

    async def listing(self, recording_id: str) -> dict[str, Any]:
        """Name every segment and export of a recording."""
        segments = await self._behind(self.shelf.segments, recording_id)
        exports = await self._behind(self.shelf.exports, recording_id)
        return {
            name: [dataclasses.asdict(one) for one in found]
            for name, found in (("segments", segments), ("exports", exports))
        }

    async def read(self, recording_id: str, name: str, offset: int) -> dict[str, Any]:
        """Decrypt a piece of a segment or an export."""
        data, size = await self._behind(self.shelf.read, recording_id, name, offset)
        return {"data": base64.b64encode(data).decode(), "size": size}

    async def release(self, recording_id: str, *, at_once: bool) -> None:
        """Let a recording go when room is needed, or erase it now."""
        if self._closing:
            await asyncio.wait(self._closing)
        if any(going.recording_id == recording_id for going in self.running.values()):
            raise Refused("recording: it is still running")
        await self._behind(self.shelf.delete if at_once else self.shelf.release, recording_id)

    async def lend(self, recording_id: str, told: dict[str, Any], size: int, offset: int, data: str) -> None:
        """Take a piece of a segment that another node has; with the last one it is checked, and there for an export."""
        one = _segment(recording_id, told)
        if not 0 < size <= _MOST_LENT:
            raise Refused(f"recording: a segment of at most {_MOST_LENT} bytes")
        if not offset:
            self._lent.clear()
        piece = base64.b64decode(data)
        buffer = self._lent.setdefault(one.name, bytearray())
        if offset != len(buffer) or offset + len(piece) > size:
            self._lent.clear()
            raise Malformed("offset: pieces come in order")
        buffer += piece
        if len(buffer) < size:
            return
        self._lent.clear()
        if hashlib.sha256(buffer).hexdigest() != one.content_sha256:
            raise Malformed("data: not what the segment's hash says")
        await self._behind(self.shelf.lend, one, bytes(buffer))

    async def export(
        self, recording_id: str, form: str, people: Mapping[str, str], progress: Callable[[str, str, float], None]
    ) -> dict[str, Any]:
        """Write one file of all the segments so far; returns its name, size and hash."""
        segments = await self._behind(self.shelf.segments, recording_id)
        if not segments:
            raise Unknown(f"recording: nothing of {recording_id} here")
        segments = segments + await self._behind(self.shelf.lent, recording_id)
        if self._exports >= _MOST_EXPORTS:
            raise Refused(f"recording: {_MOST_EXPORTS} exports are under way")
        folder, key = self.shelf.of(recording_id), self.shelf.key(recording_id)
        self._exports += 1
        work = asyncio.get_running_loop().run_in_executor(
            self._exporter, export.write, folder, key, segments, form, people
        )
        watch = asyncio.create_task(self._watch_export(folder, recording_id, form, progress))
        try:
            made = dataclasses.asdict(await work)
            await self._behind(self.shelf.give_back, recording_id)
            return made
        except BrokenExecutor:
            raise Failed("recording: the export could not be made") from None
        finally:
            self._exports -= 1
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _watch_export(
        self, folder: Path, recording_id: str, form: str, progress: Callable[[str, str, float], None]
    ) -> None:
        while True:
            await asyncio.sleep(1.0)
            progress(recording_id, form, export.progress(folder, form))

    def _behind(self, function: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        """Have the disk's thread do something, in turn with what is written."""
        return asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def settle(self) -> None:
        """Wait until everything handed over is on disk."""
        while self._closing:
            await asyncio.gather(*self._closing)
        if self._tail is not None:
            await asyncio.wait([self._tail])

    def close(self) -> None:
        """End the thread; `settle` comes first."""
        self._thread.shutdown()


def _segment(recording_id: str, told: dict[str, Any]) -> Segment:
    """Read what another node said of its segment; raises `Malformed`."""
    try:
        one = Segment(**{**told, "gaps": tuple((float(start), float(end)) for start, end in told.get("gaps", ()))})
        right = one.recording_id == recording_id and one.codec in FORMATS and is_name(one.name)
        at, length, size = float(one.started_at), float(one.duration_s), (int(one.width), int(one.height))
    except (TypeError, ValueError):
        raise Malformed("segment: as a node tells it") from None
    if not right or not (0 <= at < 1e11 and 0 <= length < 1e6 and max(size) <= 1 << 14 and min(size) >= 0):
        raise Malformed("segment: of this recording, with a name, a codec and times")
    return one
