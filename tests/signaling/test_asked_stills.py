"""A still that a helper asks for in a call, through real sockets and API: asked, sent, shown, withdrawn, refused."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import TYPE_CHECKING

import aiohttp
import pytest
from PIL import Image

from tests.signaling.house import House, Page, open_house, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

BOOTH, OTHER_BOOTH = "booth_taopu_center", "booth_wanli_center"
AGENT = "agent_chen_jing"
ITEM = "social_card_replace"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(buffer, "PNG")
    return buffer.getvalue()


async def upload(house: House, capture_id: str, still: bytes, cookie: str = "", length: int | None = None) -> int:
    digest = base64.b64encode(hashlib.sha256(still).digest()).decode()
    headers = {
        "Cookie": cookie or await house.cookie(BOOTH),
        "Content-Type": "application/partial-upload",
        "Upload-Offset": "0",
        "Upload-Length": str(len(still) if length is None else length),
        "Upload-Complete": "?1",
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    url = f"{house.url}/api/captures/{capture_id}/content"
    async with aiohttp.ClientSession() as session, session.patch(url, data=still, headers=headers) as answer:
        return answer.status


def captured(state: str) -> Callable[[Page], bool]:
    return lambda page: any(name == "capture.changed" and told["state"] == state for name, told in page.events)


async def test_a_still_is_asked_for_sent_shown_and_withdrawn(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    capture_id = (await agent.do("capture.request", call_id=call_id))["capture_id"]
    order = await booth.told("capture.changed")
    assert (order["capture_id"], order["call_id"], order["state"]) == (capture_id, call_id, "requested")
    still = png()
    assert await upload(house, capture_id, still) in (200, 201, 204)
    await agent.until(captured("stored"))
    told = await agent.told("capture.changed")
    assert (told["size"], told["sha256"]) == (len(still), hashlib.sha256(still).hexdigest())
    assert (told["width"], told["height"], told["requester"]) == (64, 48, AGENT)
    reloaded = await house.page(AGENT)
    assert [capture["state"] for capture in reloaded.snapshot["captures"]] == ["stored"]
    stranger = await house.page(OTHER_BOOTH)
    assert await stranger.refused("capture.withdraw", capture_id=capture_id) == "not_a_member"
    await booth.do("capture.withdraw", capture_id=capture_id)
    await reloaded.until(captured("withdrawn"))
    assert await booth.refused("capture.withdraw", capture_id=capture_id) == "capture_withdrawn"
    assert await booth.refused("capture.withdraw", capture_id="cap_1") == "unknown"


@pytest.mark.parametrize(
    ("still", "length", "status"),
    [
        (b"<!doctype html><script>alert(1)</script>", None, 415),
        (png() + b"PK\x03\x04" + bytes(100), None, 415),  # a picture and an archive in one
        (png(), 250_000_000, 413),  # ten times the limit
    ],
    ids=["not an image", "polyglot", "ten times the limit"],
)
async def test_a_wrong_upload_is_refused_and_the_running_call_goes_on(
    house: House, still: bytes, length: int | None, status: int
) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id, link_id = booth.call["call_id"], booth.link_id
    capture_id = (await agent.do("capture.request", call_id=call_id))["capture_id"]
    assert await upload(house, capture_id, still, cookie=f"vw_booth={'x' * 43}", length=length) == 401
    assert await upload(house, capture_id, still, length=length) == status
    if status == 415:
        await agent.until(captured("failed"))
    await agent.do("chat.say", call_id=call_id, text="请再拍一次", message_id="m1")
    await booth.told("chat.said")
    assert (booth.view["phase"], booth.link_id, agent.link_id) == ("talking", link_id, link_id)
    another = (await agent.do("capture.request", call_id=call_id))["capture_id"]
    assert await upload(house, another, png()) == 204
    await agent.until(captured("stored"))


async def test_a_booth_that_cannot_take_a_still_says_so(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    capture_id = (await agent.do("capture.request", call_id=agent.call["call_id"]))["capture_id"]
    await booth.do("capture.fail", capture_id=capture_id, reason="camera_gone")
    await agent.until(captured("failed"))
    assert (await agent.told("capture.changed"))["problem"]["code"] == "camera_gone"


async def test_the_next_citizen_has_no_say_in_the_stills_of_the_one_before(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    capture_id = (await agent.do("capture.request", call_id=call_id))["capture_id"]
    await upload(house, capture_id, png())
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    await booth.do("call.dismiss", call_id=call_id)
    await booth.until(lambda page: page.view["phase"] == "idle")
    assert await booth.refused("capture.withdraw", capture_id=capture_id) == "not_a_member"
    assert booth.snapshot["captures"] == []
