"""The hall when it is full: a thousand wait at 26 points, booths fail, helpers miss offers. Floor, wall and desk.

The calls and helpers are the engine's own; some booths are connected, and one of them has a broken device.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from signaling.routing.commands import Accept, AgentLost, Enter, NotReady, Ready, SignIn
from signaling.routing.events import Offered
from tests.browser.gallery.sides import browsing, clock_at, opened, past_days
from tests.signaling.house import DEVICES, DISTRICT, open_house

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page, Playwright

    from signaling.world import World
    from tests.browser.gallery.camera import Camera
    from tests.signaling.house import House

HELPER, SUPERVISOR = "agent_chen_jing", "supervisor_zhao_lin"
WAITING, TALKING, SPARE, HERE = 1000, 40, 14, 24
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", ("雅婷", "建国", "敏", "思远", "丽华", "志强", "晓燕")
EVERY_S = 2.4
"""Between two who come: the first waits 40 minutes when the last one is there."""
DETAILS = {
    "waiting": ".vlist-waiting [role=option] >> nth=2",
    "talking": ".vlist-talking [role=option] >> nth=1",
    "person": ".vlist-agents [role=option] >> nth=1",
    "queue": ".fq-more >> nth=0",
    "point": ".map-point >> nth=0",
}


def grown() -> World:
    """Return the demo district with a booth for everybody who waits, and helpers for everybody who talks."""
    helpers = [one for one in DISTRICT.agents.values() if one.role == "agent"]
    agents = {
        f"agent_{number:02d}": replace(
            helpers[number % len(helpers)],
            id=f"agent_{number:02d}",
            login=f"helper{number:02d}",
            badge=f"PX2{number:02d}",
            name=SURNAMES[number % len(SURNAMES)] + GIVEN[number % len(GIVEN)],
        )
        for number in range(TALKING + SPARE)
    }
    booths = list(DISTRICT.booths.values())
    more = [replace(booths[n % len(booths)], id=f"booth_{n:04d}") for n in range(WAITING + TALKING)]
    return replace(
        DISTRICT, agents={**DISTRICT.agents, **agents}, booths={**DISTRICT.booths, **{one.id: one for one in more}}
    )


async def fill(house: House) -> None:
    """Let the day become what the pictures show: some talk, then everybody else comes and waits."""
    hall, world = house.service.hall, house.service.world
    items = list(world.items.values())
    helpers = [one for one in world.agents.values() if one.id.startswith("agent_") and one.id[6:].isdigit()]
    for number, one in enumerate(helpers):
        await hall.submit(SignIn(one.id, one.levels(), one.queues, one.second))
        if number < TALKING:
            await hall.submit(Ready(one.id))
        elif number % 2:
            await hall.submit(NotReady(one.id, "lunch"))
    for number in range(WAITING + TALKING):
        house.clock.ahead_s += EVERY_S
        item = items[(number * 7) % len(items)]
        made = await hall.submit(
            Enter(
                f"call_{number:06d}",
                f"booth_{number:04d}",
                item.queue_id,
                item.id,
                priority=("elder",) if number % 9 == 0 else (),
            )
        )
        for offer in [one for one in made.events if isinstance(one, Offered)]:
            if offer.agent_id != helpers[0].id:  # who misses two
                await hall.submit(Accept(offer.agent_id, offer.offer_id))
    for _ in range(3):
        await house.pass_time(30)
    await hall.submit(AgentLost(helpers[3].id))


async def ring(house: House) -> None:
    """Some helpers come back from lunch: tickets are called."""
    for agent in list(house.service.hall.engine.agents()):
        if agent.reason == "lunch":
            await house.service.hall.submit(Ready(agent.agent_id))


async def connect(house: House) -> None:
    """Some booths are there; one cannot be heard, and two went away a while ago."""
    here = [await house.page(booth_id) for booth_id in list(house.service.world.booths)[:HERE]]
    for number, booth in enumerate(here):
        await booth.do("health", **DEVICES | ({"speaker": "failed"} if number == 5 else {}))
    for booth in here[7:9]:
        await booth.close()
    await house.pass_time(120)


async def take(camera: Camera, driver: Playwright, work: Path) -> None:
    """Photograph the full hall, then an empty one."""
    clock = clock_at(15)
    await past_days(work / "full", clock())
    async with browsing(driver) as browser:
        async with open_house(work / "full", world=grown(), clock=clock) as house:
            await fill(house)
            await connect(house)
            await floor(camera, browser, house)
            await wall(camera, browser, house, "busy")
            await desk(camera, browser, house)
        async with open_house(work / "empty", clock=clock_at(15)) as house:
            await wall(camera, browser, house, "empty")
            await alone(camera, browser, house)


async def floor(camera: Camera, browser: Browser, house: House) -> None:
    """All of it, one queue of it, one of each thing on it, and what becomes of it without the service."""
    page = await opened(browser, house, SUPERVISOR)
    async with camera.watching(page):
        await page.goto(f"{house.url}/console/floor?lang=en")
        await page.wait_for_selector(".vlist-waiting [role=option]")
        await camera.english(page, "50-floor")
        await page.goto(f"{house.url}/console/floor?lang=zh-CN")
        await page.wait_for_selector(".vlist-waiting [role=option]")
        await camera.desk(page, "50-floor")
        for name, selector in DETAILS.items():
            await page.click(selector)
            await page.wait_for_selector(".detail[open]")
            await camera.desk(page, f"51-{name}")
            if name in {"waiting", "queue"}:
                await page.click(".detail summary >> nth=0")
                await camera.desk(page, f"51-{name}-order")
            await page.keyboard.press("Escape")
        await page.click(".fq-narrow >> nth=0")
        await camera.desk(page, "52-one-queue")
        await page.click("#broadcast")
        await page.fill("#broadcast-text", "系统将于14:00恢复，已取的号都有效。")
        await page.click("#broadcast-send")
        await page.click("#broadcast")
        await page.wait_for_selector(".broadcast-one")
        await camera.desk(page, "53-broadcast")
        await page.keyboard.press("Escape")
        await gone(camera, page, "54-floor-offline")
    await page.context.close()


async def wall(camera: Camera, browser: Browser, house: House, state: str) -> None:
    """The hall's display; a full one also when the service is away, an empty one also before it is enrolled."""
    page = await opened(browser, house, "")
    async with camera.watching(page):
        if state == "empty":
            await page.goto(f"{house.url}/wall")
            await page.wait_for_selector(".wall-closed:visible")
            await camera.wall(page, "not-enrolled")
            await page.goto("about:blank")
        await page.goto(f"{house.url}/wall#enrol={await house.service.auth.enrol_wall(state)}")
        await page.wait_for_selector(".wall-queue")
        await page.wait_for_selector(".wall-chart canvas")
        if state == "busy":
            await ring(house)
            await page.wait_for_selector(".wall-ticket")
        await camera.wall(page, state)
        if state == "busy":
            await page.goto(f"{house.url}/wall?lang=en")
            await page.wait_for_selector(".wall-queue")
            await camera.wall(page, "busy-en")
            await page.context.set_offline(True)
            await page.wait_for_selector(".wall-away:visible")
            await camera.wall(page, "offline")
    await page.context.close()


async def desk(camera: Camera, browser: Browser, house: House) -> None:
    """A helper's desk before a thousand who wait."""
    page = await opened(browser, house, HELPER)
    async with camera.watching(page):
        await page.goto(f"{house.url}/console?lang=zh-CN")
        await page.wait_for_selector("main[data-mode=idle] #idle-ready:visible")
        await camera.desk(page, "55-desk-busy")
        await page.goto(f"{house.url}/console?lang=en")
        await page.wait_for_selector("main[data-mode=idle] #idle-ready:visible")
        await camera.english(page, "55-desk-busy")
    await page.context.close()


async def alone(camera: Camera, browser: Browser, house: House) -> None:
    """The first morning: nobody waits, nobody has come yet; and every dialog of the desk."""
    for who, path, state in ((SUPERVISOR, "/console/floor", "56-floor-empty"), (HELPER, "/console", "56-desk-empty")):
        page = await opened(browser, house, who)
        async with camera.watching(page):
            await page.goto(f"{house.url}{path}?lang=zh-CN")
            await page.wait_for_selector("main[data-mode=idle]", state="attached")
            await camera.desk(page, state)
            for key, name in (("?", "help"), ("o", "devices"), ("k", "search")):
                await page.keyboard.press(key)
                await page.wait_for_selector("dialog[open]")
                if name == "search":
                    await page.keyboard.type("sbk")
                    await page.wait_for_selector("dialog[open] [role=option]")
                await camera.desk(page, f"57-{name}" if who == HELPER else f"57-{name}-boss")
                await page.keyboard.press("Escape")
            await gone(camera, page, f"{state}-offline")
        await page.context.close()


async def gone(camera: Camera, page: Page, state: str) -> None:
    """The line is down."""
    await page.context.set_offline(True)
    await page.wait_for_selector(".trouble:visible", timeout=60_000)
    await camera.desk(page, state)
