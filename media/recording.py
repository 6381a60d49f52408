"""Recording on this node: which calls, to which shelf, by which hands.

Frames are put together on the event loop; everything that waits for a disk happens elsewhere: chunks are encrypted and
appended by one thread, segments are closed by one worker process, in the order they were handed over. When the disk is
full, recording stops with an alert and every call goes on.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import functools
import logging
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from media import export, matrix, segment, spool
from media.errors import Refused, Unknown
from media.recorder import LegClock, Recorder
from media.segment import FORMATS, Segment, Slate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media.call import Call
    from media.leg import Leg
    from media.shelf import Shelf

T = TypeVar("T")
_log = logging.getLogger(__name__)
_BACKLOG: Final = 400
"""Chunks waiting for the disk: a minute of one call, seconds of many; beyond, recording stops."""


@dataclass(slots=True)
class CallRecording:
    """What is being recorded of one call."""

    call: Call
    legs: frozenset[str]
    kinds: frozenset[str]
    recorders: dict[tuple[str, str], Recorder] = field(default_factory=dict)
    clocks: dict[str, LegClock] = field(default_factory=dict)


class Recordings:
    """`told` hears of closed segments, `stopped` of recordings that ended by themselves (call id, reason)."""

    def __init__(
        self,
        shelf: Shelf,
        worker: Executor,
        told: Callable[[Segment], None],
        stopped: Callable[[str, str], None],
        *,
        segment_s: float = 10.0,
        low_bytes: int = 0,
        full_bytes: int = 0,
    ) -> None:
        self.shelf, self.running = shelf, dict[str, CallRecording]()
        self._worker, self._told, self._stopped = worker, told, stopped
        self._segment_s, self._low, self._full = segment_s, low_bytes, full_bytes
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._tail: asyncio.Future[Any] | None = None

    async def recover(self) -> list[Segment]:
        """Close what a crash left open."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.shelf.recover)

    def start(self, call: Call, legs: tuple[str, ...], kinds: tuple[str, ...], now: float) -> None:
        """Record from the next packet on; a call being recorded already gets the new choice of legs and kinds."""
        if self.shelf.free() < self._full:
            raise Refused("recording: the disk is full")
        self.shelf.key(call.call_id, make=True)
        going = self.running.get(call.call_id)
        if going is None:
            self.running[call.call_id] = CallRecording(call, frozenset(legs), frozenset(kinds))
        else:
            going.legs, going.kinds = frozenset(legs), frozenset(kinds)
        self.follow(call, now)

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
            going.recorders.pop(key).stop(now)
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
        call_id = going.call.call_id
        slate = Slate(call_id, leg_id, leg.role, kind, codec, self.shelf.next_index(call_id, leg_id, kind))
        clock = going.clocks.setdefault(leg_id, LegClock())
        recorder = Recorder(slate, track, self, clock, self._segment_s, time.time() - now)
        going.recorders[key] = recorder
        recorder.start(now)

    def leg_gone(self, call_id: str, leg_id: str, now: float) -> None:
        """Close what was being recorded of a leg."""
        going = self.running.get(call_id)
        for key in [key for key in going.recorders if key[0] == leg_id] if going else []:
            going.recorders.pop(key).stop(now)  # type: ignore[union-attr]

    def stop(self, call_id: str, now: float) -> bool:
        """Stop with the packet that was the last; False when the call was not being recorded."""
        going = self.running.pop(call_id, None)
        if going is None:
            return False
        for recorder in going.recorders.values():
            recorder.stop(now)
        return True

    def tick(self, call: Call, now: float) -> None:
        """Put together what has arrived of a call, look for new tracks, watch the disk; once a second for each call."""
        going = self.running.get(call.call_id)
        if going is None:
            return
        self.follow(call, now)
        for recorder in going.recorders.values():
            recorder.digest(now)
        self._watch_disk(now)

    def _watch_disk(self, now: float) -> None:
        if self._waiting > _BACKLOG:
            self._give_up(now, "disk_slow")
        elif self.shelf.free() < self._low:
            self.shelf.make_room(self._low, set(self.running))
            if self.shelf.free() < self._full:
                self._give_up(now, "disk_full")

    def _give_up(self, now: float, reason: str) -> None:
        for call_id in list(self.running):
            self.stop(call_id, now)
            self._stopped(call_id, reason)

    # -- the spooler: called by recorders --------------------------------------------------------------------------

    def begin(self, slate: Slate) -> None:
        self._on_thread(functools.partial(self.shelf.open_slate, slate))

    def chunk(self, slate: Slate, index: int, records: bytes) -> None:
        path = self.shelf.of(slate.call_id) / f"{slate.stem}.open"
        self._on_thread(functools.partial(spool.append, path, self.shelf.key(slate.call_id), index, records))

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
        folder, key = self.shelf.of(slate.call_id), self.shelf.key(slate.call_id)
        try:
            closed = await asyncio.get_running_loop().run_in_executor(
                self._worker, segment.close, folder, slate, key, False
            )
        except Exception:
            # The spool stays; the next start recovers it.
            _log.exception("a segment could not be closed")
            if self.stop(slate.call_id, time.monotonic()):
                self._stopped(slate.call_id, "segment_failed")
            return
        if closed is not None:
            self._told(closed)

    async def read(self, call_id: str, name: str) -> dict[str, Any]:
        """Decrypt one segment, for playback."""
        found = self.shelf.find(call_id, name)
        data = await self._elsewhere(segment.read, self.shelf.of(call_id), found, self.shelf.key(call_id))
        return {"segment": dataclasses.asdict(found), "data": base64.b64encode(data).decode()}

    async def export(self, call_id: str, form: str, progress: Callable[[str, str, float], None]) -> dict[str, Any]:
        """Write one file of all the call's segments so far; returns its name, size and hash."""
        segments = self.shelf.segments(call_id)
        if not segments:
            raise Unknown(f"recording: nothing of {call_id} here")
        folder, key = self.shelf.of(call_id), self.shelf.key(call_id)
        work = self._elsewhere(export.write, folder, key, segments, form)
        watch = asyncio.create_task(self._watch_export(folder, call_id, form, progress))
        try:
            return dataclasses.asdict(await work)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _watch_export(
        self, folder: Path, call_id: str, form: str, progress: Callable[[str, str, float], None]
    ) -> None:
        while True:
            await asyncio.sleep(1.0)
            progress(call_id, form, export.progress(folder, form))

    def _elsewhere(self, function: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._worker, function, *arguments)

    async def settle(self) -> None:
        """Wait until everything handed over is on disk."""
        while self._closing:
            await asyncio.gather(*self._closing)
        if self._tail is not None:
            await asyncio.wait([self._tail])

    def close(self) -> None:
        """End the thread; `settle` comes first."""
        self._thread.shutdown()
