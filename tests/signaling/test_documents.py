"""A document is opened in a process of its own, kept sealed, drawn page by page; all else is refused by name."""

from __future__ import annotations

import hashlib
import io
import itertools
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pypdfium2 as pdfium
import pytest
import pytest_asyncio
from PIL import Image, ImageChops

from signaling.documents.pages import TILE, WIDTHS, Tile, count, cut
from signaling.errors import ServiceError
from tests.signaling.records.house import (
    AGENT,
    BOOTH,
    OTHER_AGENT,
    OTHER_BOOTH,
    SUPERVISOR,
    House,
    digest_header,
    open_house,
    picture,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


CALLS = itertools.count(1)
PDF = "application/pdf"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def paper() -> bytes:
    return pdf(3)


def pdf(pages: int, *, text: str = "", size: tuple[float, float] = (595.28, 841.89)) -> bytes:
    """Write a PDF by hand, with one black square on each page, lower from page to page."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(pages))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>"]
    for number in range(pages):
        content = text or f"0 0 0 rg 100 {700 - 100 * number} 60 60 re f"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {4 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    return assembled([one.encode() for one in objects])


def assembled(objects: list[bytes], trailer: bytes = b"") -> bytes:
    data, offsets = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return data


def encrypted() -> bytes:
    key = b"/Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s>" % (b"00" * 32, b"11" * 32)
    whole = pdf(1)
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt << %s >> /ID [<00> <00>]" % key)


def picture_bomb() -> bytes:
    """A page whose picture unpacks into 10^10 pixels."""
    stream = zlib.compress(b"\0" * 1_000_000)
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8 /ColorSpace /DeviceGray "
        b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    )
    return assembled([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /XObject << /A 5 0 R >> >> >>",
        b"<< /Length 22 >>\nstream\n595 0 0 842 0 0 cm /A Do\nendstream", image,
    ])  # fmt: skip


def content_bomb() -> bytes:
    """A page whose drawing unpacks into 3 GB: zeros packed twice."""
    inner = zlib.compress(b" " * 300_000_000, 1)
    stream = zlib.compress(inner * 10, 9)
    return assembled([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [%s] >>" % b" ".join([b"4 0 R"] * 12),
        b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ])  # fmt: skip


def with_zip(data: bytes) -> bytes:
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("hidden.txt", "hidden")
    return file.getvalue()


class Scene:
    """A house, a call of one test's own in it, and the cookies of those who ask."""

    def __init__(self, house: House, call_id: str, cookies: dict[str, str]) -> None:
        self.house = house
        self.call_id = call_id
        self.cookies = cookies
        house.members |= {(BOOTH, call_id), (AGENT, call_id)}

    async def send(self, data: bytes, *, kind: str = PDF, who: str = "booth", name: str = "纸.pdf") -> Any:
        return await self.house.ask(
            "POST", f"/api/calls/{self.call_id}/documents", cookie=self.cookies[who], data=data,
            params={"name": name}, headers={"Content-Type": kind},
        )  # fmt: skip

    async def ask(self, method: str, path: str, who: str) -> Any:
        return await self.house.ask(method, path, cookie=self.cookies.get(who, ""))

    async def sealed(self) -> list[str]:
        """Return the names of the files on the disk."""
        return [file.stem for file in self.house.settings.documents_dir.rglob("*.sealed")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, dict[str, str]]]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house, {
            "booth": await house.booth_cookie(), "agent": await house.staff_cookie(),
            "other booth": await house.booth_cookie(OTHER_BOOTH), "other agent": await house.staff_cookie(OTHER_AGENT),
            "boss": await house.staff_cookie(SUPERVISOR),
        }  # fmt: skip


@pytest.fixture
def scene(shared: tuple[House, dict[str, str]]) -> Scene:
    shared[0].clock.now += 60  # whatever was refused in another test is forgotten
    return Scene(shared[0], f"call_{next(CALLS)}", shared[1])


# --- the way it should go ------------------------------------------------------------------------------


async def test_a_pdf_is_kept_byte_for_byte_sealed_and_drawn_page_by_page(scene: Scene, paper: bytes) -> None:
    stored = await (await scene.send(paper, name="C:\\papers\\租赁合同.pdf")).json()
    address = f"/api/documents/{stored['document_id']}"
    assert (stored["pages"], stored["kind"], stored["name"]) == (3, "upload", "租赁合同.pdf")
    assert (stored["sha256"], stored["size"]) == (hashlib.sha256(paper).hexdigest(), len(paper))
    assert stored["page_sizes"][0] == [595.28, 841.89]
    (sealed,) = scene.house.settings.documents_dir.rglob(f"{stored['document_id']}.sealed")
    assert b"%PDF" not in sealed.read_bytes()

    download = await scene.ask("GET", f"{address}/content", "agent")
    assert await download.read() == paper
    assert download.headers["Repr-Digest"] == digest_header(paper)
    assert download.headers["Content-Disposition"].startswith("attachment")
    scale = 1024 / 595.28
    for number in (1, 2, 3):
        answer = await scene.ask("GET", f"{address}/pages/{number}/1024/0/0", "booth")
        page = Image.open(io.BytesIO(await answer.read())).convert("L")
        x, y = round(130 * scale), round((841.89 - 730 + 100 * (number - 1)) * scale)
        assert (page.size, page.getpixel((x, y)), page.getpixel((x, y - 100))) == ((1024, 1024), 0, 255)


async def test_the_tiles_of_a_width_make_up_the_page(scene: Scene, paper: bytes) -> None:
    documents = scene.house.documents
    document = await documents.keep(paper, call_id=scene.call_id, name="a", kind="form", by="")
    columns, rows = count(2048, document.page_sizes[0])
    whole = Image.new("L", (2048, round(2048 * 841.89 / 595.28)))
    for column in range(columns):
        for row in range(rows):
            _, data = await documents.tile(document, Tile(2, 2048, column, row))
            whole.paste(Image.open(io.BytesIO(data)), (column * TILE, row * TILE))
    page = pdfium.PdfDocument(paper)[1]
    expected = page.render(scale=2048 / 595.28).to_pil().convert("L").resize(whole.size)
    different = ImageChops.difference(whole, expected).histogram()
    assert sum(different[64:]) < 2000  # the square's edges, half a pixel off


async def test_a_picture_loses_where_and_when_it_was_taken_and_stands_upright(scene: Scene) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 2.0)  # GPS latitude
    data = picture(320, 240, "JPEG", exif=exif)
    stored = await (await scene.send(data, kind="image/jpeg", name="a.jpg")).json()
    documents = scene.house.documents
    kept = await documents.content(await documents.get(stored["document_id"]))
    assert b"Exif" in data
    assert b"Exif" not in kept
    assert stored["page_sizes"] == [[240, 320]]
    plain = picture()
    stored = await (await scene.send(plain, kind="image/png")).json()
    assert stored["sha256"] == hashlib.sha256(plain).hexdigest()


async def test_who_sent_a_paper_takes_it_back_and_its_bytes_are_gone(scene: Scene, paper: bytes) -> None:
    stored = await (await scene.send(paper)).json()
    address = f"/api/documents/{stored['document_id']}"
    assert (await scene.ask("DELETE", address, "agent")).status == 403
    assert (await scene.ask("DELETE", address, "booth")).status == 204
    assert stored["document_id"] not in await scene.sealed()
    assert (await scene.ask("GET", address, "agent")).status == 404
    assert await scene.house.documents.of_call(scene.call_id) == []


async def test_it_is_there_after_a_restart(tmp_path: Path, paper: bytes) -> None:
    async with open_house(tmp_path) as house:
        kept = await house.documents.keep(paper, call_id="call_1", name="回执", kind="receipt", by="")
    async with open_house(tmp_path) as house:
        assert await house.documents.of_call("call_1") == [kept]
        assert await house.documents.content(kept) == paper


# --- who may -------------------------------------------------------------------------------------------


async def test_only_members_and_supervisors_see_and_only_members_send(scene: Scene, paper: bytes) -> None:
    stored = await (await scene.send(paper)).json()
    address = f"/api/documents/{stored['document_id']}"
    addresses = [f"/api/calls/{scene.call_id}/documents", address, f"{address}/content", f"{address}/pages/1/1024/0/0"]
    for who in ("other booth", "other agent"):
        assert (await scene.send(paper, who=who)).status == 404
        assert {(await scene.ask("GET", one, who)).status for one in addresses} == {404}
    assert {(await scene.ask("GET", one, "nobody")).status for one in addresses} == {401}
    assert {(await scene.ask("GET", one, "boss")).status for one in addresses} == {200}
    assert (await scene.send(paper, who="boss")).status == 404


# --- refused by name -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind", "code", "status"),
    [
        (b"", PDF, "empty", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "not_a_document", 415),
        (b"<!doctype html><script>1</script>", PDF, "not_a_document", 415),
        (b"<svg/>", "image/svg+xml", "unsupported_media_type", 415),
        (pdf(1)[:-200], PDF, "truncated", 415),
        (pdf(1)[:40] + b"<script>alert(1)</script>" + pdf(1)[40:], PDF, "polyglot", 415),
        (pdf(1) + b"more", PDF, "polyglot", 415),
        (with_zip(pdf(1)), PDF, "polyglot", 415),
        (encrypted(), PDF, "encrypted", 415),
        (pdf(201), PDF, "too_many_pages", 413),
        (pdf(1, size=(99_999, 10)), PDF, "damaged", 415),
        (picture_bomb(), PDF, "too_many_pixels", 413),
        (b"%PDF-1.7\n" + b"\0" * 3000 + b"%%EOF", PDF, "damaged", 415),
        (picture()[:-20], "image/png", "truncated", 415),
    ],
    ids=["nothing", "svg", "html", "svg as such", "cut off", "html inside", "a tail", "archive", "encrypted",
         "201 pages", "a mile of paper", "picture bomb", "zeros", "half a picture"],
)  # fmt: skip
async def test_what_is_no_honest_paper_is_refused_by_name(
    scene: Scene, data: bytes, kind: str, code: str, status: int
) -> None:
    before = await scene.sealed()
    answer = await scene.send(data, kind=kind)
    assert ((await answer.json())["code"], answer.status) == (code, status)
    assert await scene.house.documents.of_call(scene.call_id) == []
    assert await scene.sealed() == before


async def test_who_sends_no_honest_paper_again_and_again_waits_and_others_do_not(scene: Scene, paper: bytes) -> None:
    assert {(await scene.send(b"<!doctype html>")).status for _ in range(6)} == {415}
    late = await scene.send(paper)
    assert ((await late.json())["code"], late.status) == ("too_many_refused", 429)
    assert await scene.house.documents.of_call(scene.call_id) == []
    assert (await scene.send(paper, who="agent")).ok
    scene.house.clock.now += 10
    assert (await scene.send(paper)).ok


async def test_a_page_that_unpacks_into_gigabytes_ends_in_a_refusal_and_the_next_is_read(
    tmp_path: Path, paper: bytes
) -> None:
    limits = {"read_memory_bytes": 300_000_000, "read_timeout_s": 20}
    async with open_house(tmp_path, documents=limits) as house:
        with pytest.raises(ServiceError) as refused:
            await house.documents.keep(content_bomb(), call_id="call_1", name="a", kind="upload", by="")
        assert refused.value.code == "bomb"
        assert (await house.documents.keep(paper, call_id="call_1", name="a", kind="upload", by="")).pages == 3


async def test_more_bytes_than_stated_are_refused(scene: Scene, paper: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.house.documents, "max_bytes", 1024)
    answer = await scene.send(paper + b" " * 2000)
    assert ((await answer.json())["code"], answer.status) == ("too_large", 413)


async def test_a_tile_that_is_not_there_is_refused(scene: Scene, paper: bytes) -> None:
    stored = await (await scene.send(paper)).json()
    for end in ("4/1024/0/0", "0/1024/0/0", "1/1024/1/0", "1/1024/0/9"):
        assert (await scene.ask("GET", f"/api/documents/{stored['document_id']}/pages/{end}", "booth")).status == 404
    for end in ("1/1000/0/0", "x/1024/0/0", "9999999/1024/0/0"):
        assert (await scene.ask("GET", f"/api/documents/{stored['document_id']}/pages/{end}", "booth")).status == 400


@pytest.mark.parametrize("width", WIDTHS)
async def test_tiles_cover_a_page_without_a_gap(width: int) -> None:
    size = (595.28, 841.89)
    columns, rows = count(width, size)
    cuts = [cut(Tile(1, width, column, row), (size,)) for column in range(columns) for row in range(rows)]
    assert sum(one.width * one.height for one in cuts) == width * round(width * size[1] / size[0])
