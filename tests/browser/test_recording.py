"""A recorded call of two browsers: asked first, shown while it lasts, watched while it runs, stopped by a touch."""

from __future__ import annotations

import base64
import functools
import itertools
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.agent_console.test_access import faults_of
from tests.browser.conftest import OTHER_HELPER, SUPERVISOR
from tests.browser.nodes import SETTINGS, media_node
from tests.browser.pattern import AGENT, CITIZEN, FRAMES
from tests.browser.sides import Desk
from tests.browser.waiting import until
from tests.extension_point.looks import violations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.browser.conftest import Scene, Stagehand

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

ITEM = "company_change"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filmed(
    stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A call about something that is recorded when the citizen agrees, for all tests of the module in their order."""
    folder = tmp_path_factory.mktemp("filmed")
    disk = {
        "RECORDINGS_DIR": str(folder / "recordings"),
        "MASTER_KEY": base64.b64encode(bytes(32)).decode(),
        "SEGMENT_S": "2",
    }
    async with (
        stagehand.set(folder, request, SETTINGS, login=OTHER_HELPER) as scene,
        media_node("node_1", scene.service.port, folder / "node_1.log", disk),
    ):
        await until(lambda: "connected" in (folder / "node_1.log").read_text(), "the node is connected", 30)
        yield scene


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def boss(filmed: Scene) -> AsyncIterator[Page]:
    """A supervisor's page, in a browser profile of their own."""
    async with filmed.desk_browser.profile() as context:
        desk = Desk(await context.new_page(), filmed.service.url)
        await desk.sign_in(SUPERVISOR)
        yield desk.page


async def says(page: Page, selector: str, text: str) -> None:
    await until(functools.partial(_contains, page, selector, text), f"{selector} says {text}")


async def _contains(page: Page, selector: str, text: str) -> bool:
    return text in await page.inner_text(selector)


async def test_the_citizen_is_asked_and_nothing_is_recorded_before_they_agree(filmed: Scene) -> None:
    booth, desk = filmed.booth, filmed.desk
    await booth.take_ticket(ITEM)
    await booth.page.wait_for_selector(".recording-question")
    await desk.accept()
    await desk.sees(CITIZEN)
    await booth.sees(AGENT)
    await says(desk.page, ".call-head .recording", "等市民答复")
    assert await violations(booth.page) == []
    assert await faults_of(desk.page, "the citizen is asked", fits=False) == []
    await booth.touch("record-no")
    await says(desk.page, ".call-head .recording", "市民不同意录像")
    assert await booth.page.locator(".recording-sign:visible").count() == 0
    await desk.page.click("#recording-ask")
    await booth.page.wait_for_selector(".recording-question")
    assert list((filmed.folder / "recordings").iterdir()) == []
    for side in (booth, desk):
        await side.film()
    await booth.touch("record-yes")
    await says(booth.page, ".recording-sign", "正在录像")
    await says(desk.page, ".call-head .recording", "正在录像")
    assert await booth.is_the_same_stream()
    await booth.sees(AGENT)
    assert len(list((filmed.folder / "recordings").iterdir())) == 1


async def frame(page: Page, role: str) -> int | None:
    """Read the frame number a tile of the player shows now."""
    canvas = f".player-tile[data-role={role}][data-kind=camera] canvas"
    seen = await page.evaluate("canvas => testPattern.readPicture(document.querySelector(canvas))", canvas)
    if seen is None:
        return None
    assert seen["sender"] == {"citizen": CITIZEN, "agent": AGENT}[role].mark
    return int(seen["frame"])


PLAYED = """async roles => {
  const tile = role => document.querySelector(`.player-tile[data-role=${role}][data-kind=camera] canvas`)
  // What is on the tiles from picture to picture, and the moment the player says it shows, until there is enough of it.
  const moment = document.querySelector(".player-slider")
  const seen = Object.fromEntries(roles.map(role => [role, []]))
  const until = performance.now() + 20_000
  while (performance.now() < until && roles.some(role => seen[role].length < 20)) {
    await new Promise(requestAnimationFrame)
    for (const role of roles) {
      const mark = testPattern.readPicture(tile(role))
      const last = seen[role].at(-1)
      if (mark && last?.[1] !== mark.frame) seen[role].push([Number(moment.value), mark.frame, mark.sender])
    }
  }
  return seen
}"""


async def test_a_supervisor_says_why_and_watches_while_the_call_goes_on(filmed: Scene, boss: Page) -> None:
    told = await filmed.desk.page.evaluate("() => fetch('/api/calls?limit=1').then(answer => answer.json())")
    call_id = told["calls"][0]["call_id"]

    async def enough() -> bool:
        there = await boss.evaluate("id => fetch(`/api/calls/${id}/recording`).then(answer => answer.json())", call_id)
        return bool(there["seconds"] > 5)

    await until(enough, "five seconds are recorded", 40)
    await boss.goto(f"{filmed.service.url}/console/history/{call_id}")
    await boss.click("#watch-recording")
    await boss.click("#watch")
    await boss.wait_for_selector(".recording-reason .banner:not([hidden])")
    await boss.check("input[value=投诉核查]")
    await boss.click("#watch")
    await boss.wait_for_selector(".player-tile[data-role=citizen]")
    await boss.wait_for_selector(".player-tile[data-role=agent]")
    await until(lambda: frame(boss, "citizen"), "the first picture")
    await boss.click("[data-action=toggle]")
    seen: dict[str, list[Any]] = await boss.evaluate(PLAYED, ["citizen", "agent"])
    for role, sender, side in (("citizen", CITIZEN, filmed.desk), ("agent", AGENT, filmed.booth)):
        # The first pictures wait for the first sound.
        marks = seen[role][5:]
        assert len(marks) > 4, marks
        assert {mark for _, _, mark in marks} == {sender.mark}
        steps = [(after[1] - before[1]) % FRAMES for before, after in itertools.pairwise(marks)]
        assert all(0 < step < FRAMES / 2 for step in steps), steps
        # As much time lies between two pictures as when the other side saw them in the call.
        live = [(at / 1000, number) for at, number, _ in await side.filmed() if number >= 0]
        ends = [[at for at, number in live if abs(number - mark[1]) < 6] for mark in (marks[0], marks[-1])]
        length = marks[-1][0] - marks[0][0]
        assert min(abs(last - first - length) for first in ends[0] for last in ends[1]) < 0.2, (length, ends)
    end = await boss.evaluate("() => Number(document.querySelector('.player-slider').max)")
    await until(functools.partial(_is_longer, boss, end), "more of the running call comes")


async def _is_longer(page: Page, than: float) -> bool:
    return float(await page.evaluate("() => Number(document.querySelector('.player-slider').max)")) > than


async def test_what_happened_leads_to_its_moment_and_is_remarked_on(filmed: Scene, boss: Page) -> None:
    await filmed.desk.page.click("#capture")
    await filmed.booth.take()
    moment = boss.locator(".replay-jump", has_text="材料图像存档")
    at_s = float(await moment.locator("xpath=..").get_attribute("data-at") or "nan")
    await until(functools.partial(_is_longer, boss, at_s), "it is there to be watched")
    await moment.click()
    shown = float(await boss.evaluate("() => Number(document.querySelector('.player-slider').value)"))
    assert at_s - 3 < shown < at_s + 3
    await boss.fill("#remark", "<b>说得清楚</b>")
    await boss.click("#remark-make")
    await says(boss, ".replay-remarks", "<b>说得清楚</b>")
    assert "赵琳" in await boss.inner_text(".watermark")


async def test_a_touch_stops_the_recording_and_the_call_goes_on(filmed: Scene) -> None:
    await filmed.booth.touch("record-stop")
    await says(filmed.booth.page, ".recording-sign", "录像已停止")
    await says(filmed.desk.page, ".call-head .recording", "市民停止了录像")
    await filmed.booth.sees(AGENT)
    (folder,) = (filmed.folder / "recordings").iterdir()
    await until(lambda: not list(folder.glob("*.open")), "what was open is closed")
    there = sorted(path.name for path in folder.glob("*.sealed"))
    await filmed.desk.sees(CITIZEN)
    assert sorted(path.name for path in folder.glob("*.sealed")) == there


async def test_a_file_of_the_whole_is_made_and_downloaded(filmed: Scene, boss: Page) -> None:
    await boss.click("[data-form=tracks]")
    await boss.wait_for_selector(".recording-file[data-state=done] a", timeout=30_000)
    async with boss.expect_download() as coming:
        await boss.click(".recording-file a")
    path = await (await coming.value).path()
    assert path.read_bytes()[:4] == b"\x1a\x45\xdf\xa3"  # EBML: a Matroska file
