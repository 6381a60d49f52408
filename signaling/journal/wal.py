"""Judges SQLite's write-ahead log before SQLite opens it.

SQLite silently drops everything from the first frame on whose checksum is wrong. After a power loss
that is right for the last transaction, which nobody was told of; for a damaged sector in the middle
it would drop commits that were acknowledged. Promise: `inspect` tells the two apart.

With `synchronous=FULL` a transaction's frames are written only after the commit before it was synced.
So only the last transaction can be torn, and frames that follow a later commit prove damage.
Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.journal.protocol import Damaged

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = struct.Struct(">8I")  # magic, version, page size, sequence, salt 1, salt 2, checksum 1, checksum 2
_FRAME = struct.Struct(">6I")  # page, database size after a commit or 0, salt 1, salt 2, checksum 1, checksum 2
_MAGIC = 0x377F0682  # the lowest bit set: checksums over big-endian words
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Log:
    """`frames` up to the last whole commit, and `torn` bytes of the same generation after it."""

    frames: int = 0
    torn: int = 0


@dataclass(slots=True)
class _Generation:
    """The checksum of the frames so far, and the salts all of them carry."""

    page_size: int
    salts: tuple[int, int]
    swap: bool
    sums: tuple[int, int] = (0, 0)

    def add(self, data: bytes) -> tuple[int, int]:
        words = array("I", data)
        if self.swap:
            words.byteswap()
        first, second = self.sums
        pairs = iter(words)
        for even, odd in zip(pairs, pairs, strict=True):
            first = (first + even + second) & _WORD
            second = (second + odd + first) & _WORD
        self.sums = (first, second)
        return self.sums

    def written(self, frame: tuple[int, ...]) -> bool:
        """Tell a frame of this generation, even one with a flipped salt, from one left by an earlier generation."""
        return frame[2] == self.salts[0] or frame[3] == self.salts[1]


def _generation(log: bytes) -> _Generation | None:
    if len(log) < _HEADER.size:
        return None
    magic, _, page_size, _, salt1, salt2, *sums = _HEADER.unpack_from(log)
    generation = _Generation(page_size, (salt1, salt2), (sys.byteorder == "big") != bool(magic & 1))
    if magic & ~1 != _MAGIC or generation.add(log[:24]) != tuple(sums):
        return None
    return generation


def inspect(path: Path) -> Log:
    """Return what SQLite will recover from a log, raising `Damaged` when that would lose acknowledged commits."""
    log = path.read_bytes() if path.exists() else b""
    if not log:
        return Log()
    generation = _generation(log)
    if generation is None:
        if len(log) > _HEADER.size + _FRAME.size:
            raise Damaged(f"{path.name}: the header of the write-ahead log is not readable, though frames follow it")
        return Log(torn=len(log))
    size = _FRAME.size + generation.page_size
    starts = range(_HEADER.size, len(log) - size + 1, size)
    headers = [_FRAME.unpack_from(log, start) for start in starts]
    frames = _whole(generation, log, headers, starts)
    rest = headers[frames:]
    ours = [index for index, frame in enumerate(rest) if generation.written(frame)]
    commits = [index for index in ours if rest[index][1]]
    if commits and ours[-1] > commits[0]:
        raise Damaged(f"{path.name}: frame {frames + 1} is damaged, and transactions were committed after it")
    torn = (ours[-1] + 1) * size if ours else 0
    if len(ours) == len(rest):  # no older generation lies between: what is left of a frame is ours too
        torn = len(log) - _HEADER.size - frames * size
    return Log(frames, torn)


def _whole(generation: _Generation, log: bytes, headers: list[tuple[int, ...]], starts: range) -> int:
    """Return how many frames lead up to the last commit whose frames are all as they were written."""
    whole = 0
    for index, (frame, start) in enumerate(zip(headers, starts, strict=True)):
        if frame[2:4] != generation.salts:
            break
        data = start + _FRAME.size
        generation.add(log[start : start + 8])
        if generation.add(log[data : data + generation.page_size]) != frame[4:6]:
            break
        if frame[1]:
            whole = index + 1
    return whole
