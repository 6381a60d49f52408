"""RTCP (RFC 3550, 4585, 5104), REMB and transport-wide feedback: bytes to values, values to bytes. Pure.

`parse` reads a compound packet into the values below and skips what it does not know; it raises `ValueError` when a
length does not add up. The writers return one packet each; concatenate them for a compound.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEAD: Final = Struct("!BBHI")
_SENDER: Final = Struct("!QIII")
_BLOCK: Final = Struct("!IIIIII")
SR: Final = 200
RR: Final = 201
SDES: Final = 202
RTPFB: Final = 205
PSFB: Final = 206


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver says about one stream. `lost` is cumulative; `jitter` in timestamp units."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    ssrc: int
    media: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A PLI, or a FIR for us to serve like one."""

    ssrc: int
    media: int


@dataclass(frozen=True, slots=True)
class Remb:
    ssrc: int
    bitrate: int
    media: tuple[int, ...]


Report = SenderReport | ReceiverReport | Nack | KeyRequest | Remb


def parse(data: bytes) -> list[Report]:
    """Read every packet of a compound."""
    values: list[Report] = []
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise ValueError("shorter than an RTCP header")
        first, kind, words, ssrc = _HEAD.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or words < 1 or end > len(data):
            raise ValueError("RTCP length does not add up")
        values.extend(_one(first & 31, kind, ssrc, data[at + 8 : end]))
        at = end
    return values


def _one(count: int, kind: int, ssrc: int, body: bytes) -> Iterable[Report]:
    if kind == SR:
        if len(body) < 20:
            raise ValueError("sender report cut short")
        ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
        return [SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body[20:], count))]
    if kind == RR:
        return [ReceiverReport(ssrc, _blocks(body, count))]
    if kind in (RTPFB, PSFB):
        if len(body) < 4:
            raise ValueError("feedback cut short")
        return _feedback(kind, count, ssrc, int.from_bytes(body[:4], "big"), body[4:])
    return ()


def _blocks(body: bytes, count: int) -> tuple[Block, ...]:
    if len(body) < 24 * count:
        raise ValueError("report block cut short")
    found = []
    for index in range(count):
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, 24 * index)
        lost = loss & 0xFFFFFF
        found.append(Block(ssrc, loss >> 24, lost - (lost >> 23 << 24), highest, jitter, last_sr, delay))
    return tuple(found)


def _feedback(kind: int, fmt: int, ssrc: int, media: int, fci: bytes) -> Iterable[Report]:
    if kind == RTPFB and fmt == 1:
        return [Nack(ssrc, media, _lost(fci))]
    if kind == PSFB and fmt == 1:
        return [KeyRequest(ssrc, media)]
    if kind == PSFB and fmt == 4:
        return [KeyRequest(ssrc, int.from_bytes(fci[at : at + 4], "big")) for at in range(0, len(fci) - 7, 8)]
    if kind == PSFB and fmt == 15 and fci[:4] == b"REMB":
        return [_remb(ssrc, fci)]
    return ()


def _lost(fci: bytes) -> tuple[int, ...]:
    lost: list[int] = []
    for at in range(0, len(fci) - 3, 4):
        first, mask = int.from_bytes(fci[at : at + 2], "big"), int.from_bytes(fci[at + 2 : at + 4], "big")
        lost.append(first)
        lost.extend((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
    return tuple(lost)


def _remb(ssrc: int, fci: bytes) -> Remb:
    if len(fci) < 8 or len(fci) < 8 + 4 * fci[4]:
        raise ValueError("REMB cut short")
    word = int.from_bytes(fci[5:8], "big")
    media = tuple(int.from_bytes(fci[at : at + 4], "big") for at in range(8, 8 + 4 * fci[4], 4))
    return Remb(ssrc, (word & 0x3FFFF) << (word >> 18), media)


def sender_report(report: SenderReport) -> bytes:
    body = _SENDER.pack(report.ntp, report.timestamp, report.packets, report.octets) + _pack(report.blocks)
    return _packet(SR, len(report.blocks), report.ssrc, body)


def receiver_report(report: ReceiverReport) -> bytes:
    return _packet(RR, len(report.blocks), report.ssrc, _pack(report.blocks))


def description(ssrc: int, cname: str) -> bytes:
    """The CNAME that ties the streams of one source together."""
    name = cname.encode()
    item = bytes((1, len(name))) + name
    return _packet(SDES, 1, ssrc, item + bytes(4 - len(item) % 4))


def nack(ssrc: int, media: int, lost: Sequence[int]) -> bytes:
    """Ask for packets again; `lost` in rising order, wrapping allowed."""
    pairs: list[tuple[int, int]] = []
    for seq in lost:
        if pairs and 0 < (seq - pairs[-1][0]) & 0xFFFF <= 16:
            first, mask = pairs[-1]
            pairs[-1] = (first, mask | 1 << ((seq - first & 0xFFFF) - 1))
        else:
            pairs.append((seq, 0))
    fci = b"".join(first.to_bytes(2, "big") + mask.to_bytes(2, "big") for first, mask in pairs)
    return _packet(RTPFB, 1, ssrc, media.to_bytes(4, "big") + fci)


def picture_loss(ssrc: int, media: int) -> bytes:
    return _packet(PSFB, 1, ssrc, media.to_bytes(4, "big"))


def remb(ssrc: int, bitrate: int, media: Sequence[int]) -> bytes:
    """Cap what the peer sends on these streams together."""
    exponent = max(0, bitrate.bit_length() - 18)
    word = exponent << 18 | bitrate >> exponent
    ssrcs = b"".join(one.to_bytes(4, "big") for one in media)
    return _packet(PSFB, 15, ssrc, bytes(4) + b"REMB" + bytes((len(media),)) + word.to_bytes(3, "big") + ssrcs)


def transport_feedback(ssrc: int, media: int, number: int, base: int, arrivals: Sequence[tuple[int, float]]) -> bytes:
    """Say when each packet from sequence number `base` on arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01).

    `arrivals` are (sequence number, seconds), at least one, in rising order of sequence number without repeats and
    spanning less than 0x2000; what lies between them is reported lost.
    """
    reference = int(arrivals[0][1] / 0.064)
    ticks = [int(at * 4000) for _, at in arrivals]
    deltas = [after - before for before, after in pairwise((reference * 256, *ticks))]
    count = arrivals[-1][0] - base & 0xFFFF
    if count + 1 == len(arrivals) and min(deltas) >= 0 and max(deltas) <= 255:
        # Nothing lost, nothing late, which is nearly always: one run of small deltas.
        chunks, packed = (0x2000 | count + 1).to_bytes(2, "big"), bytes(deltas)
    else:
        chunks, packed = _irregular(base, [seq for seq, _ in arrivals], deltas, count + 1)
    body = media.to_bytes(4, "big") + base.to_bytes(2, "big") + (count + 1).to_bytes(2, "big")
    body += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes((number & 255,)) + chunks + packed
    return _packet(RTPFB, 15, ssrc, body + bytes(-len(body) % 4))


def _irregular(base: int, seqs: Sequence[int], deltas: Sequence[int], count: int) -> tuple[bytes, bytes]:
    symbols = [0] * count
    packed = bytearray()
    for seq, delta in zip(seqs, deltas, strict=True):
        if 0 <= delta <= 255:
            symbols[seq - base & 0xFFFF] = 1
            packed.append(delta)
        else:
            symbols[seq - base & 0xFFFF] = 2
            packed += (max(-0x8000, min(0x7FFF, delta)) & 0xFFFF).to_bytes(2, "big")
    return _chunks(symbols), bytes(packed)


def _chunks(symbols: list[int]) -> bytes:
    """Run-length chunks where seven or more symbols are alike, two-bit vectors of seven elsewhere."""
    out = bytearray()
    at, end = 0, len(symbols)
    while at < end:
        first, run = symbols[at], 1
        while at + run < end and run < 0x1FFF and symbols[at + run] == first:
            run += 1
        if run >= 7 or at + run == end:
            out += (first << 13 | run).to_bytes(2, "big")
            at += run
            continue
        word = 0xC000
        for index, symbol in enumerate(symbols[at : at + 7]):
            word |= symbol << (12 - 2 * index)
        out += word.to_bytes(2, "big")
        at += 7
    return bytes(out)


def _pack(blocks: Iterable[Block]) -> bytes:
    return b"".join(
        _BLOCK.pack(b.ssrc, b.fraction << 24 | b.lost & 0xFFFFFF, b.highest, b.jitter, b.last_sr, b.delay)
        for b in blocks
    )


def _packet(kind: int, count: int, ssrc: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4 + 1, ssrc) + body
