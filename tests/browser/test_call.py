"""One call through the real pages: what each side sees, hears, says and shows."""

from __future__ import annotations

import functools
import hashlib
import itertools
from typing import TYPE_CHECKING

import pytest

from tests.browser import pattern
from tests.browser.layout import faults
from tests.browser.pattern import AGENT, CITIZEN
from tests.browser.waiting import until

if TYPE_CHECKING:
    from tests.browser.conftest import Scene
    from tests.browser.pattern import Sender
    from tests.browser.sides import Side

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def is_shown_as_sent(side: Side, sender: Sender) -> bool:
    """Whether the picture on a side, as a whole, is the one the other side sends now, and not just readable."""
    image = await side.photograph()
    mark = pattern.read(image)
    if mark is None or mark.sender != sender.mark:
        return False
    other = AGENT if sender is CITIZEN else CITIZEN
    # Measured: 10 for the right frame (the camera's own colour conversion), above 45 for any other.
    return pattern.difference(image, mark.frame, sender) < 20 < pattern.difference(image, mark.frame, other)


async def test_the_helper_sees_what_the_booth_sends(shared_call: Scene) -> None:
    await until(lambda: is_shown_as_sent(shared_call.desk, CITIZEN), "the booth's picture")


async def test_the_citizen_sees_what_the_console_sends(shared_call: Scene) -> None:
    await until(lambda: is_shown_as_sent(shared_call.booth, AGENT), "the console's picture")


async def test_the_pictures_move_without_going_back(shared_call: Scene) -> None:
    for side in (shared_call.booth, shared_call.desk):
        await side.film()
    for side in (shared_call.booth, shared_call.desk):
        frames = await until(functools.partial(side.numbers, 20), "twenty frames")
        steps = [(after - before) % pattern.FRAMES for before, after in itertools.pairwise(frames)]
        assert all(step < pattern.FRAMES / 2 for step in steps), frames


async def voice_arrives(side: Side, sender: Sender) -> bool:
    """Whether a side hears now what the other side's microphone hears: loud enough, and at its pitch."""
    loudness, hz = await side.hears()
    # Noise suppression may leave a harmonic as the strongest; the voice wanders by 9 Hz around its pitch.
    harmonic = max(1, round(hz / sender.pitch_hz))
    return loudness > 0.01 and abs(hz - harmonic * sender.pitch_hz) < 15 * harmonic


async def test_the_helper_hears_the_citizen(shared_call: Scene) -> None:
    await until(lambda: voice_arrives(shared_call.desk, CITIZEN), "the citizen's voice")


async def test_the_citizen_hears_the_helper(shared_call: Scene) -> None:
    await until(lambda: voice_arrives(shared_call.booth, AGENT), "the helper's voice")


async def test_what_one_side_writes_stands_on_the_other(shared_call: Scene) -> None:
    booth, desk = shared_call.booth, shared_call.desk
    await booth.say("我的旧卡丢了，怎么办？")
    await desk.page.wait_for_selector(".chat-list >> text=我的旧卡丢了，怎么办？")
    await desk.say("没关系，身份证就可以。")
    await booth.page.wait_for_selector(".talk-chat >> text=没关系，身份证就可以。")


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080)])
async def test_every_word_and_button_of_the_conversation_is_in_sight(shared_call: Scene, size: tuple[int, int]) -> None:
    page = shared_call.booth.page
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    assert await faults(page) == []


async def test_on_hold_no_picture_is_sent_and_afterwards_it_is_back(shared_call: Scene) -> None:
    booth, desk = shared_call.booth, shared_call.desk
    await desk.page.click("#control-hold")
    for side in (booth, desk):
        await until(side.sees_nothing, "the picture is gone")
    await desk.page.click("#control-hold")
    await booth.sees(AGENT)
    await desk.sees(CITIZEN)


async def test_a_still_is_stored_as_the_document_camera_took_it(shared_call: Scene) -> None:
    booth, desk = shared_call.booth, shared_call.desk
    await booth.page.evaluate("testPattern.photographs.length = 0")
    await desk.page.click("#capture")
    await booth.take()
    image = await desk.page.wait_for_selector(".capture[data-state=stored] img")
    assert image is not None
    address = str(await image.get_attribute("src")).removesuffix("small") + "content"  # the list shows it small
    served = await (await desk.page.request.get(f"{shared_call.service.url}{address}")).body()
    taken = await booth.page.evaluate("testPattern.photographs")
    assert taken == [hashlib.sha256(served).hexdigest()]
    mark = pattern.read(pattern.decoded(served))
    assert mark is not None
    assert mark.sender == CITIZEN.mark


async def test_the_citizen_takes_a_still_back(shared_call: Scene) -> None:
    booth, desk = shared_call.booth, shared_call.desk
    asked = len(await booth.papers())
    await desk.page.click("#capture")
    await booth.take()
    await until(lambda: booth.has_papers(asked + 1, "stored"), "the still is there")
    source = await desk.page.get_attribute(".capture-list li:first-child img", "src")
    await booth.page.click(".paper-card:last-child [data-action=withdraw]")
    await booth.confirm()
    await desk.page.wait_for_selector(".capture-list li:first-child .capture[data-state=withdrawn]")
    answer = await desk.page.request.get(f"{shared_call.service.url}{source}")
    assert answer.status in (404, 410)
