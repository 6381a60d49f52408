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
import time
from pathlib import Path
from tempfile import TemporaryDirectory
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
EVENTS_PER_S = 1000.0
EVENTS_A_MESSAGE = 2
"""Who comes is offered a call at once, and who goes has it withdrawn: each is a change of state and an offer's."""
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
async def process(module: str, *args: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a module of this package beside this one; its input ends with the block, and then so does it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *args,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    assert child.stdin is not None
    try:
        yield child
    finally:
        child.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), 20)
        if child.returncode is None:
            child.kill()
            await child.wait()


async def line(child: asyncio.subprocess.Process, begins: bytes) -> bytes:
    """Return the next line a process says that begins so."""
    assert child.stdout is not None
    async with asyncio.timeout(120):
        async for said in child.stdout:
            if said.startswith(begins):
                return said
    raise AssertionError(f"{begins!r} was never said")


def cpu_s(pid: int) -> float:
    """Seconds a process has computed; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def browser_pids() -> list[int]:
    """Return the browser's processes: all that descend from this one and are no Python."""
    parents, names = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            head, _, tail = stat.read_text().rpartition(")")
            pid, _, name = head.partition(" (")
            parents[int(pid)], names[int(pid)] = int(tail.split()[1]), name
    found: set[int] = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [pid for pid in found if names.get(pid, "").startswith("chrom")]


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


async def follow(boss: Page) -> int:
    """Watch, again if need be; return the number of the hall's last event."""
    boss.events.clear()
    return int((await boss.do("floor.watch"))["seq"])


async def measure() -> dict[str, float]:
    async with contextlib.AsyncExitStack() as stack:
        hall = await stack.enter_async_context(process("staff_hall", stack.enter_context(TemporaryDirectory())))
        told = json.loads(await line(hall, b"{"))
        driver = await stack.enter_async_context(async_playwright())
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        stack.push_async_callback(browser.close)
        marked, boss = (Page("/staff", f"page_{name}", told["cookies"][name]) for name in (MARKED, supervisor_id(1)))
        for page in (marked, boss):
            await page.open(told["url"])
            stack.push_async_callback(page.close)
        crowd = await stack.enter_async_context(process("staff_crowd"))
        assert crowd.stdin is not None
        people = {
            "agents": map(agent_id, range(CONNECTED - 1)),
            "supervisors": map(supervisor_id, range(2, SUPERVISORS)),
        }
        asked: dict[str, Any] = {
            kind: {name: told["cookies"][name] for name in names} for kind, names in people.items()
        }
        asked |= {"url": told["url"], "messages_per_s": EVENTS_PER_S / EVENTS_A_MESSAGE}
        crowd.stdin.write(json.dumps(asked).encode() + b"\n")
        await line(crowd, b"there")
        screen = await supervisor(browser, told)
        session = await screen.context.new_cdp_session(screen)
        await asyncio.sleep(SETTLE_S)
        scrolled = await screen.evaluate(SCROLL, SCROLL_S)
        await screen.click(f".fq:has-text('{MARKS}') .fq-narrow")
        await screen.evaluate(LOOK)
        ended, said = asyncio.Event(), dict[str, float]()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(mark(marked, said, ended))
            await asyncio.sleep(SETTLE_S)
            heap, first, begun = await heap_mb(session), await follow(boss), time.monotonic()
            pids = {"service": [hall.pid], "browser": browser_pids(), "crowd": [crowd.pid], "bench": [os.getpid()]}
            before = {pid: cpu_s(pid) for some in pids.values() for pid in some}
            while time.monotonic() - begun < RUN_S:
                await asyncio.sleep(1.0)
                boss.events.clear()
            took = time.monotonic() - begun
            spent = {pid: max(0.0, cpu_s(pid) - was) / took for pid, was in before.items()}
            cpu = {name: sum(spent[pid] for pid in some) for name, some in pids.items()}
            last, heap = await follow(boss), await heap_mb(session) - heap
            ended.set()
        shown: dict[str, float] = dict(await screen.evaluate("[...marked].filter(([, at]) => at)"))
        late = sorted(shown[number] - said[number] for number in shown)
        crowd.stdin.close()
        counted = json.loads(await line(crowd, b"{"))
    assert not counted["refused"], f"{counted} of the crowd's messages"
    print(
        f"  {RUN_S:.0f} s, {(last - first) / took:.0f} events/s, {len(late)} of {len(said)} marks seen, "
        f"median {late[len(late) // 2]:.0f} ms, worst {late[-1]:.0f} ms; "
        f"{scrolled['late']} late frames, {scrolled['rows']} rows for 1,000 calls; "
        f"cores: {', '.join(f'{name} {share:.2f}' for name, share in cpu.items())}",
        flush=True,
    )
    assert late, "the screen showed no change"
    return {
        "event_to_screen_p95_ms": late[int(0.95 * len(late))],
        "server_cpu_share": cpu["service"],
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
