"""A closed segment: one track's frames of some ten seconds in a WebM or Matroska file, muxed by PyAV, never transcoded.

`close` turns a spool into it; a worker process does that, so that no call waits for a disk. The file is sealed, hashed
and whole before it has its name; beside it lies its description as JSON, which is what signaling is told.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import math
import os
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

import av

from media import spool
from media.depacketise import vp8_size
from media.vault import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from media.depacketise import Frame

_MS: Final = Fraction(1, 1000)
RATES: Final = {"opus": 48000, "vp8": 90000, "h264": 90000}
FORMATS: Final = {"opus": "webm", "vp8": "webm", "h264": "matroska"}
_SOUND_S: Final = 0.02
"""How long a piece of sound is: no browser was told another length."""
_OLDER_S: Final = {"opus": _SOUND_S + 312 / 48000}
"""How much older a frame is than its publisher's clock says.

A report of sound names the moment the packet left, as libwebrtc is given no other (`SetLastRtpTime`, rtcp_sender.cc; of
pictures it knows when they were taken): the packet's first sample is a packet older. And what Opus gives back lies 312
samples behind what it was given (`OPUS_GET_LOOKAHEAD`).
"""


@dataclass(frozen=True, slots=True)
class Segment:
    """What is known of a closed segment. Times are UTC seconds; `sha256` is of the file as it lies there."""

    recording_id: str
    leg_id: str
    role: str
    kind: str
    codec: str
    index: int
    name: str
    started_at: float
    duration_s: float
    frames: int
    size: int
    sha256: str
    content_sha256: str
    gaps: tuple[tuple[float, float], ...] = ()
    recovered: bool = False
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Slate:
    """What is known of a segment when it is opened; written beside the spool for recovery."""

    recording_id: str
    leg_id: str
    role: str
    kind: str
    codec: str
    index: int

    @property
    def stem(self) -> str:
        return f"{self.leg_id}-{self.kind}-{self.index:05d}"


def close(folder: Path, slate: Slate, key: bytes, recovered: bool = False) -> Segment | None:
    """Make a segment of a spool and remove the spool; None when it held no frame."""
    source = folder / f"{slate.stem}.open"
    contents = spool.read(source, key) if source.exists() else spool.Contents()
    segment = _write(folder, slate, key, contents, recovered) if contents.frames else None
    for left in (source, folder / f"{slate.stem}.slate"):
        left.unlink(missing_ok=True)
    return segment


def _write(folder: Path, slate: Slate, key: bytes, contents: spool.Contents, recovered: bool) -> Segment:
    times = _times(slate.codec, contents)
    frames = [frame for frame, _ in contents.frames]
    size = dimensions(slate.codec, frames[0].data)
    data = mux(slate.codec, [(max(0.0, at - times[0]), frame) for at, frame in zip(times, frames, strict=True)], size)
    name = f"{slate.stem}.{'webm' if FORMATS[slate.codec] == 'webm' else 'mkv'}"
    sealed = seal(key, data, f"{slate.recording_id}/{name}")
    segment = Segment(
        **dataclasses.asdict(slate),
        name=name,
        started_at=times[0],
        duration_s=round(times[-1] - times[0] + _last(slate.codec), 3),
        frames=len(frames),
        size=len(sealed),
        sha256=hashlib.sha256(sealed).hexdigest(),
        content_sha256=hashlib.sha256(data).hexdigest(),
        gaps=_gaps(times, frames),
        recovered=recovered,
        width=size[0],
        height=size[1],
    )
    _keep(folder / f"{name}.sealed", sealed)
    _keep(folder / f"{name}.json", json.dumps(dataclasses.asdict(segment)).encode())
    return segment


def _keep(path: Path, data: bytes) -> None:
    """Have the file whole under its name, or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _times(codec: str, contents: spool.Contents) -> list[float]:
    """When each frame was taken, in our time; by sender reports where there are any, else by arrival of the first."""
    rate = RATES[codec]
    clock = contents.clock
    if clock is None:
        first, arrived_at = contents.frames[0]
        clock = spool.Clock(arrived_at, first.timestamp, 0.0)
    base = clock.publisher_s + clock.offset_s - _OLDER_S.get(codec, 0.0)
    return [base + (frame.timestamp - clock.timestamp) / rate for frame, _ in contents.frames]


def _last(codec: str) -> float:
    return _SOUND_S if codec == "opus" else 1 / 30


def _gaps(times: list[float], frames: list[Frame]) -> tuple[tuple[float, float], ...]:
    return tuple(
        (round(times[at - 1] - times[0], 3), round(times[at] - times[0], 3))
        for at in range(1, len(frames))
        if frames[at].after_gap
    )


def dimensions(codec: str, data: bytes) -> tuple[int, int]:
    """Read width and height of a key frame; zeros for sound, and for H.264, where PyAV reads them when muxing."""
    return vp8_size(data) if codec == "vp8" else (0, 0)


def mux(codec: str, frames: list[tuple[float, Frame]], size: tuple[int, int]) -> bytes:
    """Put frames with their times (seconds from the first) into a container."""
    out = io.BytesIO()
    with av.open(out, "w", format=FORMATS[codec]) as container:
        stream = add_track(container, codec, frames[0][1].data, size)
        last = -1
        for at, frame in frames:
            # Matroska counts milliseconds, and two frames never share one.
            last = max(last + 1, round(at * 1000))
            container.mux(packet(frame.data, frame.key, last, stream))
    return out.getvalue()


def add_track(container: Any, codec: str, first: bytes, size: tuple[int, int]) -> Any:
    """Add a stream for frames coded elsewhere."""
    if codec == "vp8":
        return container.add_mux_stream("vp8", width=size[0], height=size[1], time_base=_MS)
    source = io.BytesIO(_opus_template() if codec == "opus" else first)
    with av.open(source, format="webm" if codec == "opus" else "h264") as template:
        return container.add_stream_from_template(template.streams[0])


def add_like(container: Any, content: bytes) -> Any:
    """Add a stream for the packets of segments like this one."""
    with av.open(io.BytesIO(content), "r") as source:
        return container.add_stream_from_template(source.streams[0])


def packet(data: bytes, key: bool, at_ms: int, stream: Any) -> Any:
    made = av.Packet(data)
    made.stream, made.is_keyframe, made.time_base = stream, key, _MS
    made.pts = made.dts = at_ms
    return made


@cache
def _opus_template() -> bytes:
    """A moment of silence, encoded once a process, for the head that every Opus track has."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48000, layout="stereo")
        silence = av.AudioFrame(format="s16", layout="stereo", samples=960)
        silence.sample_rate = 48000
        for made in (*stream.encode(silence), *stream.encode(None)):
            container.mux(made)
    return out.getvalue()


def read(folder: Path, segment: Segment, key: bytes) -> bytes:
    """Decrypt a segment."""
    return unseal(key, (folder / f"{segment.name}.sealed").read_bytes(), f"{segment.recording_id}/{segment.name}")


def in_turn(found: list[Segment]) -> Iterator[tuple[Segment, float]]:
    """Yield a track's segments, each with the time from which the next one holds: two nodes may have overlapped."""
    for one, following in pairwise(found):
        yield one, following.started_at
    yield found[-1], math.inf


def frames(folder: Path, key: bytes, found: list[Segment], started_at: float) -> Iterator[tuple[float, Any]]:
    """Decode a track: each frame with its seconds from `started_at`, one segment in memory at a time."""
    for one, until in in_turn(found):
        with av.open(io.BytesIO(read(folder, one, key)), "r") as source:
            for frame in cast("Iterator[Any]", source.decode(source.streams[0])):
                if frame.time is not None and one.started_at + frame.time < until:
                    yield one.started_at - started_at + frame.time, frame


def described(path: Path) -> Segment:
    """Read a segment's description."""
    said = json.loads(path.read_text())
    said["gaps"] = tuple((start, end) for start, end in said["gaps"])
    return Segment(**said)


def slate_of(path: Path) -> Slate:
    """Read what was known when a segment was opened."""
    return Slate(**json.loads(path.read_text()))


def warm() -> None:
    """Have everything loaded that closing a segment needs."""
    _opus_template()
