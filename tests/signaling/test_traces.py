"""What is handed on shows the same picture, and says nothing of where, when and with what it was taken."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from signaling.pictures import traces
from signaling.pictures.refusals import NotAPicture
from signaling.pictures.structure import DISGUISES
from tests.signaling.records.house import picture

SECRET = b"121.4737E"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
NOISE = picture(96, 64, "JPEG")


def exif(way: int = 1) -> Image.Exif:
    """A phone's: the place, the moment, the maker, and which way is up."""
    said = Image.Exif()
    said[0x0112] = way
    said[0x010F], said[0x0132] = SECRET.decode(), "2026:11:25 09:00:00"
    said.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 2.5), 3: "E", 4: (121.0, 28.0, 25.3)})
    return said


def phone(kind: str, way: int = 1, **more: Any) -> bytes:
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
        more["pnginfo"] = text
    else:
        more.update(comment=SECRET, xmp=b"<x>" + SECRET + b"</x>")
    return picture(320, 240, kind, exif=exif(way), icc_profile=PROFILE, dpi=(200, 200), **more)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels(data: bytes) -> bytes:
    return opened(data).tobytes()


def with_segments(jpeg: bytes, segments: list[tuple[int, bytes]]) -> bytes:
    said = b"".join(b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body for marker, body in segments)
    return jpeg[:2] + said + jpeg[2:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_with_its_place_is_handed_on_without_it(kind: str) -> None:
    taken = phone(kind)
    assert opened(taken).getexif().get_ifd(0x8825)
    assert SECRET in taken
    handed = traces.without(taken)
    assert dict(opened(handed).getexif()) == {}
    assert SECRET not in handed
    assert b"Exif" not in handed
    assert b"eXIf" not in handed
    assert pixels(handed) == pixels(taken)
    assert opened(handed).info["icc_profile"] == PROFILE
    assert opened(handed).info["dpi"] == pytest.approx((200, 200), abs=0.1)
    assert traces.without(handed) == handed


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("way", range(2, 9))
def test_which_way_is_up_stays_said_and_nothing_else(kind: str, way: int) -> None:
    taken = phone(kind, way)
    handed = traces.without(taken)
    assert dict(opened(handed).getexif()) == {0x0112: way}
    assert SECRET not in handed
    before, after = (np.asarray(ImageOps.exif_transpose(opened(data))) for data in (taken, handed))
    assert np.array_equal(before, after)


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"restart_marker_blocks": 3}, {"subsampling": 2, "quality": 30}]
)
def test_every_way_to_write_a_jpeg_is_kept(options: dict[str, Any]) -> None:
    taken = phone("JPEG", **options)
    assert pixels(traces.without(taken)) == pixels(taken)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_palettes_transparency_and_inverted_inks_are_kept(mode: str) -> None:
    file = io.BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    opened(NOISE).convert(mode).save(file, kind, exif=exif())
    handed = traces.without(file.getvalue())
    assert (opened(handed).mode, pixels(handed)) == (mode, pixels(file.getvalue()))
    assert SECRET not in handed


def test_a_thumbnail_inside_does_not_stay_behind() -> None:
    head = b"JFIF\x00\x01\x02\x01\x00\xc8\x00\xc8"
    bare = NOISE[:2] + NOISE[20:]  # without its own JFIF
    tagged = with_segments(bare, [(0xE0, head + b"\x04\x04" + SECRET.ljust(48)), (0xE0, b"JFXX\x00\x13" + SECRET)])
    handed = traces.without(tagged)
    assert handed == with_segments(bare, [(0xE0, head + b"\x00\x00")])
    assert pixels(handed) == pixels(tagged)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_says_nothing_comes_back_byte_for_byte(kind: str) -> None:
    assert traces.without(picture(kind=kind)) == picture(kind=kind)


# What another program would open is refused as a whole, and tested elsewhere.
SAID = st.binary(max_size=200).filter(lambda body: not DISGUISES.search(body))
BODIES = SAID.map(lambda body: b"\x00" + body)  # no letter that begins a segment needed to show the picture


@given(st.lists(st.tuples(st.sampled_from([*range(0xE0, 0xF0), 0xFE]), BODIES), max_size=8))
def test_whatever_else_is_said_goes(segments: list[tuple[int, bytes]]) -> None:
    assert traces.without(with_segments(NOISE, segments)) == NOISE


@given(SAID, st.sampled_from([b"", b"II*\x00", b"MM\x00*", b"MM\x00*\x00\x00\x00\x08\x00\x02"]))
def test_exif_that_makes_no_sense_goes_too(said: bytes, head: bytes) -> None:
    handed = traces.without(with_segments(NOISE, [(0xE1, traces.EXIF + head + said)]))
    assert len(handed) <= len(NOISE) + 2 + 2 + len(traces.EXIF) + 26
    assert pixels(handed) == pixels(NOISE)


@given(st.data())
def test_what_is_broken_is_refused_and_never_handed_on(data: st.DataObject) -> None:
    taken = NOISE
    with pytest.raises(NotAPicture):
        traces.without(taken[: data.draw(st.integers(0, len(taken) - 1))])
