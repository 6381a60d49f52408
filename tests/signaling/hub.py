"""A service with media nodes in the same process: real sockets to it, real nodes, and pages made of sockets."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from media.config import Settings
from media.node import running
from tests.browser.waiting import until
from tests.media.synthetic import Caller
from tests.signaling.house import open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from media.node import Node
    from tests.signaling.house import House, Page

TOKEN = "a-token-that-only-tests-know"
NODES: Any = {"nodes": {"token": TOKEN}}
MASTER = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@dataclasses.dataclass
class Hub:
    """A service with nodes."""

    house: House
    stack: contextlib.AsyncExitStack
    callers: dict[str, Caller] = dataclasses.field(default_factory=dict)

    async def node(self, node_id: str, recordings_dir: Path | None = None, **more: Any) -> Node:
        settings = Settings(
            node_id=node_id,
            bind_host="127.0.0.1",
            bind_port=0,
            public_addresses=("127.0.0.1",),
            control_urls=(self.house.url.replace("http", "ws") + "/nodes",),
            control_token=TOKEN,  # type: ignore[arg-type]
            metrics_port=0,
            recordings_dir=recordings_dir,
            master_key=MASTER if recordings_dir else None,  # type: ignore[arg-type]
            **more,
        )
        node = await self.stack.enter_async_context(running(settings))
        await until(lambda: self.house.service.nodes.alive(node_id), f"{node_id} is welcome")
        return node

    async def ready(self, agent_id: str) -> Page:
        page = await self.house.page(agent_id)
        await page.do("agent.ready")
        await page.until(lambda page: page.view["agent"]["state"] == "ready")
        return page

    async def dress(self, page: Page, link: dict[str, Any]) -> Caller:
        """Do what a page does with a hosted link: offer, take the answer, connect."""
        caller = self.callers[link["link_id"]] = Caller()
        offer = {"type": "offer", "sdp": caller.offer(link["groups"])}
        await page.do("link.signal", link_id=link["link_id"], description=offer)
        await page.until(lambda page: link["link_id"] in answers(page))
        await caller.connect(answers(page)[link["link_id"]])
        return caller

    async def play(self, *pages: Page) -> list[Caller]:
        """Let all pages dress the hosted link they have, and the two ends say that it plays."""
        found = [await self.dress(page, await hosted_link(page)) for page in pages]
        for page in pages:
            await page.do("link.playing", link_id=(await hosted_link(page))["link_id"])
        return found


def answers(page: Page) -> dict[str, str]:
    told = [payload for name, payload in page.events if name == "link.signal"]
    return {one["link_id"]: one["description"]["sdp"] for one in told if "description" in one}


def ways(page: Page) -> list[str]:
    """Return which ways a page holds, in the call or while it rings."""
    return [link["topology"] for link in links(page)]


def links(page: Page) -> list[dict[str, Any]]:
    """Return the links a page holds, in the call or while it rings."""
    found: list[dict[str, Any]] = (page.view["call"] or page.view.get("offer") or {"links": []})["links"]
    return found


async def hosted_link(page: Page) -> dict[str, Any]:
    """Wait for a link to a node; return the newest."""
    await page.until(lambda page: "hosted" in ways(page))
    link: dict[str, Any] = [link for link in links(page) if link["topology"] == "hosted"][-1]
    return link


@contextlib.asynccontextmanager
async def open_hub(folder: Path, **settings: Any) -> AsyncIterator[Hub]:
    """Run the service in a folder; nodes and callers end with it."""
    async with contextlib.AsyncExitStack() as stack:
        hub = Hub(await stack.enter_async_context(open_house(folder, **NODES | settings)), stack)
        yield hub
        for caller in hub.callers.values():
            await caller.close()
