"""What a booth's upload is refused for: malformed parts, and everything that is not one whole picture.

One house serves all tests of this module; each has a call and captures of its own.
"""

from __future__ import annotations

import io
import itertools
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image

from tests.signaling.records.house import AGENT, BOOTH, House, digest_header, open_house, part, picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.records import Capture

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLS = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, str]]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house, await house.booth_cookie()


@pytest.fixture
def house(shared: tuple[House, str]) -> House:
    return shared[0]


@pytest.fixture
def cookie(shared: tuple[House, str]) -> str:
    return shared[1]


async def ask_for_still(house: House) -> tuple[Capture, str]:
    capture = await house.captures.request(f"call_{next(CALLS)}", BOOTH, requester=AGENT)
    return capture, f"/api/captures/{capture.capture_id}/content"


def is_kept(house: House, capture: Capture) -> bool:
    return any(capture.capture_id in file.name for file in house.settings.captures_dir.rglob("*.sealed"))


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"Upload-Offset": None}, 400, "Upload-Offset"),
        ({"Upload-Offset": "-1"}, 400, "Upload-Offset"),
        ({"Upload-Offset": "0x10"}, 400, "Upload-Offset"),
        ({"Upload-Offset": "٣"}, 400, "Upload-Offset"),
        ({"Upload-Offset": "9" * 40}, 400, "Upload-Offset"),
        ({"Upload-Complete": "yes"}, 400, "Upload-Complete"),
        ({"Content-Type": "image/png"}, 400, "Content-Type"),
        ({"Upload-Length": "250000001"}, 413, "Upload-Length"),
        ({"Upload-Length": "10"}, 400, "Upload-Length"),
        ({"Repr-Digest": None}, 400, "Repr-Digest"),
        ({"Repr-Digest": "sha-256=:nonsense:"}, 400, "Repr-Digest"),
        ({"Repr-Digest": "md5=:AAAA:"}, 400, "Repr-Digest"),
    ],
)
async def test_a_malformed_part_is_refused_by_name_and_changes_nothing(
    house: House, cookie: str, changes: dict[str, str | None], status: int, field: str
) -> None:
    data = picture()
    capture, url = await ask_for_still(house)
    request = part(data)
    for name, value in changes.items():
        if value is None:
            del request["headers"][name]
        else:
            request["headers"][name] = value
    answer = await house.ask("PATCH", url, cookie=cookie, **request)
    problem = await answer.json()
    assert (answer.status, problem["field"]) == (status, field)
    assert answer.content_type == "application/problem+json"
    assert (await house.captures.get(capture.capture_id)).state in ("requested", "uploading")


# --- what is not a picture ----------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *extra: bytes, rows: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def animated() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 99)]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return file.getvalue()


def other(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, kind)
    return file.getvalue()


def damaged_png() -> bytes:
    data = bytearray(picture(64, 64))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


def jpeg_with(comment: bytes) -> bytes:
    return picture(64, 64, "JPEG", comment=comment)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NOT_PICTURES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 415, "empty"),
    "text": (lambda: b"hello", 415, "not_a_picture"),
    "svg": (lambda: SVG, 415, "not_a_picture"),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", 415, "not_a_picture"),
    "pdf": (lambda: b"%PDF-1.7\n1 0 obj", 415, "not_a_picture"),
    "gif": (lambda: other("GIF"), 415, "not_a_picture"),
    "webp": (lambda: other("WEBP"), 415, "not_a_picture"),
    "tiff": (lambda: other("TIFF"), 415, "not_a_picture"),
    "bmp": (lambda: other("BMP"), 415, "not_a_picture"),
    "only a PNG signature": (lambda: b"\x89PNG\r\n\x1a\n", 415, "truncated"),
    "truncated PNG": (lambda: picture(64, 64)[:-20], 415, "truncated"),
    "truncated JPEG": (lambda: picture(64, 64, "JPEG")[:-2], 415, "truncated"),
    "half a JPEG": (lambda: picture(64, 64, "JPEG")[:3000], 415, "truncated"),
    "damaged PNG": (lambda: damaged_png(), 415, "damaged"),
    "PNG and ZIP": (lambda: picture(64, 64) + b"PK\x03\x04" + bytes(100), 415, "polyglot"),
    "JPEG and HTML": (lambda: picture(64, 64, "JPEG") + b"<script>", 415, "polyglot"),
    "two JPEGs": (lambda: picture(64, 64, "JPEG") * 2, 415, "polyglot"),
    "HTML in a PNG's text": (lambda: png(1, 1, chunk(b"tEXt", b"C\0<script>"), rows=b"\0\0"), 415, "polyglot"),
    "PDF in a JPEG's comment": (lambda: jpeg_with(b"%PDF-1.7 and more"), 415, "polyglot"),
    "ZIP in a JPEG's comment": (lambda: jpeg_with(b"PK\x05\x06" + bytes(18)), 415, "polyglot"),
    "animated PNG": (lambda: animated(), 415, "animated"),
    "PNG without pixels": (lambda: png(100, 100), 415, "damaged"),
    "PNG of no size": (lambda: png(0, 0), 415, "not_a_picture"),
    "PNG with unknown critical part": (lambda: png(1, 1, chunk(b"EVIL", b""), rows=b"\0\0"), 415, "not_a_picture"),
    "PNG whose header comes twice": (lambda: png(1, 1, chunk(b"IHDR", bytes(13)), rows=b"\0\0"), 415, "not_a_picture"),
    "decompression bomb": (lambda: png(60_000, 60_000, rows=bytes(10_000_000)), 413, "too_many_pixels"),
    "more than 40 megapixels": (lambda: png(8001, 5000, rows=bytes(8002 * 5000)), 413, "too_many_pixels"),
    "a PNG that unpacks into more than its size": (lambda: png(10, 10, rows=bytes(50_000_000)), 204, ""),
}


@pytest.mark.parametrize("name", NOT_PICTURES)
async def test_what_is_not_one_whole_picture_is_refused_by_name(house: House, cookie: str, name: str) -> None:
    make, status, code = NOT_PICTURES[name]
    data = make()
    capture, url = await ask_for_still(house)
    answer = await house.ask("PATCH", url, cookie=cookie, **part(data))
    assert answer.status == status
    after = await house.captures.get(capture.capture_id)
    if status == 204:  # zeros beyond the last row are not kept: harmless
        assert after.state == "stored"
        return
    assert (await answer.json())["code"] == code
    assert after.state == "failed"
    assert after.problem is not None
    assert after.problem["code"] == code
    assert not is_kept(house, capture)


async def test_what_decodes_strangers_bytes_yields_to_the_calls_on_the_machine(house: House, cookie: str) -> None:
    _, url = await ask_for_still(house)
    assert (await house.ask("PATCH", url, cookie=cookie, **part(picture()))).status == 204
    began = {pid: os.getpriority(os.PRIO_PROCESS, pid) for pid in workers()}
    assert began
    assert min(began.values()) >= os.getpriority(os.PRIO_PROCESS, 0) + 5
    # A kernel that shares out by session heeds nothing but the session's own niceness.
    sessions = [Path(f"/proc/{pid}/autogroup") for pid in began]
    assert all(int(one.read_text().split()[-1]) >= 5 for one in sessions if one.exists())


def workers() -> list[int]:
    """Return the processes of this one that decode."""
    mine = Path("/proc/self/task").glob("*/children")
    children = {int(pid) for listed in mine for pid in listed.read_text().split()}
    return [pid for pid in children if b"signaling." in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def test_forty_megapixels_pass(house: House, cookie: str) -> None:
    data = png(8000, 5000, rows=bytes(8001 * 5000))
    capture, url = await ask_for_still(house)
    assert (await house.ask("PATCH", url, cookie=cookie, **part(data))).status == 204
    assert (await house.captures.get(capture.capture_id)).width == 8000


async def test_a_still_that_was_changed_on_its_way_is_refused(house: House, cookie: str) -> None:
    data = picture()
    capture, url = await ask_for_still(house)
    request = part(data)
    request["headers"]["Repr-Digest"] = digest_header(b"another")
    answer = await house.ask("PATCH", url, cookie=cookie, **request)
    assert (answer.status, (await answer.json())["code"]) == (400, "digest_mismatch")
    assert (await house.captures.get(capture.capture_id)).state == "failed"


async def test_a_picture_with_exif_and_a_progressive_one_pass(house: House, cookie: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "document camera"
    for data in (
        picture(kind="JPEG", exif=exif),
        picture(kind="JPEG", progressive=True),
        picture(kind="PNG", compress_level=9),
    ):
        _, url = await ask_for_still(house)
        assert (await house.ask("PATCH", url, cookie=cookie, **part(data))).status == 204
