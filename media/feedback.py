"""RTCP of one leg, both ways: what its browser reports is applied, what it must be told is told.

Transport-wide feedback goes out ten times a second, reports (with the cap on what the browser may send) once a second;
key frame and retransmission requests when a track has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from media import rtcp
from media.srtp import Cipher, protect_rtcp

if TYPE_CHECKING:
    from media.leg import Leg
    from media.port import Port
    from media.stream import Stream

_CNAME: Final = "virtual-window"
_SPAN: Final = 0x1000
_MOST_REPORTED: Final = 400
"""Arrivals in one packet, which fits a datagram then: a tenth of a second of 40 Mbit/s."""


class Feedback:
    """Belongs to one leg."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._cipher: Cipher | None = None
        self._port: Port | None = None
        self._count = 0
        self._reported = -1
        self.estimate_bps: int | None = None
        self.cap_bps: int | None = None
        self.streams: dict[int, Stream] = {}

    def open(self, cipher: Cipher, port: Port) -> None:
        self._cipher, self._port = cipher, port

    def send(self, packet: bytes) -> None:
        """Encrypt and send one compound packet; before the handshake there is nobody to tell."""
        if self._cipher is None or self._port is None:
            return
        protected = protect_rtcp(self._cipher, packet)
        if protected is not None:
            self._port.send(protected, self._leg.outbox.address)

    def take(self, report: rtcp.Report, now: float) -> None:
        """Apply what the browser reports; what names no stream of this leg is ignored."""
        leg = self._leg
        match report:
            case rtcp.SenderReport():
                track = leg.reader.track_of(report.ssrc)
                if track is not None:
                    first = track.report is None
                    track.sender_reported(report, now)
                    if first:
                        self._tell_viewers(track.streams)
                self._blocks(report.blocks, now)
            case rtcp.ReceiverReport():
                self._blocks(report.blocks, now)
            case rtcp.Nack():
                stream = self._stream(report.media)
                if stream is not None:
                    stream.asked_again(report.lost, now)
            case rtcp.KeyRequest():
                stream = self._stream(report.media)
                if stream is not None and stream.track is not None:
                    stream.track.ask_for_key(now)
            case rtcp.Remb():
                self.estimate_bps = report.bitrate
            case _:
                assert_never(report)

    def cap(self, bps: int) -> None:
        """Let the browser send no more than this in all. Less is told at once: what is too much queues up meanwhile."""
        lower = self.cap_bps is None or bps < 0.95 * self.cap_bps
        self.cap_bps = bps
        if lower and (told := self._cap()):
            self.send(told)

    def _tell_viewers(self, streams: tuple[Stream, ...]) -> None:
        """Sound and picture can be put in step from now on: let the next report go out at once."""
        for stream in streams:
            stream.report_due = True
            stream.box.hurry()

    def _blocks(self, blocks: tuple[rtcp.Block, ...], now: float) -> None:
        for block in blocks:
            stream = self._stream(block.ssrc)
            if stream is not None:
                stream.reported(block, now)

    def _stream(self, ssrc: int) -> Stream | None:
        if len(self.streams) != len(self._leg.streams):
            self.streams = {stream.ssrc: stream for stream in self._leg.streams}
        return self.streams.get(ssrc)

    def tick(self, now: float) -> bool:
        """Ask the publisher for what is missing, tell the viewer what is due; False when nothing is left to do."""
        busy = False
        for track in self._leg.all_tracks():
            if track.missing or track.key_due:
                track.tick(now, self._leg.round_trip_s)
                busy = True
        if any(stream.report_due for stream in self._leg.streams):
            self.tell_reports(now)
        return busy

    def tell_arrivals(self) -> None:
        """Send transport-wide feedback on what arrived since the last; ten times a second."""
        reader = self._leg.reader
        arrived, reader.arrived = reader.arrived, []
        if not arrived:
            return
        first = self._reported + 1 & 0xFFFF if self._reported >= 0 else arrived[0][0]
        seqs = [seq for seq, _ in arrived]
        if len(seqs) > _MOST_REPORTED or seqs != list(range(first, first + len(seqs))):
            arrived, first = self._in_order(arrived, first)
            if not arrived:
                return
        self._reported = arrived[-1][0]
        media = next((track.ssrc for track in self._leg.all_tracks() if track.ssrc), 0)
        self.send(rtcp.transport_feedback(self._leg.ssrc, media, self._count, first, arrived))
        self._count = (self._count + 1) & 255

    def _in_order(self, arrived: list[tuple[int, float]], first: int) -> tuple[list[tuple[int, float]], int]:
        """Sort what came with gaps, late or around the wrap. What was reported lost and comes late stays lost."""
        ahead: dict[int, float] = {}
        for seq, at in arrived[-_MOST_REPORTED:]:
            steps = ((seq - first + 0x8000) & 0xFFFF) - 0x8000
            if 0 <= steps < _SPAN:
                ahead.setdefault(steps, at)
            elif not -_SPAN < steps < _SPAN:
                # The browser counts anew; so do we, with the next packets.
                self._reported = -1
                return [], first
        return [((first + steps) & 0xFFFF, at) for steps, at in sorted(ahead.items())], first

    def tell_reports(self, now: float) -> None:
        """Send sender reports, reception blocks, the name and the cap in one compound; once a second."""
        leg = self._leg
        packet = b""
        for stream in leg.streams:
            report = stream.report(now)
            if report is not None:
                packet += rtcp.sender_report(report)
        blocks = tuple(block for track in leg.all_tracks() if (block := track.block(now)) is not None)
        for at in range(0, len(blocks), 31):
            packet += rtcp.receiver_report(rtcp.ReceiverReport(leg.ssrc, blocks[at : at + 31]))
        if not packet:
            return
        packet += rtcp.description(leg.ssrc, _CNAME)
        self.send(packet + self._cap())

    def _cap(self) -> bytes:
        pictures = [track.ssrc for track in self._leg.all_tracks() if track.kind != "microphone" and track.ssrc]
        if self.cap_bps is None or not pictures:
            return b""
        return rtcp.remb(self._leg.ssrc, self.cap_bps, pictures)
