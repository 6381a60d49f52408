"""The segment that is still open: frames appended to a file in sealed chunks, as they come.

A chunk is what a track gave in about a second: records of frames and of clocks, encrypted together. What a crash leaves
behind is read by the same `read` that closes a segment in peace; a chunk cut off by the crash is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, Final

from media.depacketise import Frame
from media.errors import Failed
from media.vault import seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

_FRAME: Final = Struct("!BqdI")
_CLOCK: Final = Struct("!Bdqd")
_LENGTH: Final = Struct("!I")
_KEY: Final = 1
_GAP: Final = 2
_IS_CLOCK: Final = 0x80


@dataclass(frozen=True, slots=True)
class Clock:
    """From a sender report: the publisher's time at a media timestamp, and how far its clock is from ours."""

    publisher_s: float
    timestamp: int
    offset_s: float


@dataclass(slots=True)
class Contents:
    """What a spool holds: frames with their arrival (UTC seconds), and the last clock."""

    frames: list[tuple[Frame, float]] = field(default_factory=list)
    clock: Clock | None = None


def pack_frame(frame: Frame, arrived_at: float) -> bytes:
    flags = (_KEY if frame.key else 0) | (_GAP if frame.after_gap else 0)
    return _FRAME.pack(flags, frame.timestamp, arrived_at, len(frame.data)) + frame.data


def pack_clock(clock: Clock) -> bytes:
    return _CLOCK.pack(_IS_CLOCK, clock.publisher_s, clock.timestamp, clock.offset_s)


def append(path: Path, key: bytes, index: int, records: bytes) -> None:
    """Add one chunk."""
    sealed = seal(key, records, f"{path.stem}#{index}")
    with path.open("ab") as file:
        file.write(_LENGTH.pack(len(sealed)) + sealed)


def read(path: Path, key: bytes) -> Contents:
    """Read all whole chunks."""
    data = path.read_bytes()
    contents = Contents()
    at = index = 0
    while at + 4 <= len(data):
        size = _LENGTH.unpack_from(data, at)[0]
        if at + 4 + size > len(data):
            break
        try:
            _unpack(unseal(key, data[at + 4 : at + 4 + size], f"{path.stem}#{index}"), contents)
        except Failed:
            break
        at += 4 + size
        index += 1
    return contents


def _unpack(records: bytes, contents: Contents) -> None:
    at = 0
    while at < len(records):
        if records[at] == _IS_CLOCK:
            _, publisher_s, timestamp, offset_s = _CLOCK.unpack_from(records, at)
            contents.clock = Clock(publisher_s, timestamp, offset_s)
            at += _CLOCK.size
            continue
        flags, timestamp, arrived_at, size = _FRAME.unpack_from(records, at)
        at += _FRAME.size
        frame = Frame(timestamp, bool(flags & _KEY), records[at : at + size], bool(flags & _GAP))
        contents.frames.append((frame, arrived_at))
        at += size
