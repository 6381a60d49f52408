"""One file of a whole recorded call: every leg and kind a track of its own, or side by side.

`tracks` is remuxed to Matroska. `mp4` holds the same tracks: H.264 and Opus are remuxed, VP8, which MP4 cannot hold, is
transcoded to H.264. `side_by_side` is always transcoded, to H.264 and AAC, which every player knows.

Runs in a worker process. The file is sealed like everything else on the shelf, in chunks, so that a call of hours is
never in memory at once; `piece` gives it back bit by bit, `read` whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import av

from media import mp4, side_by_side
from media import segment as segments_
from media.errors import Unknown
from media.vault import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from media.segment import Segment

PIECE: Final = 1 << 20
"""Of so many bytes each is the file sealed, the last but one of the rest, the last of none."""
_SEALED: Final = 4 + 12 + PIECE + 16
_LENGTH: Final = Struct("!I")
NAMES: Final = {
    "tracks": "export-tracks.mkv",
    "mp4": "export-mp4.mp4",
    "side_by_side": "export-side_by_side.mp4",
}


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file; `sha256` is of its content."""

    name: str
    size: int
    sha256: str
    started_at: float
    duration_s: float
    tracks: tuple[str, ...]


class Sealing(io.RawIOBase):
    """A file object that seals what is written, a mebibyte at a time."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        super().__init__()
        self._file = path.open("wb")
        self._key, self._name = key, name
        self._buffer = bytearray()
        self._index = 0
        self.length = 0
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self.length += len(piece)
        self.hash.update(piece)
        self._buffer += piece
        while len(self._buffer) >= PIECE:
            self._put(bytes(self._buffer[:PIECE]))
            del self._buffer[:PIECE]
        return len(piece)

    def _put(self, piece: bytes) -> None:
        sealed = seal(self._key, piece, f"{self._name}#{self._index}")
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._index += 1

    def finish(self) -> None:
        """Write the rest, and the end that tells a whole file from one cut short."""
        self._put(bytes(self._buffer))
        self._put(b"")
        self._file.close()


def read(folder: Path, key: bytes, name: str) -> Iterator[bytes]:
    """Yield the content of an export; raises `Unknown` when there is none or its end is missing."""
    path = folder / f"{name}.sealed"
    if not path.exists():
        raise Unknown(f"recording: no export {name}")
    index, piece = 0, b""
    with path.open("rb") as file:
        while head := file.read(4):
            piece = unseal(key, file.read(_LENGTH.unpack(head)[0]), f"{name}#{index}")
            index += 1
            if piece:
                yield piece
    if index == 0 or piece:
        raise Unknown(f"recording: export {name} is not whole")


def piece(folder: Path, key: bytes, name: str, offset: int) -> bytes:
    """Return what follows `offset`, at most a mebibyte; nothing at the end."""
    index, within = divmod(offset, PIECE)
    with (folder / f"{name}.sealed").open("rb") as file:
        file.seek(index * _SEALED)
        head = file.read(4)
        return unseal(key, file.read(_LENGTH.unpack(head)[0]), f"{name}#{index}")[within:] if head else b""


def described(path: Path) -> Export:
    """Read what is known of a finished export."""
    said = json.loads(path.read_text())
    return Export(**{**said, "tracks": tuple(said["tracks"])})


def write(folder: Path, key: bytes, segments: list[Segment], form: str, people: Mapping[str, str]) -> Export:
    """Write the export beside the segments; legs that `people` names alike are one person's, and one track."""
    name = NAMES[form]
    part = folder / f"{name}.sealed.part"
    out = Sealing(part, key, name)
    tracks = _by_track(segments, people)
    started_at = min(one.started_at for one in segments)
    ended_at = max(one.started_at + one.duration_s for one in segments)
    make = {"tracks": _remux, "mp4": mp4.write, "side_by_side": side_by_side.write}[form]
    make(folder, key, tracks, started_at, out, lambda share: _tell(folder, form, share))
    out.finish()
    part.rename(folder / f"{name}.sealed")
    (folder / f"{name}.progress").unlink(missing_ok=True)
    duration_s = round(ended_at - started_at, 3)
    made = Export(name, out.length, out.hash.hexdigest(), started_at, duration_s, tuple(tracks))
    (folder / f"{name}.about").write_text(json.dumps(dataclasses.asdict(made)))
    return made


def progress(folder: Path, form: str) -> float:
    """How far the export has come, 0 to 1."""
    try:
        return float(json.loads((folder / f"{NAMES[form]}.progress").read_text()))
    except (OSError, ValueError):
        return 0.0


def _tell(folder: Path, form: str, share: float) -> None:
    (folder / f"{NAMES[form]}.progress").write_text(json.dumps(share))


def _by_track(segments: list[Segment], people: Mapping[str, str]) -> dict[str, list[Segment]]:
    tracks: dict[str, list[Segment]] = defaultdict(list)
    for one in segments:
        tracks[f"{people.get(one.leg_id, one.leg_id)}/{one.kind}/{one.codec}"].append(one)
    return {name: sorted(found, key=lambda one: one.started_at) for name, found in sorted(tracks.items())}


def _packets(folder: Path, key: bytes, found: list[Segment], started_at: float) -> Iterator[tuple[float, bool, bytes]]:
    """Yield (seconds from the start, key frame, data) of a track's segments, one segment in memory at a time."""
    for one, until in segments_.in_turn(found):
        with av.open(io.BytesIO(segments_.read(folder, one, key)), "r") as source:
            for packet in source.demux():
                if packet.pts is not None and packet.time_base is not None and packet.size:
                    at = one.started_at + float(packet.pts * packet.time_base)
                    if at < until:
                        yield at - started_at, packet.is_keyframe, bytes(packet)


def _remux(
    folder: Path,
    key: bytes,
    tracks: dict[str, list[Segment]],
    started_at: float,
    out: Sealing,
    tell: Callable[[float], None],
) -> None:
    length = max(one.started_at + one.duration_s for found in tracks.values() for one in found) - started_at
    told = 0.0
    with av.open(out, "w", format="matroska") as container:
        streams: dict[int, Any] = {}
        readers = []
        for index, (name, found) in enumerate(tracks.items()):
            streams[index] = segments_.add_like(container, segments_.read(folder, found[0], key))
            streams[index].metadata["title"] = name.rpartition("/")[0]
            readers.append(_numbered(index, _packets(folder, key, found, started_at)))
        last = dict.fromkeys(streams, -1)
        for at, index, is_key, data in heapq.merge(*readers, key=lambda one: one[0]):
            last[index] = max(last[index] + 1, round(at * 1000))
            container.mux(segments_.packet(data, is_key, last[index], streams[index]))
            if at > told + 60:
                told = at
                tell(min(1.0, at / length))


def _numbered(index: int, packets: Iterator[tuple[float, bool, bytes]]) -> Iterator[tuple[float, int, bool, bytes]]:
    for at, is_key, data in packets:
        yield at, index, is_key, data
