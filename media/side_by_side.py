"""A recorded call as one picture: the cameras beside each other over the mixed sound, H.264 and AAC in MP4.

Runs in a worker process, on request. Pictures and sound are decoded in order of time and drawn fifteen times a second.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

import av
import av.filter
from PIL import Image

from media import segment
from media.mp4 import FRAGMENTED, numbered, placed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media.segment import Segment

_SIZE: Final = (640, 360)
_FPS: Final = 15
_RATE: Final = 48_000


def write(
    folder: Path,
    key: bytes,
    tracks: dict[str, list[Segment]],
    started_at: float,
    out: Any,
    tell: Callable[[float], None],
) -> None:
    """Write the film to a file object."""
    cameras = [found for name, found in tracks.items() if "/camera/" in name]
    voices = [found for name, found in tracks.items() if "/microphone/" in name]
    length = max(one.started_at + one.duration_s for found in tracks.values() for one in found) - started_at
    with av.open(out, "w", format="mp4", options=FRAGMENTED) as container:
        film = Film(container, len(cameras), len(voices))
        decoded = (segment.frames(folder, key, found, started_at) for found in (*cameras, *voices))
        readers = [numbered(at, frames) for at, frames in enumerate(decoded)]
        told = 0.0
        for at, index, frame in heapq.merge(*readers, key=lambda one: one[0]):
            film.advance(at)
            if index < len(cameras):
                film.show(index, frame)
            else:
                film.hear(index - len(cameras), at, frame)
            if at > told + 10:
                told = at
                tell(min(1.0, at / length))
        film.end(length)


class Film:
    """The output: what is shown and heard now, and how far it has been written."""

    def __init__(self, container: Any, cameras: int, voices: int) -> None:
        self._container = container
        self._canvas = Image.new("RGB", (_SIZE[0] * max(1, cameras), _SIZE[1]))
        self._video = container.add_stream("libx264", rate=_FPS)
        self._video.width, self._video.height, self._video.pix_fmt = *self._canvas.size, "yuv420p"
        self._video.options = {"preset": "veryfast", "crf": "23"}
        self._count = 0
        self._audio = container.add_stream("aac", rate=_RATE, layout="mono") if voices else None
        self._mixer = _mixer(voices) if voices else None

    def show(self, camera: int, frame: Any) -> None:
        """Put a picture in its place, whole, with its proportions."""
        self._canvas.paste(placed(frame, _SIZE), (_SIZE[0] * camera, 0))

    def hear(self, voice: int, at: float, frame: Any) -> None:
        frame.pts, frame.time_base = round(at * _RATE), Fraction(1, _RATE)
        if self._mixer is not None:
            self._mixer.inputs[voice].push(frame)
        self._write_sound()

    def _write_sound(self) -> None:
        while self._audio is not None and self._mixer is not None:
            try:
                frame = self._mixer.out.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._container.mux(self._audio.encode(frame))

    def advance(self, at: float) -> None:
        """Draw what is due before this moment."""
        while self._count / _FPS < at:
            frame = cast("Any", av.VideoFrame).from_image(self._canvas)
            frame.pts, frame.time_base = self._count, Fraction(1, _FPS)
            self._container.mux(self._video.encode(frame))
            self._count += 1

    def end(self, at: float) -> None:
        self.advance(at)
        self._container.mux(self._video.encode(None))
        if self._audio is not None and self._mixer is not None:
            for one in self._mixer.inputs:
                one.push(None)
            self._write_sound()
            self._container.mux(self._audio.encode(None))


@dataclass(frozen=True, slots=True)
class Mixer:
    """A filter graph with an input for each voice; `graph` keeps it alive."""

    graph: Any
    inputs: list[Any]
    out: Any


def _mixer(voices: int) -> Mixer:
    """A graph that fills each voice's gaps with silence and adds them up."""
    graph = av.filter.Graph()
    inputs = [
        graph.add_abuffer(sample_rate=_RATE, format="fltp", layout="stereo", time_base=Fraction(1, _RATE))
        for _ in range(voices)
    ]
    mix = graph.add("amix", f"inputs={voices}:duration=longest:normalize=0")
    form = graph.add("aformat", f"sample_fmts=s16:sample_rates={_RATE}:channel_layouts=mono")
    sink = graph.add("abuffersink")
    for index, one in enumerate(inputs):
        fill = graph.add("aresample", "async=1:first_pts=0")
        one.link_to(fill)
        fill.link_to(mix, 0, index)
    mix.link_to(form)
    form.link_to(sink)
    graph.configure()
    return Mixer(graph, inputs, sink)
