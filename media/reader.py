"""Reads what arrives at one leg: decrypts in place, recognises the common layout at a glance, hands to the track.

This is the first half of the hot path. An SSRC nobody announced is looked at only while the description leaves room
for it (simulcast, or a browser that announces none), and then a bounded number of times: libsrtp keeps state for each
SSRC it is shown. A listener's packets end here: its tracks are taken off the table.
"""

from __future__ import annotations

from collections import Counter
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from media import rtcp, rtp
from media.incoming import Repair, Track
from media.srtp import HEADROOM, LENGTH, REPLAYED, Cipher, Room, unprotect, unprotect_rtcp

if TYPE_CHECKING:
    from media.leg import Leg
    from media.sdp import Section

_HEAD: Final = Struct("!BBHIIHHQ")
_GUESSES: Final = 64
_SMALLEST: Final = 12 + 10
"""A header and the shortest tag the node negotiates."""


class Layout:
    """Where send time and transport sequence number lie in eight bytes of extension, in the order the browser has."""

    __slots__ = ("mask", "shift", "value")

    def __init__(self, first: int, second: int, *, time_first: bool) -> None:
        if time_first:
            self.mask, self.shift = 0xFF000000_FF0000FF, 8
            self.value = (first << 4 | 2) << 56 | (second << 4 | 1) << 24
        else:
            self.mask, self.shift = 0xFF0000FF_000000FF, 40
            self.value = (first << 4 | 1) << 56 | (second << 4 | 2) << 32


class Reader:
    """Belongs to one leg."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self.dropped: Counter[str] = Counter()
        self.arrived: list[tuple[int, float]] = []
        self._refuses = False
        self._context: Any = None
        self._cipher: Cipher | None = None
        self._by_ssrc: dict[int, Track | Repair] = {}
        self._table: dict[int, Track | Repair] = {}
        self._expected: list[tuple[Section, list[Track], dict[int, int]]] = []
        self._guesses = 0
        self._mask, self._value, self._shift = -1, 0, 0
        self._layouts: list[Layout] = []
        self._numbers: dict[int, str] = {}

    def open(self, cipher: Cipher) -> None:
        """From now on packets can be decrypted."""
        self._cipher, self._context = cipher, cipher.context
        self._admit()

    @property
    def refuses(self) -> bool:
        """Whether every media packet is dropped: the node's own word, whatever the browser tries."""
        return self._refuses

    @refuses.setter
    def refuses(self, refuses: bool) -> None:
        self._refuses = refuses
        self._admit()

    def _admit(self) -> None:
        self._table = {} if self._refuses or self._cipher is None else self._by_ssrc

    def expect(self, section: Section, tracks: list[Track], about: dict[int, int]) -> None:
        """Know the section's extensions, and its mid and layers for packets of SSRCs it did not announce."""
        self._expected = [one for one in self._expected if one[0].mid != section.mid] + [(section, tracks, about)]
        # Bundled sections share their ids (RFC 8285 §6 by way of RFC 9143).
        self._numbers |= {number: uri for uri, number in section.extensions.items()}
        time, transport = (section.extensions.get(uri) for uri in (rtp.ABS_SEND_TIME, rtp.TRANSPORT_CC))
        if time is not None and transport is not None:
            self._layouts = [Layout(time, transport, time_first=True), Layout(transport, time, time_first=False)]
            self._use(self._layouts[0])

    def _use(self, layout: Layout) -> None:
        self._mask, self._value, self._shift = layout.mask, layout.value, layout.shift

    def bind(self, track: Track, ssrc: int, now: float) -> None:
        """Packets of this SSRC are the track's."""
        if track.ssrc != ssrc:
            self._by_ssrc.pop(track.ssrc, None)
            track.restart(ssrc, now)
        self._by_ssrc[ssrc] = track

    def bind_repair(self, repair: Repair, ssrc: int) -> None:
        self._by_ssrc[ssrc] = repair

    def track_of(self, ssrc: int) -> Track | None:
        found = self._by_ssrc.get(ssrc)
        return found if isinstance(found, Track) else None

    def read(self, room: Room, size: int, now: float) -> None:
        """Take one datagram, in `room` from HEADROOM on."""
        first, marked, seq, timestamp, ssrc, profile, words, ext = _HEAD.unpack_from(room.bytes, HEADROOM)
        # An RTCP packet has other bytes where the SSRC would be; the table is empty before the keys and for a listener.
        target = self._table.get(ssrc)
        if target is None or size < _SMALLEST:
            self._read_unusual(room, size, marked, ssrc, now)
            return
        LENGTH[0] = size
        status = unprotect(self._context, room.packet, LENGTH)
        if status:
            self.dropped["replayed" if status in REPLAYED else "forged"] += 1
            return
        size = LENGTH[0]
        if first == 0x90 and profile == 0xBEDE and words == 2 and ext & self._mask == self._value and size > 23:
            self.arrived.append((ext >> self._shift & 0xFFFF, now))
            target.put(marked, seq, timestamp, room.bytes[HEADROOM + 24 : HEADROOM + size], now, None)
        else:
            self._put_parsed(room, size, target, now)

    def _put_parsed(self, room: Room, size: int, target: Track | Repair, now: float) -> None:
        try:
            packet = rtp.parse(room.bytes[HEADROOM : HEADROOM + size])
        except ValueError:
            self.dropped["malformed"] += 1
            return
        found = self._named(packet.extensions)
        number = found.get(rtp.TRANSPORT_CC)
        if number is not None and len(number) == 2:
            self.arrived.append((int.from_bytes(number, "big"), now))
        self._learn(room)
        extra: dict[str, bytes] | None = {uri: found[uri] for uri in rtp.PASSED_ON if uri in found} or None
        marked = packet.payload_type | (128 if packet.marker else 0)
        target.put(marked, packet.seq, packet.timestamp, packet.payload, now, extra)

    def _named(self, extensions: dict[int, bytes]) -> dict[str, bytes]:
        return {self._numbers[number]: value for number, value in extensions.items() if number in self._numbers}

    def _learn(self, room: Room) -> None:
        first, *_, profile, words, ext = _HEAD.unpack_from(room.bytes, HEADROOM)
        if first == 0x90 and profile == rtp.ONE_BYTE and words == 2:
            for layout in self._layouts:
                if ext & layout.mask == layout.value:
                    self._use(layout)

    def _read_unusual(self, room: Room, size: int, marked: int, ssrc: int, now: float) -> None:
        if self._cipher is None:
            self.dropped["early"] += 1
        elif size < _SMALLEST:
            self.dropped["short"] += 1
        elif 191 < marked < 224:
            self._read_rtcp(room.bytes[HEADROOM : HEADROOM + size], now)
        elif self._refuses:
            self.dropped["refused"] += 1
        elif not self._find(room, size, ssrc, now):
            self.dropped["stranger"] += 1
        else:
            target = self._by_ssrc[ssrc]
            self._put_parsed(room, LENGTH[0], target, now)

    def _read_rtcp(self, data: bytes, now: float) -> None:
        cipher = self._cipher
        plain = unprotect_rtcp(cipher, data) if cipher is not None else None
        if plain is None:
            self.dropped["forged"] += 1
            return
        try:
            reports = rtcp.parse(plain)
        except ValueError:
            self.dropped["malformed"] += 1
            return
        for report in reports:
            self._leg.feedback.take(report, now)

    def _find(self, room: Room, size: int, ssrc: int, now: float) -> bool:
        """Decrypt a packet of an SSRC nobody announced and see by mid and layer whose it is; leaves it decrypted."""
        if self._guesses >= _GUESSES or len(self._by_ssrc) >= _GUESSES:
            return False
        if not any(section.rids or not section.ssrcs for section, _, _ in self._expected):
            return False
        self._guesses += 1
        LENGTH[0] = size
        if unprotect(self._context, room.packet, LENGTH):
            return False
        try:
            packet = rtp.parse(room.bytes[HEADROOM : HEADROOM + LENGTH[0]])
        except ValueError:
            return False
        return self._bind_by_name(packet, ssrc, now)

    def _bind_by_name(self, packet: rtp.Packet, ssrc: int, now: float) -> bool:
        found = self._named(packet.extensions)
        mid = found.get(rtp.MID, b"").decode("ascii", "replace")
        for section, tracks, about in self._expected:
            if section.mid != mid and (mid or packet.payload_type not in {one.payload_type for one in section.formats}):
                continue
            layer = found.get(rtp.STREAM_ID, found.get(rtp.REPAIRED_STREAM_ID, b"")).decode("ascii", "replace")
            if section.rids and layer not in section.rids:
                continue
            track = tracks[section.rids.index(layer) if section.rids else 0]
            if packet.payload_type in about:
                self.bind_repair(Repair(track, about), ssrc)
            else:
                self.bind(track, ssrc, now)
            return True
        return False
