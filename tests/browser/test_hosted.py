"""A call through media nodes: who is in it with whom, and what breaks without anybody seeing it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import signal
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.agent_console.test_access import faults_of
from tests.browser.chromium import Chromium, chromium
from tests.browser.conftest import ANOTHER_HELPER, EXPERT, INTERPRETER, OTHER_HELPER, SUPERVISOR, Recordings
from tests.browser.nodes import SETTINGS, MediaNode, media_node
from tests.browser.pattern import AGENT, CITIZEN, THIRD, Sender
from tests.browser.sides import Booth, Desk
from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from playwright.async_api import Route

    from tests.browser.conftest import Scene, Stagehand
    from tests.browser.sides import Side

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

EXPERT_ID = "agent_wu_guoqiang"
INTERPRETER_ID = "agent_fang_min"
SUPERVISOR_ID = "supervisor_zhao_lin"
HELPER_ID = "agent_chen_jing"
SOON_DIRECT = {"VIRTUAL_WINDOW_NODES__LINGER_S": "2"}
RECORDED_ITEM = "company_change"
SECOND_BOOTH, THIRD_BOOTH = "booth_caoyang_yicun", "booth_caoyang_library"
HEARD_DB = 15.0
"""A voice is at its own pitch no more than so much quieter than another's; what others leave there is twice as much."""
SPEAKS_DB = -50.0
"""Nothing but a voice is as loud as this at its own pitch."""
SILENT_DB = 40.0
"""By so much quieter than a voice, nothing of it is left."""
ON_ITS_WAY_MS = 2000
"""What was said before is played by then: a browser fades out a voice within 0.9 s; the rest is a busy machine."""


@dataclasses.dataclass(frozen=True)
class Hosted:
    """A scene with media nodes, a call, and a third browser whose pages are whoever joins."""

    scene: Scene
    nodes: list[MediaNode]
    third: Chromium
    stack: contextlib.AsyncExitStack
    credentials: Mapping[str, str]
    cuts: dict[Side, int] = dataclasses.field(default_factory=dict)

    @property
    def booth(self) -> Side:
        return self.scene.booth

    @property
    def desk(self) -> Desk:
        return self.scene.desk

    async def add_node(self, node_id: str) -> None:
        """Start another node, and wait until the service has it."""
        log = self.scene.folder / f"{node_id}.log"
        self.nodes.append(await self.stack.enter_async_context(media_node(node_id, self.scene.service.port, log)))
        await until(lambda: "connected" in log.read_text(), f"{node_id} is connected", 30)

    @contextlib.asynccontextmanager
    async def person(self, login: str, *, sends_always: bool = False) -> AsyncIterator[Desk]:
        """Let somebody of the staff sign in, in a browser profile of their own."""
        async with self.third.profile() as context:
            await context.add_init_script(COUNTED)
            if sends_always:
                for script in ("**/js/call.js", "**/desk/desk.js"):
                    await context.route(script, functools.partial(tamper, '"listener"', '"nobody"'))
            desk = Desk(await context.new_page(), self.scene.service.url)
            await desk.sign_in(login)
            yield desk
            assert desk.faults == []

    @contextlib.asynccontextmanager
    async def pair(
        self, booth_id: str, login: str, *, script: str = "", eager: bool = False
    ) -> AsyncIterator[tuple[Booth, Desk]]:
        """Open another booth and another helper's page, both with the third browser's camera, for a call of their own.

        `script` runs in them before their own; `eager` pages send although it only rings.
        """
        async with self.third.profile() as booths, self.third.profile() as desks:
            for context in (booths, desks):
                await context.add_init_script(script)
                if eager:
                    await context.route(
                        "**/js/call.js", functools.partial(tamper, "return link.info.live &&", "return")
                    )
            booth = Booth(await booths.new_page(), self.scene.service.url)
            desk = Desk(await desks.new_page(), self.scene.service.url)
            await booth.enrol(self.credentials[booth_id])
            await desk.sign_in(login)
            yield booth, desk

    async def ask(self, expert: Desk) -> None:
        """Have the expert in the call, if they are not."""
        if await expert.page.get_attribute("main", "data-mode") != "call":
            await self.desk.ask(f"agent:{EXPERT_ID}")
            await expert.accept()
        for side in (self.booth, self.desk):
            await until(functools.partial(shows, side, tile(EXPERT_ID), THIRD.mark), "the expert is seen", 40)
            await until(functools.partial(is_hosted, side), "one link, to the node", 40)

    async def let_go(self, expert: Desk) -> None:
        """Have the expert out of the call."""
        if await expert.page.get_attribute("main", "data-mode") == "call":
            await expert.page.click("#step-out")
        await until(functools.partial(is_alone, self.booth), "the expert is gone")

    async def hears_a_third(self, side: Side) -> bool:
        """Whether one of the two hears the voice of whoever joins in the third browser, as loud as the other one's."""
        other = AGENT if side is self.booth else CITIZEN
        third, voice = await asyncio.gather(*(pitch(side, one.pitch_hz) for one in (THIRD, other)))
        return third > max(voice, SPEAKS_DB) - HEARD_DB

    async def is_quiet(self) -> bool:
        """Whether neither of the two hears a third voice, nor what is left of it."""
        return not any(await asyncio.gather(*(self.hears_a_third(side) for side in (self.booth, self.desk))))

    async def film(self) -> None:
        """From now on nothing may break that the two see."""
        for side in (self.booth, self.desk):
            await side.film()
            self.cuts[side] = await cuts(side)

    async def went_on(self) -> None:
        """The two saw each other all the time: one stream each, never cut off while it was shown, and it moves."""
        for side, sender in ((self.booth, AGENT), (self.desk, CITIZEN)):
            await side.sees(sender)
            assert await side.is_the_same_stream(), f"the {sender.name}'s stream was made anew"
            assert await cuts(side) == self.cuts[side], f"the {sender.name}'s picture was cut off"
            assert {mark for _, frame, mark in await side.filmed() if frame >= 0} == {sender.mark}


COUNTED = """(() => {
  window.opened = 0
  const open = navigator.mediaDevices.getUserMedia
  navigator.mediaDevices.getUserMedia = function (wanted) { window.opened += 1; return open.call(this, wanted) }
})()"""


async def enter(boss: Desk, way: str) -> None:
    """Go from the floor into the call that is talked in."""
    await boss.page.goto(f"{boss.url}/console/floor")
    await boss.page.click(".vlist-talking [role=option]")
    await boss.page.click(f".detail [data-way={way}]")
    await boss.mode("call")


async def cuts(side: Side) -> int:
    """How many pictures were on the screen when the page closed what they came by."""
    count: int = await side.page.evaluate("testPattern.cuts()")
    return count


async def tamper(word: str, other: str, route: Route) -> None:
    """Change a word of a page's script, so that it opens its devices or sends where it must not."""
    answer = await route.fetch()
    text = await answer.text()
    assert word in text
    await route.fulfill(response=answer, body=text.replace(word, other))


async def _exceeds(count: Callable[[], Awaitable[int]], least: int) -> bool:
    return await count() > least


async def packets(side: Side, direction: str) -> int:
    """How many packets of media a page's one connection has sent, or received."""
    count: int = await side.page.evaluate(
        """async name => {
          const [pc] = testPattern.connected()
          const all = [...(await pc.getStats()).values()]
          return all.reduce((sum, one) => sum + (one[name] && one.type.endsWith("bound-rtp") ? one[name] : 0), 0)
        }""",
        direction,
    )
    return count


async def ways(side: Side) -> list[bool]:
    """For each connection of a page that stands, whether it is to a media node: nobody else speaks ICE-lite."""
    told: list[bool] = await side.page.evaluate(
        "testPattern.connected().map(({remoteDescription}) => remoteDescription.sdp.includes('a=ice-lite'))"
    )
    return told


async def is_direct(side: Side) -> bool:
    return await ways(side) == [False]


async def is_hosted(side: Side) -> bool:
    return await ways(side) == [True]


async def is_alone(side: Side) -> bool:
    """Whether nobody besides the two is seen."""
    return await side.page.locator("[data-person]").count() == 0


async def pitch(side: Side, hz: float) -> float:
    """How loud a pitch is in whatever a page receives, in dB."""
    loudest: float = await side.page.evaluate("hz => testPattern.pitch(hz)", hz)
    return loudest


async def hears_both(side: Side) -> bool:
    """Whether whoever came to the two hears each of them: louder than the own pitch, which nobody else has."""
    *voices, nobody = await asyncio.gather(*(pitch(side, one.pitch_hz) for one in (CITIZEN, AGENT, THIRD)))
    return min(voices) > nobody + HEARD_DB


async def speaks(side: Side, sender: Sender) -> bool:
    """Whether the other one of the two is heard."""
    return await pitch(side, sender.pitch_hz) > SPEAKS_DB


def tile(person_id: str) -> str:
    """The small picture of somebody besides the two."""
    return f"[data-person={person_id}] video"


async def shows(side: Side, selector: str, mark: int) -> bool:
    seen = await side.look(selector)
    return seen is not None and seen.sender == mark


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hosted(
    stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hosted]:
    """One call for all tests of the module, in their order."""
    folder = tmp_path_factory.mktemp("hosted")
    third = Recordings.make(folder, THIRD, (640, 360))
    async with contextlib.AsyncExitStack() as stack:
        scene = await stack.enter_async_context(stagehand.set(folder, request, SETTINGS | SOON_DIRECT))
        node = await stack.enter_async_context(media_node("node_1", scene.service.port, folder / "node_1.log"))
        browser = await stack.enter_async_context(
            chromium(stagehand.playwright, folder / "third", film=third.film, voice=third.voice)
        )
        await scene.begin()
        for side, sender in ((scene.booth, AGENT), (scene.desk, CITIZEN)):
            await until(functools.partial(speaks, side, sender), f"the {sender.name} is heard")
        yield Hosted(scene, [node], browser, stack, stagehand.prepared.credentials)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def expert(hosted: Hosted) -> AsyncIterator[Desk]:
    """An expert who takes calls."""
    async with hosted.person(EXPERT) as desk:
        await desk.ready()
        yield desk


async def test_an_expert_hears_first_then_joins_and_the_pictures_go_on(hosted: Hosted, expert: Desk) -> None:
    assert await is_direct(hosted.booth)
    await hosted.desk.say("请把旧卡放到高拍仪下")
    await hosted.desk.page.click("#capture")
    await hosted.scene.booth.take()
    await hosted.desk.page.click(".capture[data-state=stored] img")
    await hosted.desk.page.click("#look-together")
    await hosted.booth.page.wait_for_selector(".talk[data-main=board]")
    await hosted.film()
    await hosted.desk.ask(f"agent:{EXPERT_ID}")
    await expert.hear_first()
    await expert.sees(CITIZEN)
    await until(lambda: shows(expert, tile(HELPER_ID), AGENT.mark), "the expert sees the helper")
    _, quiet = await asyncio.gather(until(lambda: hears_both(expert), "the expert hears both"), hosted.is_quiet())
    assert quiet, "whoever hears first is not heard"
    for side in (hosted.booth, hosted.desk):
        assert not await shows(side, tile(EXPERT_ID), THIRD.mark)
    for key in ("m", "v"):
        await expert.page.keyboard.press(key)
    await hosted.ask(expert)
    for side in (hosted.booth, hosted.desk):
        await until(functools.partial(hosted.hears_a_third, side), "the expert is heard")
    await hosted.went_on()
    assert "吴国强 · 专家" in await hosted.booth.page.inner_text(".talk-other")
    # As when a picture came before the word on whose it is: it is put in its place, and plays on.
    await hosted.booth.page.evaluate(
        "document.querySelector('.talk-pinned').append(document.querySelector('.talk-other'))"
    )
    await hosted.desk.say("专家来了")
    await hosted.booth.page.wait_for_selector(".talk-others .talk-other", state="attached")
    await until(lambda: shows(hosted.booth, tile(EXPERT_ID), THIRD.mark), "the citizen sees the expert")
    assert not await hosted.booth.page.evaluate("selector => document.querySelector(selector).paused", tile(EXPERT_ID))


async def test_the_expert_finds_what_was_said_and_shown_before(hosted: Hosted, expert: Desk) -> None:
    await hosted.ask(expert)
    await expert.page.wait_for_selector(".chat >> text=请把旧卡放到高拍仪下")
    await expert.page.wait_for_selector(".capture[data-state=stored] img")
    await expert.page.wait_for_selector(".tile-board:not([hidden])")
    assert await expert.page.locator(".checklist li").count() > 0
    for side, name in ((hosted.desk, "who asked"), (expert, "who was asked")):
        assert await faults_of(side.page, name, fits=False) == []
    await hosted.desk.page.click(".tile-board [data-action=board-hide]")
    await hosted.booth.page.wait_for_selector(".talk[data-main=face]")


async def test_a_node_that_drains_hands_its_call_over_and_ends(hosted: Hosted, expert: Desk) -> None:
    await hosted.ask(expert)
    await hosted.add_node("node_2")
    await hosted.film()
    drained = hosted.nodes.pop(0)
    await drained.end(signal.SIGTERM)
    await hosted.went_on()


@pytest.mark.soak
async def test_a_hosted_call_goes_on_while_the_service_is_killed_and_started_again(
    hosted: Hosted, expert: Desk
) -> None:
    await hosted.ask(expert)
    await hosted.film()
    await hosted.scene.service.end()
    await hosted.desk.page.wait_for_selector(".trouble:not([hidden])")
    await hosted.scene.service.start()
    await hosted.desk.page.wait_for_selector(".trouble", state="hidden")
    await hosted.desk.say("听得到吗？")
    await hosted.booth.page.wait_for_selector(".talk-chat >> text=听得到吗？")
    await hosted.went_on()
    assert await is_hosted(hosted.booth)
    await until(lambda: shows(hosted.booth, tile(EXPERT_ID), THIRD.mark), "the expert is still seen")


async def test_a_node_that_dies_is_replaced(hosted: Hosted, expert: Desk) -> None:
    await hosted.ask(expert)
    await hosted.add_node("node_3")
    dead = hosted.nodes.pop(0)
    senders: dict[Side, Sender] = {hosted.booth: AGENT, hosted.desk: CITIZEN, expert: CITIZEN}
    for side in senders:
        await side.page.evaluate("[window.dead] = testPattern.connected()")
    await dead.end()
    for side, sender in senders.items():
        # What came before the end is still played for a moment.
        await side.page.wait_for_function("() => dead.connectionState === 'closed'")
        await side.sees(sender)
    await until(lambda: shows(hosted.booth, tile(EXPERT_ID), THIRD.mark), "the expert is seen again")


async def test_an_interpreter_asked_by_name_is_large_beside_the_helper_and_leaves_a_direct_call(
    hosted: Hosted, expert: Desk
) -> None:
    booth, sides = hosted.booth, (hosted.booth, hosted.desk)
    await hosted.let_go(expert)
    async with hosted.person(INTERPRETER) as interpreter:
        await interpreter.ready()
        await hosted.desk.ask(f"agent:{INTERPRETER_ID}")
        await interpreter.accept()
        await until(lambda: shows(booth, tile(INTERPRETER_ID), THIRD.mark), "the interpreter is seen", 40)
        assert "方敏 · 手语翻译" in await booth.page.inner_text(".talk-pinned")
        pinned, helper = await booth.page.evaluate(AREAS)
        assert pinned > helper
        for side in sides:
            await until(functools.partial(is_hosted, side), "one link, to the node", 40)
        await hosted.film()
        await hosted.let_go(interpreter)
        for side in sides:
            await until(functools.partial(is_direct, side), "one direct link", 30)
        await hosted.went_on()


async def test_a_supervisor_is_perceived_as_far_as_their_role_goes(hosted: Hosted, expert: Desk) -> None:
    booth, desk = hosted.booth, hosted.desk
    await hosted.let_go(expert)
    await until(hosted.is_quiet, "the expert's voice is gone")
    async with hosted.person(SUPERVISOR) as boss:
        await enter(boss, "listener")
        await boss.sees(CITIZEN)
        assert await boss.page.evaluate("opened") == 0, "whoever only listens opens no microphone"
        await boss.page.click("#step-out")
        await boss.mode("idle")
    async with hosted.person(SUPERVISOR, sends_always=True) as boss:
        await enter(boss, "listener")
        await boss.sees(CITIZEN)
        assert await boss.page.evaluate("opened") > 0
        # This page was changed to send although it only listens: the node lets nothing of it through.
        assert await hosted.is_quiet()
        for side in (booth, desk):
            assert await side.page.locator(tile(SUPERVISOR_ID)).count() == 0
        await boss.page.click(".company [data-way=coach]")
        await until(lambda: shows(desk, tile(SUPERVISOR_ID), THIRD.mark), "the helper sees the coach")

        async def the_helper_alone_hears() -> bool:
            heard = await asyncio.gather(*(hosted.hears_a_third(side) for side in (booth, desk)))
            assert not heard[0]
            return heard[1]

        await until(the_helper_alone_hears, "the helper hears the coach, the citizen does not")
        assert await booth.page.locator(tile(SUPERVISOR_ID)).count() == 0
        assert "赵琳" not in await booth.page.inner_text("body")
        await boss.page.click(".company [data-way=participant]")
        await until(lambda: shows(booth, tile(SUPERVISOR_ID), THIRD.mark), "the citizen sees who accompanies")
        await until(functools.partial(hosted.hears_a_third, booth), "the citizen hears who accompanies")
        await boss.page.click("#step-out")
        await boss.mode("idle")


async def test_a_supervisor_sees_small_pictures_of_a_call_that_goes_on_unaware(hosted: Hosted, expert: Desk) -> None:
    await hosted.let_go(expert)
    for side in (hosted.booth, hosted.desk):
        await until(functools.partial(is_direct, side), "one direct link", 40)
    await hosted.film()
    async with hosted.person(SUPERVISOR) as boss:
        await boss.page.goto(f"{boss.url}/console/floor")
        await boss.page.click("#pictures")
        for who, sender in (("citizen", CITIZEN), ("agent", AGENT)):
            video = f".picture video[data-side={who}]"
            await until(functools.partial(shows, boss, video, sender.mark), f"the small picture of the {who}", 40)
        assert await boss.page.evaluate("opened") == 0
        assert await boss.page.evaluate("document.querySelectorAll('.picture video').length") == 2
        for side in (hosted.booth, hosted.desk):
            assert await is_alone(side)
            assert "赵琳" not in await side.page.inner_text("body")
        await hosted.went_on()
        await boss.page.click("#pictures-hide")
    for side in (hosted.booth, hosted.desk):
        await until(functools.partial(is_direct, side), "direct again when nobody watches", 40)
    await hosted.went_on()


async def test_the_citizen_hears_nothing_of_what_is_asked_aside_from_the_moment_the_desk_says_so(
    hosted: Hosted, expert: Desk
) -> None:
    booth, desk = hosted.booth, hosted.desk
    await hosted.let_go(expert)
    await until(lambda: is_direct(booth), "one direct link", 30)
    await until(hosted.is_quiet, "the expert's voice is gone")
    await booth.page.evaluate(
        "hz => { window.heard = testPattern.hearing(hz) }", [AGENT.pitch_hz, THIRD.pitch_hz]
    )  # fmt: skip
    told = asyncio.ensure_future(desk.page.evaluate("testPattern.appears('.company-aside')"))
    await desk.ask_aside(f"agent:{EXPERT_ID}")
    await pitch(booth, AGENT.pitch_hz)  # the helper talks with the citizen while it rings
    await expert.accept()
    since = await told
    await until(lambda: shows(desk, tile(EXPERT_ID), THIRD.mark), "the helper sees the expert", 40)
    await desk.page.wait_for_selector(".company-aside >> text=市民现在听不到你们")
    assert await hosted.hears_a_third(desk)

    async def the_expert_alone_hears() -> bool:
        return await pitch(expert, AGENT.pitch_hz) > await pitch(booth, AGENT.pitch_hz) + HEARD_DB

    await until(the_expert_alone_hears, "the expert hears the helper, the citizen does not", 10)
    assert "普小二正在请教专家" in await booth.page.inner_text(".talk-stages")
    assert "吴国强" not in await booth.page.inner_text("body")
    heard: list[tuple[float, float, float]] = await booth.page.evaluate("heard.stop()")
    loud = max(agent for at, agent, _ in heard if at < since)
    aside = [(round(at - since), agent, third) for at, agent, third in heard if at > since + ON_ITS_WAY_MS]
    assert len(aside) > 60
    assert [one for one in aside if one[1] > loud - SILENT_DB] == []
    assert max(third for _, _, third in aside) < loud - SILENT_DB
    await desk.page.click("#consult-open")
    for mark, hz, video in ((THIRD.mark, THIRD.pitch_hz, tile(EXPERT_ID)), (AGENT.mark, AGENT.pitch_hz, "")):
        await until(functools.partial(shows, booth, video, mark), "the citizen sees both again", 40)
        assert await pitch(booth, hz) > loud - SILENT_DB


AREAS = """() => [".talk-pinned video", "[data-stage=remote] video"].map((one) => {
  const { width, height } = document.querySelector(one).getBoundingClientRect()
  return width * height
})"""
NO_WAY = """(() => {
  // No browser finds another, as behind two strict firewalls; a media node, which is ICE-lite, is found.
  const describe = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    const { type, sdp } = description;
    if (sdp.includes("a=ice-lite")) return describe.call(this, description);
    return describe.call(this, { type, sdp: sdp.replace(/^a=candidate.*\\r\\n/gm, "") });
  };
  RTCPeerConnection.prototype.addIceCandidate = async () => {};
})()"""


@pytest.mark.soak
async def test_a_call_whose_browsers_do_not_find_each_other_is_hosted(hosted: Hosted) -> None:
    async with hosted.pair(SECOND_BOOTH, OTHER_HELPER, script=NO_WAY) as (booth, desk):
        await booth.take_ticket(RECORDED_ITEM)
        await desk.ready()
        await desk.accept()
        await desk.sees(THIRD, 40)
        await booth.sees(THIRD)
        for side in (booth, desk):
            await until(functools.partial(is_hosted, side), "one link, to the node")


@pytest.mark.soak
async def test_a_call_to_be_recorded_is_ready_when_it_rings_and_shows_nothing_before_the_answer(hosted: Hosted) -> None:
    async with hosted.pair(THIRD_BOOTH, ANOTHER_HELPER, eager=True) as (booth, desk):
        await booth.take_ticket(RECORDED_ITEM)
        await booth.touch("record-yes")
        await desk.ready()
        await desk.mode("offer")
        for side in (booth, desk):
            await until(functools.partial(is_hosted, side), "a connection to the node while it rings")
        # The booth's page was changed to send already: what it sends ends at the node.
        sent = functools.partial(packets, booth, "packetsSent")
        await until(lambda: _exceeds(sent, 50), "the booth's page sends")
        assert await packets(desk, "packetsReceived") == 0
        await desk.accept()
        await desk.sees(THIRD)
        await booth.sees(THIRD)
        for side in (booth, desk):
            assert await is_hosted(side)
