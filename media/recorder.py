"""Follows one track for the recording: packets in, chunks of a spool out, a new segment every ten seconds.

A recorder is a sink of its track, nothing more: the call does not notice it. Packets are kept for a moment, so that
those sent again find their place, put together once a second, and handed on as one chunk. Nothing that arrives after
`stop` is written, and nothing that arrived after the moment until which the recording is known to be wanted; everything
before is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Protocol

from media.depacketise import Frame, assembler
from media.segment import RATES, Slate
from media.spool import Clock, pack_clock, pack_frame

if TYPE_CHECKING:
    from media.incoming import Entry, Track

_WAIT_S: Final = 0.6
"""How long a missing packet is waited for: some four requests at 100 ms round trip."""
_NTP: Final = 2_208_988_800
_STRETCH: Final = 6
"""No segment begins without a key frame, so one goes on until there is one; after this many lengths what follows is
left out up to it."""


class Spooler(Protocol):
    """Where chunks go."""

    def begin(self, slate: Slate) -> None: ...
    def chunk(self, slate: Slate, index: int, records: bytes) -> None: ...
    def finish(self, slate: Slate) -> None: ...


class LegClock:
    """How far a publisher's clock is behind ours, shared by its tracks so that they stay in step.

    The least delay seen is nearest to the truth: a report can arrive late, never early. Whoever asks, the reports of
    all tracks count: else the first to ask would be out of step with the next by as much as one report came sooner.
    """

    def __init__(self) -> None:
        self._tracks: set[Track] = set()
        self._least_s = math.inf

    def follow(self, track: Track) -> None:
        self._tracks.add(track)

    def behind_s(self, utc_ahead_s: float) -> float:
        """Return the offset of UTC, itself `utc_ahead_s` ahead of the clock that arrivals are told by."""
        for track in self._tracks:
            if track.report is not None:
                ntp, _, arrived_at = track.report
                self._least_s = min(self._least_s, arrived_at + utc_ahead_s - _utc(ntp))
        return self._least_s


def _utc(ntp: int) -> float:
    return ntp / (1 << 32) - _NTP


class Recorder:
    """One track of one leg, from `start` to `stop`."""

    def __init__(
        self, slate: Slate, track: Track, spooler: Spooler, clock: LegClock, segment_s: float, utc_ahead_s: float
    ) -> None:
        self.slate, self.track = slate, track
        self._spooler, self._clock, self._segment_s, self._utc = spooler, clock, segment_s, utc_ahead_s
        self._assembler = assembler(slate.kind, track.codecs)
        self._pending: list[tuple[Entry, float]] = []
        self._next = self._timestamp = -1
        self._first: Clock | None = None
        self._opened: int | None = None
        self._chunks = 0
        self._rate = RATES[slate.codec]
        self.frames = self.damaged = 0

    def start(self, now: float) -> None:
        """Follow the track from its next packet on."""
        self._clock.follow(self.track)
        self.track.sinks += (self._take,)
        self.track.ask_for_key(now)

    def stop(self, now: float, wanted_until: float) -> None:
        """Write what had arrived by then and no more, and close the segment."""
        self.track.sinks = tuple(sink for sink in self.track.sinks if sink != self._take)
        self._pending = [one for one in self._pending if one[1] <= wanted_until]
        self.digest(now, wanted_until, everything=True)
        self._pending.clear()
        self._finish()

    def _take(self, entry: Entry, now: float) -> None:
        self._pending.append((entry, now))

    def digest(self, now: float, wanted_until: float, *, everything: bool = False) -> None:
        """Put together what is complete, or too old to wait for more, and had arrived by then; once a second."""
        ready = self._ready(now, wanted_until, everything=everything)
        records: list[bytes] = []
        for seq, (entry, arrived_at) in ready:
            gap = self._next >= 0 and seq != self._next
            self._next = seq + 1
            for frame in self._assembler.feed(
                bool(entry[1] & 128), entry[1] & 127, self._unwrapped(entry[2]), entry[3], gap=gap
            ):
                if self._first is None:
                    self._first = Clock(arrived_at + self._utc, frame.timestamp, 0.0)
                if not self._has_place(frame, records, now):
                    continue
                records.append(pack_frame(frame, arrived_at + self._utc))
                self.frames += 1
            self.damaged += gap
        if self._assembler.needs_key and ready:
            self.track.ask_for_key(now)
        self._write(records)

    def _ready(self, now: float, wanted_until: float, *, everything: bool) -> list[tuple[int, tuple[Entry, float]]]:
        base = self._next if self._next >= 0 else (self._pending[0][0][0] if self._pending else 0)
        order = sorted(
            ((base + (((one[0][0] - base) & 0xFFFF) ^ 0x8000) - 0x8000, one) for one in self._pending),
            key=lambda pair: pair[0],
        )
        taken, expected = 0, self._next
        for seq, (_, arrived_at) in order:
            if arrived_at > wanted_until:
                break
            if not everything and expected >= 0 and seq > expected and now - arrived_at < _WAIT_S:
                break
            taken, expected = taken + 1, seq + 1
        self._pending = [one for _, one in order[taken:]]
        found, last = [], self._next - 1 if self._next >= 0 else None
        for seq, one in order[:taken]:
            if last is None or seq > last:
                found.append((seq, one))
                last = seq
        return found

    def _unwrapped(self, timestamp: int) -> int:
        if self._timestamp < 0:
            self._timestamp = timestamp + (1 << 32)
        else:
            self._timestamp += ((timestamp - self._timestamp) & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
        return self._timestamp

    def _has_place(self, frame: Frame, records: list[bytes], now: float) -> bool:
        """Begin a new segment with this frame when the old one is long enough; False when it cannot begin one."""
        if self._opened is not None:
            length = (frame.timestamp - self._opened) / self._rate
            if length < self._segment_s or (not frame.key and length < _STRETCH * self._segment_s):
                if length >= self._segment_s - 0.5:
                    self.track.ask_for_key(now)
                return True
            self._write(records)
            self._finish()
        if not frame.key:
            self.track.ask_for_key(now)
            return False
        self._opened = frame.timestamp
        self._spooler.begin(self.slate)
        return True

    def _write(self, records: list[bytes]) -> None:
        if self._opened is None or not records:
            return
        clock = self._read_clock()
        if clock is not None:
            records.append(pack_clock(clock))
        self._spooler.chunk(self.slate, self._chunks, b"".join(records))
        self._chunks += 1
        records.clear()

    def _read_clock(self) -> Clock | None:
        """Relate the publisher's clock to the media timestamps; until it has reported, the first arrival stands in."""
        report = self.track.report
        if report is None or self._timestamp < 0:
            return self._first
        ntp, timestamp, _ = report
        behind = ((timestamp - self._timestamp) & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
        return Clock(_utc(ntp), self._timestamp + behind, self._clock.behind_s(self._utc))

    def _finish(self) -> None:
        if self._opened is None:
            return
        self._spooler.finish(self.slate)
        self._opened, self._chunks = None, 0
        one = self.slate
        self.slate = Slate(one.recording_id, one.leg_id, one.role, one.kind, one.codec, one.index + 1)
