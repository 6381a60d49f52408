"""A recorded call through a media node: a colleague asked aside, an expert, an interpreter, a supervisor who looks."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from playwright.async_api import FilePayload

from tests.browser.conftest import EXPERT, INTERPRETER, OTHER_HELPER
from tests.browser.gallery.camera import ACROSS, DESK
from tests.browser.gallery.sides import filmed
from tests.browser.gallery.visit import SUPERVISOR
from tests.browser.nodes import SETTINGS, media_node
from tests.browser.pattern import AGENT, CITIZEN
from tests.browser.screenshots import BOOTH
from tests.browser.service import KEY, prepare, service
from tests.browser.sides import Booth, Desk
from tests.browser.waiting import until
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Playwright

    from tests.browser.gallery.camera import Camera


async def take(camera: Camera, driver: Playwright, work: Path) -> None:
    """Play the call."""
    prepared = work / "prepared"
    prepared.mkdir()
    credentials = await prepare(prepared, [BOOTH], [OTHER_HELPER, EXPERT, INTERPRETER, SUPERVISOR])
    disk = {"RECORDINGS_DIR": str(work / "kept"), "MASTER_KEY": KEY, "SEGMENT_S": "2"}
    async with contextlib.AsyncExitStack() as stack:
        process = await stack.enter_async_context(service(prepared, work / "data", SETTINGS))
        await stack.enter_async_context(media_node("node_1", process.port, work / "node.log", disk))
        citizen = await stack.enter_async_context(filmed(driver, work / "citizen", CITIZEN, ACROSS))
        booth = Booth(await citizen.page(), process.url)
        desk, third = [
            Desk(await (await stack.enter_async_context(filmed(driver, work / name, AGENT, DESK))).page(), process.url)
            for name in ("helper", "third")
        ]
        await stack.enter_async_context(camera.watching(booth.page, desk.page, third.page))
        await booth.enrol(credentials[BOOTH])
        for one, login in ((desk, OTHER_HELPER), (third, EXPERT)):
            await one.sign_in(login)
            await one.ready()
        await booth.take_ticket("company_change")
        await booth.page.wait_for_selector(".recording-question")
        await camera.booth(booth.page, "20-record-question")
        await desk.accept()
        await camera.desk(desk.page, "30-record-question")
        await booth.touch("record-yes")
        await desk.page.wait_for_selector(".recording [data-recording=on]")
        for side in (booth, desk):
            await until(functools.partial(side.shows_video, side.REMOTE), "the other one's picture")
        await camera.booth(booth.page, "21-recorded")
        await desk.ask_aside("agent:agent_wu_guoqiang")
        await third.accept()
        await desk.page.wait_for_selector("text=市民现在听不到你们", timeout=60_000)
        await camera.booth(booth.page, "22-aside")
        await camera.desk(desk.page, "31-aside")
        await camera.desk(third.page, "32-aside-expert")
        await desk.page.click("#quality")
        await desk.page.wait_for_selector(".legs-one")
        await camera.desk(desk.page, "33-connections")
        await desk.page.click("#quality")
        await desk.page.click("#consult-open")
        await booth.page.wait_for_selector(".talk-other")
        await camera.booth(booth.page, "23-expert")
        await camera.desk(desk.page, "34-expert")
        await third.page.click("#step-out")
        await third.page.context.clear_cookies()
        await third.sign_in(INTERPRETER)
        await third.ready()
        await desk.ask("skill:sign_language")
        await third.accept()
        await booth.page.wait_for_selector(".talk[data-interpreted] .talk-pinned [data-playing=true]", timeout=60_000)
        await camera.booth(booth.page, "24-interpreter")
        paper = FilePayload(name="租赁合同.pdf", mimeType="application/pdf", buffer=pdf(3))
        await desk.page.set_input_files("input[type=file]", paper)
        await booth.page.wait_for_selector(".board-tile")
        await camera.booth(booth.page, "25-interpreter-paper")
        await camera.desk(desk.page, "35-interpreter")
        await desk.page.click("[data-action=board-hide]")
        await booth.touch("record-stop")
        await desk.page.wait_for_selector(".recording [data-recording=withdrawn]")
        await camera.booth(booth.page, "26-record-stopped")
        await camera.desk(desk.page, "36-record-stopped")
        await looked_back_on(camera, desk, third)


async def looked_back_on(camera: Camera, desk: Desk, boss: Desk) -> None:
    """A supervisor on the third page: the call's small pictures, then its recording: the reason, what happened."""
    told = await desk.page.evaluate("() => fetch('/api/calls?limit=1').then(answer => answer.json())")
    await boss.page.context.clear_cookies()
    await boss.sign_in(SUPERVISOR)
    await boss.page.goto(f"{boss.url}/console/floor")
    await boss.page.click("#pictures")
    for who in ("citizen", "agent"):
        await until(functools.partial(boss.shows_video, f".picture video[data-side={who}]"), "a small picture", 60)
    await camera.desk(boss.page, "37-floor-pictures")
    await boss.page.click("#pictures-hide")
    await boss.page.goto(f"{boss.url}/console/history/{told['calls'][0]['call_id']}")
    await boss.page.click("#watch-recording")
    await camera.desk(boss.page, "38-replay-reason")
    await boss.page.check("input[value=投诉核查]")
    await boss.page.click("#watch")
    await boss.page.wait_for_selector(".player-tile[data-role=citizen]")
    await boss.page.wait_for_selector(".replay-jump")
    await camera.desk(boss.page, "39-replay")
