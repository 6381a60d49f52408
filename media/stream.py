"""What one viewer is sent on one SSRC of ours: whoever's packets, renumbered so that the change does not show.

`send` rewrites the fixed header and the send time of a packet and encrypts it into the leg's outbox. Sequence numbers
and timestamps go on without a jump when the source changes or pauses. A viewer's retransmission requests are answered
from the track's memory, on the repair SSRC where the viewer has one.
"""

from __future__ import annotations

import secrets
from struct import Struct
from typing import TYPE_CHECKING, Final

from media import rtcp
from media.rtp import ABS_SEND_TIME, PASSED_ON, extension_block, red_primary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from media.control import Kind
    from media.incoming import Track
    from media.outbox import Outbox
    from media.sdp import Section, Voice

_HEAD: Final = Struct("!BBHIIHHI")
_BARE: Final = Struct("!BBHII")
_RESENT_AGAIN_S: Final = 0.03
_RESENT_MOST: Final = 64
"""Packets sent again for one request; more is a viewer that needs a key frame."""
_RESENT_LEAST: Final = 128
"""Packets that may be sent again in any second: a key frame lost whole, on a stream that is still otherwise."""


class Stream:
    """Belongs to one leg and one of its sections."""

    __slots__ = (
        "_begun", "_begun_seq", "_bytes", "_counted", "_extensions", "_formats", "_last_seq", "_last_time",
        "_last_timestamp", "_may_resend", "_payload_types", "_repair_seq", "_repairs", "_resent", "_seq_shift",
        "_stamp", "_time_shift", "box", "clock_rate", "fraction_lost", "jitter", "kind", "octets", "packets",
        "repair_ssrc", "report_due", "resent", "round_trip_s", "sent_reports", "ssrc", "track", "unmapped", "wanted",
    )  # fmt: skip

    def __init__(self, kind: Kind, voice: Voice, box: Outbox) -> None:
        self.kind, self.ssrc, self.repair_ssrc, self.box = kind, voice.ssrc, voice.repair, box
        self.clock_rate = 48000 if kind == "microphone" else 90000
        self.track: Track | None = None
        self.packets = self.octets = self.resent = self.unmapped = 0
        self.report_due = self.wanted = False
        self.fraction_lost = self.jitter = self.round_trip_s = 0.0
        self.sent_reports: dict[int, float] = {}
        self._bytes = box.room.bytes
        self._payload_types: dict[str, int] = {}
        self._repairs: dict[int, int] = {}
        self._extensions: dict[str, int] = {}
        self._stamp = 0
        self._formats: list[int] = [-1] * 256
        self._begun = False
        self._begun_seq = self._seq_shift = self._time_shift = 0
        # Low at first: a wrap among the first packets would leave SRTP's rollover count in doubt at the receiver.
        self._last_seq, self._repair_seq = secrets.randbelow(0x4000), secrets.randbelow(0x4000)
        self._last_timestamp, self._last_time = secrets.randbelow(1 << 32), 0.0
        self._resent: dict[int, float] = {}
        self._may_resend, self._counted = _RESENT_LEAST, (0.0, 0)

    def configure(self, section: Section) -> None:
        """Send with the payload types and extension ids this viewer's description has."""
        self.wanted = section.receives
        self._payload_types = {one.codec: one.payload_type for one in section.formats if one.codec != "rtx"}
        self._repairs = {one.about: one.payload_type for one in section.formats if one.codec == "rtx" and one.about}
        self._extensions = {uri: section.extensions[uri] for uri in PASSED_ON if uri in section.extensions}
        stamp = section.extensions.get(ABS_SEND_TIME)
        self._stamp = 0 if stamp is None else stamp << 28 | 2 << 24
        if self.track is not None:
            self._map(self.track)

    def _map(self, track: Track) -> None:
        formats = [-1] * 256
        for theirs, codec in track.codecs.items():
            ours = self._payload_types.get(codec)
            if ours is not None:
                formats[theirs], formats[theirs | 128] = ours, ours | 128
        self._formats = formats

    def watch(self, track: Track | None, now: float) -> None:
        """Follow this track from its next key frame on (sound: from its next packet); None falls silent."""
        if track is self.track:
            return
        self.pause(now)
        self.track = track
        self._time_shift = -1
        if track is not None:
            self._map(track)
            self.resume(now)

    def pause(self, now: float) -> None:
        """Send nothing more until `resume`."""
        track = self.track
        if track is None:
            return
        if self._begun:
            last = track.remembered(track.top & 0xFFFF)
            self._last_seq = (track.top + self._seq_shift) & 0xFFFF
            if last is not None:
                self._last_timestamp = (last[2] + self._time_shift) & 0xFFFFFFFF
            self._last_time, self._begun = now, False
        track.streams = tuple(one for one in track.streams if one is not self)
        track.waiting = tuple(one for one in track.waiting if one is not self)

    def resume(self, now: float) -> None:
        """Go on with the next key frame, and ask for it."""
        track = self.track
        if track is None or self in track.waiting or self in track.streams:
            return
        track.waiting += (self,)
        track.ask_for_key(now)

    def follow_anew(self, now: float) -> None:
        """The track starts over, with timestamps of its own."""
        self._time_shift = -1
        self.resume(now)

    @property
    def flows(self) -> bool:
        return self._begun

    def begin(self, seq: int, timestamp: int, now: float) -> None:
        """Make this packet of the track the next one of the stream."""
        self._seq_shift = (self._last_seq + 1 - seq) & 0xFFFF
        if self._time_shift < 0:
            elapsed = int((now - self._last_time) * self.clock_rate) if self._last_time else 0
            self._time_shift = (self._last_timestamp + elapsed + 1 - timestamp) & 0xFFFFFFFF
        self._begun_seq, self._begun = seq, True

    def covers(self, seq: int) -> bool:
        """Whether a late packet of the track belongs to what this viewer is being sent."""
        return self._begun and (seq - self._begun_seq) & 0xFFFF < 0x8000

    def send(
        self, marked: int, seq: int, timestamp: int, payload: bytes, stamp: int, extra: Mapping[str, bytes] | None
    ) -> None:
        """Send one packet of the track."""
        ours = self._formats[marked]
        if extra is not None or ours < 0 or not self._stamp:
            self._send_unusual(marked, seq, timestamp, payload, stamp, extra)
            return
        box = self.box
        at = box.at
        when = (timestamp + self._time_shift) & 0xFFFFFFFF
        out = (seq + self._seq_shift) & 0xFFFF
        _HEAD.pack_into(self._bytes, at, 0x90, ours, out, when, self.ssrc, 0xBEDE, 1, self._stamp | stamp)
        size = 20 + len(payload)
        self._bytes[at + 20 : at + size] = payload
        box.commit(size)
        self.packets += 1
        self.octets += size

    def _send_unusual(
        self, marked: int, seq: int, timestamp: int, payload: bytes, stamp: int, extra: Mapping[str, bytes] | None
    ) -> None:
        ours = self._formats[marked]
        if ours < 0:
            ours, payload = self._without_red(marked, payload)
            if ours < 0:
                self.unmapped += 1
                return
        block = self._block(stamp, extra)
        out = (seq + self._seq_shift) & 0xFFFF, (timestamp + self._time_shift) & 0xFFFFFFFF, self.ssrc
        self._put(_BARE.pack(0x90 if block else 0x80, ours, *out) + block + payload)

    def _without_red(self, marked: int, payload: bytes) -> tuple[int, bytes]:
        """Unwrap what a viewer without RED can use."""
        track, ours = self.track, self._payload_types.get("opus")
        if track is None or ours is None or track.codecs.get(marked & 127) != "red":
            return -1, payload
        try:
            inner, primary = red_primary(payload)
        except ValueError:
            return -1, payload
        return (marked & 128 | ours, primary) if track.codecs.get(inner) == "opus" else (-1, payload)

    def _block(self, stamp: int, extra: Mapping[str, bytes] | None) -> bytes:
        found = {self._extensions[uri]: value for uri, value in (extra or {}).items() if uri in self._extensions}
        if self._stamp:
            found[self._stamp >> 28] = stamp.to_bytes(3, "big")
        return extension_block(found)

    def _put(self, packet: bytes) -> None:
        box, at = self.box, self.box.at
        self._bytes[at : at + len(packet)] = packet
        box.commit(len(packet))
        self.packets += 1
        self.octets += len(packet)

    def asked_again(self, lost: tuple[int, ...], now: float) -> None:
        """Send lost packets again, each at most once in 30 ms, in a second no more than are sent for the first time.

        Without that a few bytes of a viewer that asks for everything, always, would bring it hundreds of megabits.
        """
        track = self.track
        if track is None or not self._begun:
            return
        self._allow(now)
        if len(self._resent) > 4 * _RESENT_MOST:
            self._resent = {seq: at for seq, at in self._resent.items() if now - at < _RESENT_AGAIN_S}
        for out in lost[:_RESENT_MOST]:
            seq = (out - self._seq_shift) & 0xFFFF
            entry = track.remembered(seq) if self.covers(seq) else None
            if entry is not None and self._may_resend and now - self._resent.get(out, -1.0) >= _RESENT_AGAIN_S:
                self._resent[out] = now
                self._may_resend -= 1
                self._resend(out, entry, now)

    def _allow(self, now: float) -> None:
        counted_at, before = self._counted
        if now - counted_at >= 1.0:
            fresh = self.packets - self.resent
            self._may_resend = max(_RESENT_LEAST, int((fresh - before) / (now - counted_at)))
            self._counted = now, fresh

    def _resend(self, out: int, entry: tuple[int, int, int, bytes, Mapping[str, bytes] | None], now: float) -> None:
        seq, marked, timestamp, payload, extra = entry
        stamp = int(now * 262144.0) & 0xFFFFFF
        self.resent += 1
        ours = self._formats[marked]
        repair = self._repairs.get(ours & 127) if ours >= 0 else None
        if repair is None:
            self._send_unusual(marked, seq, timestamp, payload, stamp, extra)
            return
        self._repair_seq = (self._repair_seq + 1) & 0xFFFF
        block = self._block(stamp, extra)
        when = (timestamp + self._time_shift) & 0xFFFFFFFF
        head = _BARE.pack(0x90 if block else 0x80, ours & 128 | repair, self._repair_seq, when, self.repair_ssrc)
        self._put(head + block + out.to_bytes(2, "big") + payload)

    def report(self, now: float) -> rtcp.SenderReport | None:
        """The publisher's clock, told in this stream's timestamps, so that a viewer plays sound and picture in step."""
        track = self.track
        if track is None or not self._begun or track.report is None:
            return None
        ntp, timestamp, at = track.report
        elapsed = now - at
        ntp = ntp + int(elapsed * 4294967296.0) & 0xFFFFFFFFFFFFFFFF
        timestamp = timestamp + int(elapsed * self.clock_rate) + self._time_shift & 0xFFFFFFFF
        self.report_due = False
        self.sent_reports[ntp >> 16 & 0xFFFFFFFF] = now
        while len(self.sent_reports) > 8:
            del self.sent_reports[next(iter(self.sent_reports))]
        return rtcp.SenderReport(self.ssrc, ntp, timestamp, self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF)

    def reported(self, block: rtcp.Block, now: float) -> None:
        """Note what the viewer says about reception."""
        self.fraction_lost, self.jitter = block.fraction / 256, block.jitter / self.clock_rate
        sent = self.sent_reports.get(block.last_sr)
        if sent is not None:
            self.round_trip_s = max(0.0, now - sent - block.delay / 65536)
