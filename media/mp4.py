"""A recorded call as one MP4, every leg and kind a track of its own: H.264 and Opus as they are, VP8 coded anew.

Runs in a worker process. The file is written in fragments, so that nothing has to be gone back to: the output is sealed
as it comes.
"""

from __future__ import annotations

import heapq
import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

import av
from PIL import Image

from media import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from media.segment import Segment

FRAGMENTED: Final = {"movflags": "frag_keyframe+delay_moov+default_base_moof"}
"""The head waits for the first packets, so that it can say which track begins how much later than the others."""
_MS: Final = Fraction(1, 1000)
_CODING: Final = {"preset": "veryfast", "crf": "23", "bf": "0"}
_TELL_S: Final = 5.0


def write(
    folder: Path,
    key: bytes,
    tracks: dict[str, list[Segment]],
    started_at: float,
    out: Any,
    tell: Callable[[float], None],
) -> None:
    """Write the film to a file object."""
    length = max(one.started_at + one.duration_s for found in tracks.values() for one in found) - started_at
    with av.open(out, "w", format="mp4", options=FRAGMENTED) as container:
        writers = [
            (_Coded if found[0].codec == "vp8" else _Copied)(container, folder, key, found, name)
            for name, found in tracks.items()
        ]
        told = 0.0
        readers = [numbered(at, writer.read(started_at)) for at, writer in enumerate(writers)]
        for at, index, one in heapq.merge(*readers, key=lambda read: read[0]):
            writers[index].put(at, one)
            if at > told + _TELL_S:
                told = at
                tell(min(1.0, at / max(length, 0.001)))
        for writer in writers:
            writer.end()


def numbered(index: int, found: Iterator[tuple[float, Any]]) -> Iterator[tuple[float, int, Any]]:
    """Say with each packet or frame which track it is of, so that tracks can be merged by time."""
    for at, one in found:
        yield at, index, one


class _Copied:
    """A track whose packets go into the file as they are."""

    def __init__(self, container: Any, folder: Path, key: bytes, found: list[Segment], name: str) -> None:
        self._container, self._folder, self._key, self._found = container, folder, key, found
        self._stream = segment.add_like(container, segment.read(folder, found[0], key))
        self._stream.metadata["title"] = name.rpartition("/")[0]
        self._last = -1

    def read(self, started_at: float) -> Iterator[tuple[float, Any]]:
        """Yield packets with their seconds from the start, one segment in memory at a time."""
        for one, until in segment.in_turn(self._found):
            with av.open(io.BytesIO(segment.read(self._folder, one, self._key)), "r") as source:
                for packet in source.demux():
                    if packet.pts is not None and packet.time_base is not None and packet.size:
                        at = one.started_at + float(packet.pts * packet.time_base)
                        if at < until:
                            yield at - started_at, packet

    def put(self, at: float, packet: Any) -> None:
        self._last = max(self._last + 1, round(at * 1000))
        self._container.mux(segment.packet(bytes(packet), packet.is_keyframe, self._last, self._stream))

    def end(self) -> None:
        """Nothing is held back."""


class _Coded:
    """A picture that is decoded and coded anew, at the largest size it came in."""

    def __init__(self, container: Any, folder: Path, key: bytes, found: list[Segment], name: str) -> None:
        self._container, self._folder, self._key, self._found = container, folder, key, found
        self._size = max((one.width & ~1, one.height & ~1) for one in found)
        self._stream = container.add_stream("libx264", rate=30, options=_CODING)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt, self._stream.codec_context.time_base = "yuv420p", _MS
        self._stream.metadata["title"] = name.rpartition("/")[0]
        self._last = -1

    def read(self, started_at: float) -> Iterator[tuple[float, Any]]:
        """Yield pictures with their seconds from the start."""
        return segment.frames(self._folder, self._key, self._found, started_at)

    def put(self, at: float, frame: Any) -> None:
        self._last = max(self._last + 1, round(at * 1000))
        fitted = fit(frame, self._size)
        fitted.pts, fitted.time_base = self._last, _MS
        self._container.mux(self._stream.encode(fitted))

    def end(self) -> None:
        self._container.mux(self._stream.encode(None))


def fit(frame: Any, size: tuple[int, int]) -> Any:
    """Bring a picture to a size, whole and with its proportions."""
    if abs(frame.width * size[1] - frame.height * size[0]) <= 2 * max(size):
        return frame.reformat(width=size[0], height=size[1], format="yuv420p")
    return cast("Any", av.VideoFrame).from_image(placed(frame, size))


def placed(frame: Any, size: tuple[int, int]) -> Image.Image:
    """Draw a picture in the middle of a black one of a size, no larger than it is."""
    picture = frame.to_image()
    picture.thumbnail(size)
    place = Image.new("RGB", size)
    place.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return place
