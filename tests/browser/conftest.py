"""What the browser tests stand on: films and voices, a prepared service, two browsers, and a call between them.

Setting a scene takes longer than most tests. So there is a common one: whoever takes `scene`, `call` or `shared_call`
gets it as if nobody had ever come, and leaves it whole. Who breaks things, or needs other settings, sets an own one.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import tempfile
from pathlib import Path
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
WINDOW = (1440, 900)
ON_THE_COMMON_SCENE = {"scene", "call", "shared_call"}
"""Fixtures that lend it."""


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

    async def clear(self) -> None:
        """Let the citizen leave and the helper be free, however far the two have got."""
        if await self.desk.shows() == "call":
            await self.desk.end()
        await self.booth.leave()
        await self.desk.finish()

    @contextlib.asynccontextmanager
    async def watched(self, request: pytest.FixtureRequest) -> AsyncIterator[None]:
        """No script of the two pages fails unnoticed; when a test fails, they are photographed into the folder."""
        yield
        for side in (self.booth, self.desk):
            if failed(request):
                with contextlib.suppress(Error):  # a killed browser takes no photographs
                    await side.page.screenshot(path=self.folder / f"{type(side).__name__.lower()}.png", timeout=5000)
            assert side.faults == []


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


@dataclasses.dataclass
class Common:
    """Where the common scene stands between two tests."""

    folder: Path
    scene: Scene | None = None
    stack: contextlib.AsyncExitStack = dataclasses.field(default_factory=contextlib.AsyncExitStack)

    async def strike(self) -> None:
        self.scene = None
        await self.stack.aclose()


@dataclasses.dataclass(frozen=True)
class Stagehand:
    """Sets scenes; there is one at a time."""

    playwright: Playwright
    prepared: Prepared
    citizen: Recordings
    agent: Recordings
    common: Common

    @contextlib.asynccontextmanager
    async def lend(self, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
        """Lend the common scene, before anybody has come: set when none stands, or who had it last failed."""
        common = self.common
        scene, common.scene = common.scene, None
        if scene is None:
            folder = Path(tempfile.mkdtemp(dir=common.folder))
            scene = await common.stack.enter_async_context(self._setting(folder))
        try:
            async with scene.watched(request):
                yield scene
            if not failed(request):
                await scene.clear()
                common.scene = scene
        finally:
            if common.scene is None:
                await common.strike()

    @contextlib.asynccontextmanager
    async def set(
        self, folder: Path, request: pytest.FixtureRequest, more: Mapping[str, str] | None = None,
        login: str = HELPER, window: tuple[int, int] = WINDOW,
    ) -> AsyncIterator[Scene]:  # fmt: skip
        """Set an own scene in an empty folder, with more settings of the service."""
        await self.common.strike()
        async with self._setting(folder, more, login, window) as scene, scene.watched(request):
            yield scene

    @contextlib.asynccontextmanager
    async def _setting(
        self, folder: Path, more: Mapping[str, str] | None = None, login: str = HELPER,
        window: tuple[int, int] = WINDOW,
    ) -> AsyncIterator[Scene]:  # fmt: skip
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
            booth = Booth(await browsers[0].page(), process.url)
            desk = Desk(await browsers[1].page(), process.url)
            async with asyncio.TaskGroup() as openings:
                openings.create_task(booth.enrol(self.prepared.credentials[BOOTH]))
                openings.create_task(_on_duty(desk, login))
            yield Scene(process, booth, desk, browsers[0], browsers[1], folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stagehand(
    playwright: Playwright,
    prepared: Prepared,
    citizen_recordings: Recordings,
    agent_recordings: Recordings,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stagehand]:
    common = Common(tmp_path_factory.mktemp("common"))
    yield Stagehand(playwright, prepared, citizen_recordings, agent_recordings, common)
    await common.strike()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(stagehand: Stagehand, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """The common scene, before anybody has come."""
    async with stagehand.lend(request) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="session")
async def call(scene: Scene) -> Scene:
    """A call on the common scene."""
    return await scene.begin()


@pytest_asyncio.fixture(loop_scope="session")
async def own_call(stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """A call on an own scene, for a test that breaks it."""
    async with stagehand.set(tmp_path, request) as scene:
        yield await scene.begin()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_call(stagehand: Stagehand, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """One call on the common scene for all tests of a module, each of which leaves it as it was."""
    async with stagehand.lend(request) as scene:
        yield await scene.begin()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those on the common scene come last, one after the other: it stands in nobody's way, and nobody strikes it."""
    here = Path(__file__).parent

    def turn(item: pytest.Item) -> int:
        if item.path.parent != here:
            return 0
        return 1 if ON_THE_COMMON_SCENE.isdisjoint(getattr(item, "fixturenames", ())) else 2

    items.sort(key=turn)


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


def failed(request: pytest.FixtureRequest) -> bool:
    """Whether a test of this fixture's scope has failed."""
    return FAILED in request.node.stash


async def _on_duty(desk: Desk, login: str) -> None:
    await desk.sign_in(login)
    await desk.ready()
