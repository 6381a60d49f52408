"""Whatever a camera or a scanner stores, eyes see the same picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from signaling.pictures.seen import seen
from signaling.pictures.worker import do

RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
DEEP = Image.fromarray(RAMP.astype(np.uint16) * 257)
CLEAR = Image.merge("LA", (Image.fromarray(RAMP), Image.new("L", (256, 64), 0)))


def stored(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        stored(DEEP),  # as scanners store it
        stored(Image.fromarray(RAMP)),
        stored(Image.fromarray(RAMP).convert("P")),
        stored(Image.fromarray(RAMP).convert("RGBA")),
        stored(Image.fromarray(RAMP).convert("CMYK"), "JPEG", quality=95),
    ],
    ids=["16 bits", "grey", "palette", "alpha", "print colours"],
)
def test_every_way_of_storing_it_looks_the_same(data: bytes) -> None:
    _, small = do({"max_pixels": 1_000_000}, data)
    for each in (seen(Image.open(io.BytesIO(data))), Image.open(io.BytesIO(small))):
        assert each.mode == "RGB"
        assert np.abs(np.asarray(each).astype(int) - RAMP[..., None]).max() <= 6


def test_what_is_transparent_is_white_paper() -> None:
    assert seen(CLEAR).getcolors() == [(256 * 64, (255, 255, 255))]


def test_a_picture_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert seen(Image.open(io.BytesIO(stored(DEEP, exif=exif)))).size == (64, 256)
