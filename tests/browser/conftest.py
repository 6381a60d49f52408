"""What the browser tests stand on: films and voices, a prepared service, two browsers, and a call between them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Error, async_playwright

from tests.browser import pattern
from tests.browser.chromium import Chromium, chromium
from tests.browser.pattern import AGENT, CITIZEN, Sender
from tests.browser.service import Service, prepare, service
from tests.browser.sides import HELPER, Booth, Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Mapping
    from pathlib import Path

    from playwright.async_api import Playwright

BOOTH = "booth_caoyang_center"
WAITING_BOOTHS = ("booth_caoyang_yicun", "booth_caoyang_library", "booth_changfeng_center")
SUPERVISOR = "zhaolin"
EXPERT = "wuguoqiang"
INTERPRETER = "fangmin"
OTHER_HELPER = "shenhao"
ANOTHER_HELPER = "qianfeng"
SHARED_TITLE = "Shared text"
FAILED = pytest.StashKey[bool]()


@dataclasses.dataclass(frozen=True)
class Recordings:
    """What one side's fake camera and microphone give out."""

    name: str
    film: Path
    voice: Path

    @classmethod
    def make(cls, folder: Path, sender: Sender, size: tuple[int, int] = (1280, 720)) -> Recordings:
        """Write them into a folder."""
        name = f"{sender.name}-{size[1]}"
        return cls(
            sender.name,
            pattern.write_film(folder / f"{name}.mjpeg", sender, size),
            pattern.write_voice(folder / f"{name}.wav", sender),
        )


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A data folder as an installer leaves it, to be copied."""

    data: Path
    credentials: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Scene:
    """A service, a booth on its attract screen, a helper who takes calls, and the processes behind them."""

    service: Service
    booth: Booth
    desk: Desk
    booth_browser: Chromium
    desk_browser: Chromium
    folder: Path

    async def begin(self) -> Scene:
        """Bring the two together; both see each other."""
        await self.booth.take_ticket()
        await self.desk.accept()
        await self.desk.sees(CITIZEN)
        await self.booth.sees(AGENT)
        return self


@pytest.fixture(scope="session")
def citizen_recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings.make(tmp_path_factory.mktemp("citizen"), CITIZEN)


@pytest.fixture(scope="session")
def agent_recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings.make(tmp_path_factory.mktemp("agent"), AGENT)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as driver:
        yield driver


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    data = tmp_path_factory.mktemp("prepared")
    credentials = await prepare(
        data, [BOOTH, *WAITING_BOOTHS], [HELPER, OTHER_HELPER, ANOTHER_HELPER, SUPERVISOR, EXPERT, INTERPRETER]
    )
    return Prepared(data, credentials)


@dataclasses.dataclass(frozen=True)
class Stagehand:
    """Sets scenes; a module may ask for larger windows than usual by naming `WINDOW`."""

    playwright: Playwright
    prepared: Prepared
    citizen: Recordings
    agent: Recordings

    @contextlib.asynccontextmanager
    async def set(
        self, folder: Path, request: pytest.FixtureRequest, more: Mapping[str, str] | None = None, script: str = "",
        login: str = HELPER,
    ) -> AsyncIterator[Scene]:  # fmt: skip
        """Set a scene of its own in an empty folder, with more settings of the service, and a script in each page."""
        window = getattr(request.module, "WINDOW", (1440, 900))
        async with contextlib.AsyncExitStack() as house, contextlib.AsyncExitStack() as stack:
            async with asyncio.TaskGroup() as starts:
                serving = starts.create_task(
                    house.enter_async_context(service(self.prepared.data, folder / "data", more))
                )
                opening = [
                    starts.create_task(
                        stack.enter_async_context(
                            chromium(
                                self.playwright,
                                folder / side.name,
                                film=side.film,
                                voice=side.voice,
                                size=window,
                                shared_title=SHARED_TITLE,
                            )
                        )
                    )
                    for side in (self.citizen, self.agent)
                ]
            process, browsers = serving.result(), [one.result() for one in opening]
            for browser in browsers if script else ():
                await browser.context.add_init_script(script)
            booth = Booth(await browsers[0].page(), process.url)
            desk = Desk(await browsers[1].page(), process.url)
            for side in (booth, desk):
                await stack.enter_async_context(_faultless(side, request, folder))
            async with asyncio.TaskGroup() as openings:
                openings.create_task(booth.enrol(self.prepared.credentials[BOOTH]))
                openings.create_task(_on_duty(desk, login))
            yield Scene(process, booth, desk, browsers[0], browsers[1], folder)


@pytest.fixture(scope="session")
def stagehand(
    playwright: Playwright, prepared: Prepared, citizen_recordings: Recordings, agent_recordings: Recordings
) -> Stagehand:
    return Stagehand(playwright, prepared, citizen_recordings, agent_recordings)


@pytest_asyncio.fixture(loop_scope="session")
async def scene(stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """A scene of its own for one test, before anybody has come."""
    async with stagehand.set(tmp_path, request) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="session")
async def call(scene: Scene) -> Scene:
    """A call of its own for one test, which may break it."""
    return await scene.begin()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_call(
    stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """One call for all tests of a module, each of which leaves it as it was."""
    async with stagehand.set(tmp_path_factory.mktemp("call"), request) as scene:
        yield await scene.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know, when they end, whether the test failed."""
    report = yield
    if report.failed:
        for node in item.listchain():  # a scene may belong to the test or to its module
            node.stash[FAILED] = True
    return report


async def _on_duty(desk: Desk, login: str) -> None:
    await desk.sign_in(login)
    await desk.ready()


@contextlib.asynccontextmanager
async def _faultless(side: Booth | Desk, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[None]:
    """No script of the page fails unnoticed; when a test fails, the page is photographed into the test's folder."""
    faults: list[str] = []
    side.page.on("pageerror", lambda error: faults.append(str(error)))
    yield
    if request.node.stash.get(FAILED, False):
        with contextlib.suppress(Error):  # a killed browser takes no photographs
            await side.page.screenshot(path=folder / f"{type(side).__name__.lower()}.png", timeout=5000)
    assert faults == []
