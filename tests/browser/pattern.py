"""The moving test pattern: a picture that says which frame it is and who sends it, and survives a video call.

A fake camera plays it, the other side's page shows it, and a test reads it back: from the pixels of the received
picture, never from what the page claims. `pattern.js` is the reader for use inside a page; both read the same cells.

The picture is a grid of 16 × 9 cells. Row 1 holds the frame number (10 bits) with its check (4 bits), row 2 the
sender (6 bits) with its complement; black or white cells 80 pixels wide are still right when VP8 has scaled the
picture down to a sixth. Below, a checkerboard in the sender's colour moves with every frame, so that a frozen, torn
or foreign picture also looks wrong as a whole.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import wave
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from cv2.typing import MatLike as Picture

COLUMNS, ROWS, SIDE = 16, 9, 80
FRAMES = 300
"""Frames in the film, at the 30 a second that Chromium plays an .mjpeg with: it begins again after 10 s."""


@dataclasses.dataclass(frozen=True)
class Sender:
    """One side of a call: the mark and colour of its picture, the pitch of its voice."""

    name: str
    mark: int
    colour: tuple[int, int, int]
    pitch_hz: float


CITIZEN = Sender("citizen", 0b010110, (60, 160, 40), 220.0)
AGENT = Sender("agent", 0b101001, (40, 110, 230), 340.0)
THIRD = Sender("third", 0b011101, (200, 60, 120), 785.0)
"""An expert, an interpreter, a supervisor: whoever comes to a call of two. No harmonic of the others is near."""


@dataclasses.dataclass(frozen=True)
class Mark:
    """What was read from a picture."""

    frame: int
    sender: int


def check(frame: int) -> int:
    """Four bits that a misread frame number will not have: a sum of its nibbles with unequal weights."""
    return ((frame & 15) * 7 + (frame >> 4 & 15) * 3 + (frame >> 8) * 5 + 9) & 15


def _cells(frame: int, sender: int) -> list[tuple[int, int, int]]:
    number = frame << 4 | check(frame)
    who = sender << 6 | (~sender & 63)
    first = [(1, 1 + place, number >> (13 - place) & 1) for place in range(14)]
    return first + [(2, 2 + place, who >> (11 - place) & 1) for place in range(12)]


@functools.lru_cache(maxsize=128)
def _board(step: int, colour: tuple[int, int, int]) -> Picture:
    canvas = np.full((ROWS * SIDE, COLUMNS * SIDE, 3), 128, np.uint8)
    y, x = np.ogrid[: (ROWS - 4) * SIDE, : COLUMNS * SIDE]
    tiles = ((x + step) // SIDE + y // SIDE) % 2 == 0
    canvas[4 * SIDE :] = np.where(tiles[..., None], np.array(colour, np.uint8), np.uint8(235))
    return canvas


def picture(frame: int, sender: Sender) -> Picture:
    """Draw one frame, as blue, green, red."""
    canvas = _board((frame * 4) % (2 * SIDE), sender.colour).copy()
    for row, column, bit in _cells(frame, sender.mark):
        canvas[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE] = 245 if bit else 10
    return canvas


def read(image: Picture) -> Mark | None:
    """Read a picture of any size; None when it is not this pattern or too damaged to be sure."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (COLUMNS * 4, ROWS * 4), interpolation=cv2.INTER_AREA)

    def bits(row: int, first: int, count: int) -> int:
        value = 0
        for column in range(first, first + count):
            middle = small[row * 4 + 1 : row * 4 + 3, column * 4 + 1 : column * 4 + 3]
            value = value << 1 | int(middle.mean() > 128)
        return value

    number, who = bits(1, 1, 14), bits(2, 2, 12)
    frame, sender = number >> 4, who >> 6
    if number & 15 != check(frame) or who & 63 != ~sender & 63 or frame >= FRAMES:
        return None
    return Mark(frame, sender)


def decoded(encoded: bytes) -> Picture:
    """Decode a PNG or JPEG, as taken of a page or of a video."""
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None, "not a picture"
    return image


def difference(image: Picture, frame: int, sender: Sender) -> float:
    """How far a received picture is from the one sent: the mean absolute difference, of 255, at a small size."""
    size = (320, 180)
    sent = cv2.resize(picture(frame, sender), size, interpolation=cv2.INTER_AREA)
    got = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return float(np.abs(sent.astype(np.int16) - got.astype(np.int16)).mean())


def write_film(path: Path, sender: Sender, size: tuple[int, int] = (1280, 720)) -> Path:
    """Write the film for `--use-file-for-fake-video-capture`: JPEG pictures one after another."""
    with path.open("wb") as film:
        for frame in range(FRAMES):
            scaled = cv2.resize(picture(frame, sender), size, interpolation=cv2.INTER_NEAREST)
            film.write(cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return path


def write_voice(path: Path, sender: Sender, seconds: float = 4.0, rate: int = 48_000) -> Path:
    """Write the sound for `--use-file-for-fake-audio-capture`.

    A voice's harmonics, swelling four times a second with a wandering pitch: a steady tone would be taken for noise
    and removed by the browser's noise suppression.
    """
    samples = int(seconds * rate)
    t = np.arange(samples) / rate
    turns = 2 * math.pi * (sender.pitch_hz * t + 6 / (2 * math.pi) * np.sin(2 * math.pi * 1.5 * t))
    voice = sum(np.sin(turns * harmonic) / harmonic for harmonic in (1, 2, 3, 4))
    loudness = 0.25 + 0.75 * np.clip(np.sin(2 * math.pi * 4 * t), 0, 1)
    heard = (voice * loudness * 0.3 * 32_767).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(heard.tobytes())
    return path
