"""The pages of one paper become one document: in order, whole, and without what the citizen took back."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
import pytest
from PIL import Image

from signaling.records.findings import Reading
from tests.signaling.records.house import AGENT, BOOTH, OTHER_AGENT, House, open_house, part

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from signaling.records import Capture

CALL = "call_1"
COLOURS = ("#c03030", "#30a030", "#3030c0")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        house.members |= {(BOOTH, CALL), (AGENT, CALL)}
        yield house


def picture(colour: str, size: tuple[int, int] = (600, 800)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


async def take(house: House, data: bytes, paper_id: str | None = None, kind: str = "pages") -> Capture:
    """Ask for a page and send it."""
    asked = await house.captures.request(CALL, BOOTH, requester=AGENT, paper_id=paper_id, kind=kind)
    url = f"/api/captures/{asked.capture_id}/content"
    assert (await house.ask("PATCH", url, cookie=await house.booth_cookie(), **part(data))).status == 204
    return asked


async def correct(house: House, capture: Capture, flat: bytes, by: str = "sheet") -> None:
    """Put a corrected picture beside a still, as the inspection does after reading it."""
    await house.captures.keep_beside(capture, "flat", flat)
    reading = Reading(capture.capture_id, CALL, "read", house.clock(), corners={"by": by})
    await house.records.findings.save(reading)


async def bind(house: House, paper_id: str | None, who: str = AGENT) -> tuple[int, dict[str, str]]:
    address = f"/api/calls/{CALL}/papers/{paper_id}/document?name=申请表"
    answer = await house.ask("POST", address, cookie=await house.staff_cookie(who))
    return answer.status, await answer.json()


async def pages_of(house: House, document_id: str) -> list[Image.Image]:
    answer = await house.ask("GET", f"/api/documents/{document_id}/content", cookie=await house.staff_cookie())
    document = pdfium.PdfDocument(await answer.read())
    try:
        return [page.render(scale=0.2).to_pil() for page in document]
    finally:
        document.close()


def near(pixel: object, colour: str) -> bool:
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    assert isinstance(wanted, tuple)
    return all(abs(one - other) < 16 for one, other in zip(pixel, wanted, strict=True))


async def test_pages_become_one_document_in_their_order(house: House) -> None:
    first = await take(house, picture(COLOURS[0]))
    await take(house, picture(COLOURS[1]), first.paper_id)
    await take(house, picture(COLOURS[2], (800, 600)), first.paper_id)
    status, document = await bind(house, first.paper_id)
    assert (status, document["kind"], document["media_type"]) == (200, "upload", "application/pdf")
    pages = await pages_of(house, document["document_id"])
    middles = [page.getpixel((page.width // 2, page.height // 2)) for page in pages]
    assert [near(middle, colour) for middle, colour in zip(middles, COLOURS, strict=True)] == [True] * 3
    assert [page.width > page.height for page in pages] == [False, False, True]
    assert await bind(house, first.paper_id) == (200, document), "bound once"


async def test_both_sides_of_an_identity_card_are_on_one_page_at_their_true_size(house: House) -> None:
    front = await take(house, picture(COLOURS[0], (1712, 1080)), kind="id_card")
    await take(house, picture(COLOURS[1], (1712, 1080)), front.paper_id)
    _, document = await bind(house, front.paper_id)
    (page,) = await pages_of(house, document["document_id"])
    middle = page.width // 2
    above, below = (page.getpixel((middle, page.height * share // 4)) for share in (1, 3))
    assert near(above, COLOURS[0])
    assert near(below, COLOURS[1])
    across = sum(near(page.getpixel((x, page.height // 4)), COLOURS[0]) for x in range(page.width))
    assert across / page.width == pytest.approx(85.6 / 210, abs=0.01)


async def test_what_is_bound_is_the_sheet_that_was_found_and_not_the_desk_around_it(house: House) -> None:
    desk, card = picture("#202020", (1600, 1200)), picture(COLOURS[1], (1712, 1080))
    front = await take(house, desk, kind="id_card")
    back = await take(house, desk, front.paper_id)
    await correct(house, front, card)
    await correct(house, back, desk, by="whole")
    _, document = await bind(house, front.paper_id)
    (page,) = await pages_of(house, document["document_id"])
    across = sum(near(page.getpixel((x, page.height // 4)), COLOURS[1]) for x in range(page.width))
    assert across / page.width == pytest.approx(85.6 / 210, abs=0.01), "at a card's true size"
    assert near(page.getpixel((page.width // 2, page.height * 3 // 4)), "#202020"), "no sheet was found on the back"
    assert (await bind(house, front.paper_id))[1] == document
    house.clock.now += 5
    await correct(house, front, picture(COLOURS[2], (1712, 1080)), by=AGENT)
    status, again = await bind(house, front.paper_id)
    assert status == 200
    (page,) = await pages_of(house, again["document_id"])
    assert near(page.getpixel((page.width // 2, page.height // 4)), COLOURS[2]), "bound anew after it was set by hand"


async def test_a_page_that_is_taken_back_leaves_no_document(house: House) -> None:
    first = await take(house, picture(COLOURS[0]))
    second = await take(house, picture(COLOURS[1]), first.paper_id)
    _, document = await bind(house, first.paper_id)
    removed = asyncio.Event()
    house.documents.on_changed(lambda one: removed.set() if one.removed_at is not None else None)
    booth = await house.auth.identify_booth((await house.booth_cookie()).partition("=")[2])
    await house.captures.withdraw(second.capture_id, booth)
    await asyncio.wait_for(removed.wait(), 10)
    address = f"/api/documents/{document['document_id']}/content"
    assert (await house.ask("GET", address, cookie=await house.staff_cookie())).status == 404
    status, again = await bind(house, first.paper_id)
    assert status == 200
    assert len(await pages_of(house, again["document_id"])) == 1


async def test_who_is_not_in_the_call_binds_nothing_and_nothing_is_bound_of_nothing(house: House) -> None:
    first = await take(house, picture(COLOURS[0]))
    assert (await bind(house, first.paper_id, OTHER_AGENT))[0] == 404
    assert (await bind(house, "paper_of_nobody"))[0] == 404
    asked = await house.captures.request(CALL, BOOTH, requester=AGENT)
    assert (await bind(house, asked.paper_id))[0] == 409
