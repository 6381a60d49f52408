"""What one browser sends on one SSRC: followed, remembered for retransmission, handed to everyone who wants it.

`put` is the hot path: a handful of steps a packet. Loss is noticed there and asked for in `tick`, once however many
viewers miss the packet. Packets are remembered as (seq, marked, timestamp, payload, extensions), where `marked` is the
second byte of the header: marker bit and payload type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from media import rtcp
from media.rtp import starts_key_frame

if TYPE_CHECKING:
    from media.control import Kind
    from media.stream import Stream

Entry = tuple[int, int, int, bytes, Mapping[str, bytes] | None]
Sink = Callable[[Entry, float], None]

KEY_EVERY_S: Final = 0.5
"""A key frame is some twenty times a common one: never more than two a second, whoever asks."""
_REMEMBERED: Final = {"microphone": 64}
_REMEMBERED_VIDEO: Final = 512
"""Two seconds of 2 Mbit/s, half a megabyte: longer than any retransmission is of use."""
_NACK_AFTER_S: Final = 0.01
_NACK_AGAIN_S: Final = 0.03
"""Asking more often than once a round trip brings the same packet twice; a tick, and pacing, come on top."""
_TRIP_S: Final = 0.1
"""Until a round trip was measured, as libwebrtc does (kDefaultRttMs)."""
_NACK_FOR_S: Final = 2.0
"""A browser sends again no more than it may send at all, so an answer may take a second; after 3 s without a picture
the viewer asks for a key frame."""
_NACK_PER_TICK: Final = 128
_LEAP: Final = 400
"""A jump this far is a sender that started anew, not loss worth asking for."""
_FREEZE_S: Final = 0.2


class Track:
    """One SSRC of a publisher. `codecs` maps its payload types; `send_rtcp` reaches it; `hurry` asks to be ticked."""

    __slots__ = (
        "_asked_at", "_base", "_expected_before", "_frame_at", "_hurry", "_last_transit", "_mask", "_rated_at",
        "_rated_octets", "_received_before", "_send_rtcp", "alive_at", "clock_rate", "codecs", "discarded",
        "frames", "freezes", "jitter", "key_due", "kind", "local_ssrc", "lost_asked", "missing", "octets",
        "packets", "rate_bps", "recovered", "report", "ring", "sinks", "ssrc", "streams", "top", "waiting",
    )  # fmt: skip

    def __init__(
        self,
        kind: Kind,
        ssrc: int,
        codecs: dict[int, str],
        local_ssrc: int,
        send_rtcp: Callable[[bytes], None],
        hurry: Callable[[], None],
    ) -> None:
        self.kind, self.ssrc, self.codecs, self.local_ssrc = kind, ssrc, codecs, local_ssrc
        self.clock_rate = 48000 if kind == "microphone" else 90000
        self.streams: tuple[Stream, ...] = ()
        self.waiting: tuple[Stream, ...] = ()
        self.sinks: tuple[Sink, ...] = ()
        self.ring: list[Entry | None] = []
        self._mask = _REMEMBERED.get(kind, _REMEMBERED_VIDEO) - 1
        self.top = self._base = -1
        self.missing: dict[int, list[float]] = {}
        self.report: tuple[int, int, float] | None = None
        self.packets = self.octets = self.frames = self.freezes = self.recovered = self.discarded = 0
        self.lost_asked = self._expected_before = self._received_before = 0
        self.jitter = self._last_transit = self._frame_at = self.alive_at = 0.0
        self._asked_at = self.key_due = 0.0
        self.rate_bps = self._rated_octets = 0
        self._rated_at = 0.0
        self._send_rtcp, self._hurry = send_rtcp, hurry

    def restart(self, ssrc: int, now: float) -> None:
        """The publisher starts, or goes on, with this SSRC; viewers notice no more than a missing moment."""
        viewers = self.streams + self.waiting
        for stream in viewers:
            stream.pause(now)
        self.ssrc, self.top, self.report = ssrc, -1, None
        self.missing.clear()
        self.packets = self._expected_before = self._received_before = 0
        for stream in viewers:
            stream.follow_anew(now)

    def put(
        self, marked: int, seq: int, timestamp: int, payload: bytes, now: float, extra: Mapping[str, bytes] | None
    ) -> None:
        """Take the next packet, plain and taken apart."""
        step = (seq - self.top) & 0xFFFF
        if step != 1 or self.top < 0:
            step = self._out_of_step(step, seq, now)
            if not step:
                self._late(marked, seq, timestamp, payload, now, extra)
                return
        self.top += step
        self.packets += 1
        self.octets += len(payload)
        entry = (seq, marked, timestamp, payload, extra)
        self.ring[seq & self._mask] = entry
        if self.waiting:
            self._admit(entry, now)
        stamp = int(now * 262144.0) & 0xFFFFFF
        for stream in self.streams:
            stream.send(marked, seq, timestamp, payload, stamp, extra)
        if self.sinks:
            for sink in self.sinks:
                sink(entry, now)
        if marked & 128 or self.clock_rate == 48000:
            self._frame(timestamp, now)

    def _out_of_step(self, step: int, seq: int, now: float) -> int:
        """Return how far the packet moves the stream on, 0 for a late one; note what it skips."""
        if self.top < 0:
            self.ring = [None] * (self._mask + 1)
            self.top, self._base = seq - 1 + 0x10000, seq + 0x10000
            self.alive_at = now
            return 1
        if step == 0 or step >= 0x8000:
            return 0
        if step > _LEAP:
            self.missing.clear()
            self.ring = [None] * (self._mask + 1)
            self._base += step - 1
            self.ask_for_key(now)
        elif self.clock_rate != 48000:
            for lost in range(self.top + 1, self.top + step):
                self.missing[lost] = [now, 0.0, 0]
            self._hurry()
        return step

    def _late(
        self, marked: int, seq: int, timestamp: int, payload: bytes, now: float, extra: Mapping[str, bytes] | None
    ) -> None:
        """Pass on a packet that comes after younger ones: reordered or sent again."""
        behind = (self.top - seq) & 0xFFFF
        if behind > self._mask or (self.ring[seq & self._mask] is not None and self._is_here(seq)):
            self.discarded += 1
            return
        self.missing.pop(self.top - behind, None)
        self.packets += 1
        self.recovered += 1
        self.octets += len(payload)
        entry = (seq, marked, timestamp, payload, extra)
        self.ring[seq & self._mask] = entry
        stamp = int(now * 262144.0) & 0xFFFFFF
        for stream in self.streams:
            if stream.covers(seq):
                stream.send(marked, seq, timestamp, payload, stamp, extra)
        for sink in self.sinks:
            sink(entry, now)

    def _is_here(self, seq: int) -> bool:
        entry = self.ring[seq & self._mask]
        return entry is not None and entry[0] == seq

    def remembered(self, seq: int) -> Entry | None:
        """The packet with this sequence number, if it has not been overwritten."""
        if not self.ring:
            return None
        entry = self.ring[seq & self._mask]
        return entry if entry is not None and entry[0] == seq else None

    def _admit(self, entry: Entry, now: float) -> None:
        """Start the streams that wait for a picture to start with."""
        seq, marked, timestamp, payload, _ = entry
        if self.clock_rate == 48000 or starts_key_frame(self.codecs.get(marked & 127, ""), payload):
            for stream in self.waiting:
                stream.begin(seq, timestamp, now)
            self.streams += self.waiting
            self.waiting = ()

    def _frame(self, timestamp: int, now: float) -> None:
        """Count frames, freezes and jitter (RFC 3550 §6.4.1), once a frame."""
        self.frames += 1
        transit = now * self.clock_rate - timestamp
        drift = abs(transit - self._last_transit)
        if self._frame_at:
            # A wrapped timestamp or a jump of the sender's clock is no jitter.
            if drift < self.clock_rate:
                self.jitter += (drift - self.jitter) / 16
            if now - self._frame_at > _FREEZE_S and self.clock_rate != 48000:
                self.freezes += 1
        self._last_transit = transit
        self._frame_at = self.alive_at = now

    def ask_for_key(self, now: float) -> None:
        """Ask the publisher for a picture that needs no other; too early asks are answered later, never lost."""
        if self.clock_rate == 48000 or not self.ssrc:
            return
        if now - self._asked_at >= KEY_EVERY_S:
            self._asked_at, self.key_due = now, 0.0
            self._send_rtcp(rtcp.picture_loss(self.local_ssrc, self.ssrc))
        else:
            self.key_due = self._asked_at + KEY_EVERY_S
            self._hurry()

    def tick(self, now: float, trip_s: float | None) -> None:
        """Ask for what is missing and for the key frame that is due; a hundred times a second."""
        if self.key_due and now >= self.key_due:
            self.ask_for_key(now)
        if self.missing:
            self._ask_for_missing(now, max(_NACK_AGAIN_S, _TRIP_S if trip_s is None else trip_s))

    def _ask_for_missing(self, now: float, again_s: float) -> None:
        ask: list[int] = []
        for lost, state in list(self.missing.items()):
            since, asked, tries = state
            if now - since > _NACK_FOR_S or self.top - lost > self._mask:
                del self.missing[lost]
            elif now - since >= _NACK_AFTER_S and now - asked >= again_s * (1 + tries / 4):
                state[1], state[2] = now, tries + 1
                ask.append(lost & 0xFFFF)
                if len(ask) == _NACK_PER_TICK:
                    break
        if ask:
            self.lost_asked += len(ask)
            self._send_rtcp(rtcp.nack(self.local_ssrc, self.ssrc, ask))

    def sender_reported(self, report: rtcp.SenderReport, now: float) -> None:
        self.report = (report.ntp, report.timestamp, now)

    def block(self, now: float) -> rtcp.Block | None:
        """What to tell the publisher about reception since the last block."""
        if self.top < 0:
            return None
        expected = self.top - self._base + 1
        lost = max(-0x800000, min(0x7FFFFF, expected - self.packets))
        expected_since, received_since = expected - self._expected_before, self.packets - self._received_before
        self._expected_before, self._received_before = expected, self.packets
        lost_since = expected_since - received_since
        fraction = 0 if expected_since <= 0 or lost_since <= 0 else min(255, (lost_since << 8) // expected_since)
        last, delay = 0, 0
        if self.report is not None:
            last, delay = self.report[0] >> 16 & 0xFFFFFFFF, min(0xFFFFFFFF, int((now - self.report[2]) * 65536))
        return rtcp.Block(self.ssrc, fraction, lost, self.top & 0xFFFFFFFF, int(self.jitter), last, delay)

    def measure(self, now: float) -> None:
        """Update `rate_bps`, and ask again for a key frame somebody waits for; called once a second.

        A request may be lost or come too early, and who is shown nothing yet does not ask by itself.
        """
        if self._rated_at and now > self._rated_at:
            self.rate_bps = int((self.octets - self._rated_octets) * 8 / (now - self._rated_at))
        self._rated_at, self._rated_octets = now, self.octets
        if self.waiting and self.rate_bps:
            self.ask_for_key(now)

    @property
    def lost(self) -> int:
        return max(0, self.top - self._base + 1 - self.packets) if self.top >= 0 else 0


class Repair:
    """The SSRC on which a publisher sends lost packets of a track again (RFC 4588)."""

    __slots__ = ("_about", "padding", "track")

    def __init__(self, track: Track, about: dict[int, int]) -> None:
        self.track, self._about, self.padding = track, about, 0

    def put(
        self, marked: int, seq: int, timestamp: int, payload: bytes, now: float, extra: Mapping[str, bytes] | None
    ) -> None:
        original = self._about.get(marked & 127)
        # Probing for bandwidth, Chrome sends padding here, which ends with the transport.
        if len(payload) < 2 or original is None:
            self.padding += 1
            return
        self.track.put(marked & 128 | original, int.from_bytes(payload[:2], "big"), timestamp, payload[2:], now, extra)
