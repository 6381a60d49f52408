"""Hosted calls as people see them: from the click on accept to the first picture, and how long a picture stands still.

Real pages in two Chromium processes, a real service and real media nodes on one machine. The floor of the first picture
is the same connection inside one page without any server, measured turn by turn with the calls. A gap is the longest
time between two frames of the other side, shown one after the other, while something happens; beside it stands the
longest one of as long a time before, when nothing did.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.bench.call import FLOOR, answer_to_frame, scene
from tests.browser.nodes import SETTINGS, media_node
from tests.browser.service import PASSWORD
from tests.browser.waiting import until
from tests.signaling.house import Page as Staff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.browser.service import Service
    from tests.browser.sides import Booth, Desk, Side

INTERPRETER, SUPERVISOR = "fangmin", "zhaolin"
CALLS = 7
DEATHS = 3
AROUND_S = 4.0
"""Long enough for a change to be over, and for a fair look at what is usual."""


async def run() -> list[dict[str, Any]]:
    """Measure all; return their rows."""
    async with contextlib.AsyncExitStack() as stack:
        booth, desk, blank, service = await stack.enter_async_context(scene(SETTINGS, [INTERPRETER, SUPERVISOR]))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        node = await stack.enter_async_context(media_node("node_0", service.port, folder / "node_0.log"))
        floors, pictures = [], []
        # An interpreter who comes with the agent makes the call one of three, hosted from the answer on.
        async with staff(service, INTERPRETER) as interpreter:
            await interpreter.do("agent.ready")
            for _ in range(CALLS):
                await blank.bring_to_front()
                floors.append(await blank.evaluate(FLOOR, 10_000))
                await booth.page.bring_to_front()
                pictures.append(await answer_to_frame(booth, desk, "sign_language"))
        async with staff(service, SUPERVISOR) as boss:
            await booth.take_ticket()
            await desk.accept()
            joins, deaths = [], []
            for number in range(DEATHS):
                joins.append(await around(booth, desk, functools.partial(join, boss)))
                log = folder / f"node_{number + 1}.log"
                following = await stack.enter_async_context(media_node(f"node_{number + 1}", service.port, log))
                await until(functools.partial(is_connected, log), "the next node", 30)
                deaths.append(await around(booth, desk, node.end))
                node = following
                await boss.do("call.step_out", call_id=boss.call["call_id"])
                await until(lambda: is_direct(booth), "direct again", 40)
    floor, picture = statistics.median(floors), statistics.median(pictures)
    return [
        _row("answer_to_frame_hosted", picture, "in_page", floor),
        _row("join_gap", *_medians(joins)),
        _row("node_death_gap", *_medians(deaths)),
    ]


def _row(measure: str, value: float, baseline: str, against: float) -> dict[str, Any]:
    return {
        "measure": measure, "value": value, "unit": "ms",
        "baseline": baseline, "baseline_value": against, "ratio": value / against,
    }  # fmt: skip


def _medians(gaps: list[tuple[float, float]]) -> tuple[float, str, float]:
    return statistics.median(gap for _, gap in gaps), "usual_gap", statistics.median(usual for usual, _ in gaps)


async def join(boss: Staff) -> None:
    """Let a supervisor, who sends nothing, come into the call."""
    board = await boss.do("floor.watch")
    await boss.do("floor.leave")
    talking = next(call for call in board["calls"] if call["state"] == "talking")
    await boss.do("call.join", call_id=talking["id"], role="participant")
    await boss.until(lambda page: page.view["call"] is not None)


def is_connected(log: Path) -> bool:
    """Whether a node says so."""
    return "connected" in log.read_text()


async def is_direct(side: Side) -> bool:
    told: list[bool] = await side.page.evaluate(
        "testPattern.connected().map(({remoteDescription}) => remoteDescription.sdp.includes('a=ice-lite'))"
    )
    return told == [False]


async def around(booth: Booth, desk: Desk, happens: Any) -> tuple[float, float]:
    """Film both sides; return the longest gap before and while it happens, in ms."""
    gaps = []
    for what in (None, happens):
        for side in (booth, desk):
            await side.film()
        await asyncio.sleep(0.5)
        if what is not None:
            await what()
        await asyncio.sleep(AROUND_S)
        gaps.append(max([await longest(side) for side in (booth, desk)]))
    return gaps[0], gaps[1]


async def longest(side: Side) -> float:
    times = [at for at, frame, _ in await side.filmed() if frame >= 0]
    return max(after - before for before, after in itertools.pairwise(times))


@contextlib.asynccontextmanager
async def staff(service: Service, login: str) -> AsyncIterator[Staff]:
    """Sign somebody in and connect them by a socket alone: they are in calls, and neither send nor receive media."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{service.url}/api/staff/session",
            json={"name": login, "password": PASSWORD},
            headers={"Origin": service.url},
        ) as answer,
    ):
        assert answer.status == 204, await answer.text()
        cookie = f"vw_staff={answer.cookies['vw_staff'].value}"
    page = Staff("/staff", f"page_{login}", cookie)
    try:
        yield await page.open(service.url)
    finally:
        await page.close()
