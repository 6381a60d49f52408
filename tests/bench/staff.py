"""What a supervisor's page costs and shows, in one hall: 200 connected agents with 1,000 changes a second, 500 signed
in, 1,000 calls waiting, five supervisors of whom one is a real browser.

`event_to_screen_p95_ms` runs from the moment an agent's page says its message until a frame of the supervisor's page
shows it. `server_cpu_share` is the service's process alone, of one core. `page_heap_growth_mb` is what the page holds
more at the end than after it had settled, garbage collected both times. `supervisor_fps` are the frames drawn while the
list of waiting calls scrolls from end to end and the changes go on. The run takes `STAFF_S` seconds, 60 unless set.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from tests.bench.staff_hall import CONNECTED, MARKED, MARKS, SUPERVISORS, agent_id, supervisor_id
from tests.signaling.house import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, CDPSession
    from playwright.async_api import Page as BrowserPage

RUN_S = float(os.environ.get("STAFF_S", "60"))
SETTLE_S = 5.0
RATE = 1000.0
MARK_S = 1.0
SCROLL_S = 5.0
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-timer-throttling")
LOOK = """
window.marked = new Map()
const look = () => {
  const found = /mark-(\\d+)x/.exec(document.querySelector(".vlist-agents")?.textContent ?? "")
  // The frame in which it is found is on the screen when the next one begins.
  if (found && !marked.has(found[1])) {
    marked.set(found[1], 0)
    requestAnimationFrame(() => marked.set(found[1], Date.now()))
  }
  requestAnimationFrame(look)
}
look()
"""
SCROLL = """seconds => new Promise(done => {
  const list = document.querySelector(".vlist-waiting")
  const far = list.scrollHeight - list.clientHeight
  const begun = performance.now()
  let frames = 0, late = 0, before = begun
  const step = now => {
    frames += 1
    if (now - before > 34) late += 1
    before = now
    const share = (now - begun) / (seconds * 1000)
    list.scrollTop = far * (share < 0.5 ? 2 * share : 2 - 2 * share)
    if (share < 1) requestAnimationFrame(step)
    else done({ fps: (frames - 1) / ((now - begun) / 1000), late, rows: list.querySelectorAll("[role=option]").length })
  }
  requestAnimationFrame(step)
})"""


@contextlib.asynccontextmanager
async def hall() -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """Run the service; yield its process id and how to get in."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.staff_hall", folder,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            while True:
                line = await asyncio.wait_for(process.stdout.readline(), 120)
                if line.startswith(b"{"):
                    break
            yield process.pid, json.loads(line)
        finally:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 20)
            if process.returncode is None:
                process.kill()
                await process.wait()


def cpu_s(pid: int) -> float:
    """Seconds a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def change(page: Page, number: int, ended: asyncio.Event) -> None:
    """Come and go five times a second, each agent at a moment of their own."""
    every = CONNECTED / RATE
    due = time.monotonic() + every * number / CONNECTED
    ready = False
    while not ended.is_set():
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due = max(due + every, time.monotonic() - 1.0)
        ready = not ready
        await page.say("agent.ready") if ready else await page.say("agent.not_ready", reason="break")


async def mark(page: Page, said: dict[str, float], ended: asyncio.Event) -> None:
    """Say something that can be told apart on the screen, once a second."""
    number = 0
    while not ended.is_set():
        number += 1
        said[str(number)] = time.time() * 1000
        await page.say("agent.not_ready", reason=f"mark-{number}x")
        await asyncio.sleep(MARK_S)


async def supervisor(browser: Browser, told: dict[str, Any]) -> BrowserPage:
    """Open the floor, narrowed to the queue of the marked agent."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    name, value = told["cookies"][supervisor_id(0)].split("=", 1)
    await context.add_cookies([{"name": name, "value": value, "url": told["url"]}])
    page = await context.new_page()
    await page.goto(f"{told['url']}/console/floor")
    await page.wait_for_selector(".vlist-waiting [role=option]")
    return page


async def heap_mb(session: CDPSession) -> float:
    await session.send("HeapProfiler.collectGarbage")
    measured = await session.send("Runtime.getHeapUsage")
    return float(measured["usedSize"]) / 1e6


class Watched:
    """A supervisor's socket that only follows: counts what it is told."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def follow(self) -> int:
        """Watch, again if need be; return the number of the hall's last event."""
        return int((await self.page.do("floor.watch"))["seq"])

    def forget(self) -> None:
        self.page.events.clear()


async def measure() -> dict[str, float]:
    async with hall() as (pid, told), async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        names = [agent_id(n) for n in range(CONNECTED - 1)] + [MARKED]
        pages = [Page("/staff", f"page_{name}", told["cookies"][name]) for name in names]
        bosses = [
            Watched(Page("/staff", f"page_{n}", told["cookies"][supervisor_id(n)])) for n in range(1, SUPERVISORS)
        ]
        for page in [*pages, *(boss.page for boss in bosses)]:
            await page.open(told["url"])
        for boss in bosses:
            await boss.follow()
        screen = await supervisor(browser, told)
        session = await screen.context.new_cdp_session(screen)
        ended, said = asyncio.Event(), dict[str, float]()
        async with asyncio.TaskGroup() as tasks:
            for number, page in enumerate(pages[:-1]):
                tasks.create_task(change(page, number, ended))
            await asyncio.sleep(SETTLE_S)
            scrolled = await screen.evaluate(SCROLL, SCROLL_S)
            await screen.click(f".fq:has-text('{MARKS}') .fq-narrow")
            await screen.evaluate(LOOK)
            marking = tasks.create_task(mark(pages[-1], said, ended))
            await asyncio.sleep(SETTLE_S)
            heap, first = await heap_mb(session), await bosses[0].follow()
            cpu, begun = cpu_s(pid), time.monotonic()
            while time.monotonic() - begun < RUN_S:
                await asyncio.sleep(1.0)
                for boss in bosses:
                    boss.forget()
            last, took = await bosses[0].follow(), time.monotonic() - begun
            cpu, heap = (cpu_s(pid) - cpu) / took, await heap_mb(session) - heap
            ended.set()
            await marking
        shown: dict[str, float] = dict(await screen.evaluate("[...marked].filter(([, at]) => at)"))
        late = sorted(shown[number] - said[number] for number in shown)
        await browser.close()
        await asyncio.gather(*(page.close() for page in [*pages, *(boss.page for boss in bosses)]))
    print(
        f"  {RUN_S:.0f} s, {(last - first) / took:.0f} events/s, {len(late)} of {len(said)} marks seen, "
        f"median {late[len(late) // 2]:.0f} ms, worst {late[-1]:.0f} ms; "
        f"{scrolled['late']} late frames, {scrolled['rows']} rows for 1,000 calls",
        flush=True,
    )
    assert late, "the screen showed no change"
    return {
        "event_to_screen_p95_ms": late[int(0.95 * len(late))],
        "server_cpu_share": cpu,
        "page_heap_growth_mb": heap,
        "supervisor_fps": scrolled["fps"],
        "events": (last - first) / took,
    }


def run() -> list[dict[str, Any]]:
    """Return the rows of the group."""
    measured = asyncio.run(measure())
    units = {"event_to_screen_p95_ms": "ms", "server_cpu_share": "cores", "page_heap_growth_mb": "MB"}
    targets = {"event_to_screen_p95_ms": 250.0, "server_cpu_share": 1.0, "supervisor_fps": 60.0}
    return [
        {
            "measure": name,
            "value": round(value, 3),
            "unit": units.get(name, "events/s" if name == "events" else "frames/s"),
            **(
                {"baseline": "required", "baseline_value": targets[name], "ratio": value / targets[name]}
                if name in targets
                else {}
            ),
        }
        for name, value in measured.items()
    ]
